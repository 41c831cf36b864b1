"""Sources: files, links, bytes and file objects."""

import errno
import io
import os
import threading
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any, Protocol, TypeAlias
from weakref import WeakValueDictionary

from ._call import UINT32, attempt, c_text, check, given, interruptible, make, owned, path_bytes, real, whole
from ._callbacks import RELEASE, Callback, Work, c_callback
from ._cancel import CancelToken, Scope
from ._errors import InvalidArgumentError, SourceReadError, VodkitError, caused, named
from ._limits import Limits, limits_handle
from ._native import ffi, lib


class BinaryFile(Protocol):
    """What a file object must have: a binary one that can seek."""

    def read(self, size: int, /) -> bytes | None: ...

    def seek(self, offset: int, whence: int, /) -> Any: ...

    def tell(self) -> int: ...


class Storage(Protocol):
    """What a storage of your own has, to be a source. It may have a ``name``, for messages."""

    def size(self) -> int:
        """The video's length in bytes."""
        ...

    def read_at(self, offset: int, size: int, /) -> bytes:
        """Up to ``size`` bytes from ``offset`` on; none at or behind the end. Called from several threads at once."""
        ...


@dataclass(frozen=True)
class Link:
    """A link to a video, and how it is read.

    It is read in ranges, two at once at most, as needed; from a server without ranges it is downloaded once, into a
    temporary file. Transfers that break off go on where they stopped; a file that changes meanwhile is an error.

    Attributes:
        url: An ``http`` or ``https`` link.
        allow_private_addresses: Whether it, or a redirect of it, may lead to an address that is not of the public
            internet: this machine, the local network, a cloud's metadata service. Links from strangers may not.
        redirects: How many redirects are followed.
        timeout: For how many seconds less than 16 KiB may come before reading fails, with all that is tried again.
        cache_bytes: Bytes of memory for what was read last, 4 MiB at least.
        source_bytes: The largest file, in bytes.
        download_time: How many seconds a download may take from a server that gives files only as a whole.
        root_certificates: Certificates, in PEM, that those of ``https`` servers have to go back to; ``None``: the
            authorities that Mozilla trusts.
    """

    url: str
    _: KW_ONLY
    allow_private_addresses: bool = False
    redirects: int = 5
    timeout: float = 20.0
    cache_bytes: int = 32 << 20
    source_bytes: int = 256 << 30
    download_time: float = 3600.0
    root_certificates: str | None = None

    def _open(self, scope: Scope) -> Any:
        url, options = c_text(self.url, "url"), owned("vodkit_link_options", lib.vodkit_link_options_new())
        values: dict[str, Any] = {
            "allow_private_addresses": bool(self.allow_private_addresses),
            "redirects": whole(self.redirects, "redirects", UINT32),
            "timeout": real(self.timeout, "timeout"),
            "cache_bytes": whole(self.cache_bytes, "cache_bytes"),
            "source_bytes": whole(self.source_bytes, "source_bytes"),
            "download_time": real(self.download_time, "download_time"),
        }
        if self.root_certificates is not None:
            values["root_certificates"] = c_text(self.root_certificates, "root_certificates")
        for name, value in values.items():
            check(getattr(lib, f"vodkit_link_options_set_{name}"), options, value)
        place = ffi.new("vodkit_source **")

        def opened() -> Any:
            error = attempt(lib.vodkit_source_open_link, url, options, scope.handle, place)
            return error or owned("vodkit_source", place[0])

        return given(named(interruptible(opened, scope), self.url))


Where: TypeAlias = str | os.PathLike[str] | Link | bytes | bytearray | memoryview | BinaryFile | Storage


class _Reader(Protocol):
    name: bytes

    def length(self) -> int: ...

    def read(self, offset: int, size: int, /) -> Any: ...


def _name(behind: object, otherwise: str) -> bytes:
    name = getattr(behind, "name", None)
    return (name if isinstance(name, str) else otherwise).replace("\0", "?").encode(errors="replace")


class _File:
    """A file object and the lock of its position, shared by all work on it."""

    _known: WeakValueDictionary[int, "_File"] = WeakValueDictionary()
    _knowing = threading.Lock()

    def __init__(self, file: BinaryFile) -> None:
        self.file = file
        self.lock = threading.Lock()
        self.name = _name(file, "the file object")

    @classmethod
    def of(cls, file: BinaryFile) -> "_File":
        # Each _File keeps its file object alive, so that no other one can have the same id.
        with cls._knowing:
            return cls._known.setdefault(id(file), cls(file))

    def length(self) -> int:
        try:
            with self.lock:
                self.file.seek(0, io.SEEK_END)
                end = self.file.tell()
        except (ValueError, OSError) as cause:
            if isinstance(cause, ValueError) or cause.errno == errno.ESPIPE:  # it is closed, or a pipe
                raise InvalidArgumentError(f"cannot seek in the file object ({cause}): read it into bytes first") from cause
            raise
        return whole(end, "the end of the file object")

    def read(self, offset: int, size: int, /) -> Any:
        with self.lock:
            self.file.seek(offset, io.SEEK_SET)
            data = self.file.read(size)
        if data is None:
            raise BlockingIOError("the file object has no data yet: it must not be a non-blocking one")
        return data


class _Stored:
    """A storage of the caller's."""

    def __init__(self, storage: Storage) -> None:
        self.storage = storage
        self.name = _name(storage, "the storage")

    def length(self) -> int:
        return whole(self.storage.size(), "the size of the storage")

    def read(self, offset: int, size: int, /) -> Any:
        return self.storage.read_at(offset, size)


@c_callback("vodkit_source_read_fn", SourceReadError.code)
def _read(reader: _Reader, offset: int, buffer: Any, size: int) -> int:
    data = reader.read(offset, size)
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"reading gave {type(data).__name__} instead of bytes")
    count = memoryview(data).nbytes
    if count > size:
        raise ValueError(f"reading gave {count} bytes where {size} were asked for")
    ffi.memmove(buffer, data, count)
    return count


class Source:
    """A video to read, with bounds: what functions open for themselves where they are given a path alone. It stays open
    for as long as it is kept; any number of threads may use it at once. One of a path or a link can be pickled.

    Attributes:
        where: Where the video comes from: a path (a relative one is made absolute), a link (text that begins with
            ``http://`` or ``https://``, or a Link), the video's bytes (copied once), a binary file object that can
            seek, or a Storage of your own.
        limits: Bounds on all work on it.
    """

    where: Where
    limits: Limits | None

    def __init__(self, where: Where, *, limits: Limits | None = None, cancel: CancelToken | None = None) -> None:
        """Opens a source. ``limits`` bound all work on it, planning, segments and jobs too; ``cancel`` cancels all work
        on it, this opening included.

        File objects are read from their very start, wherever their position is, which is moved; on other threads too,
        one read at a time. What file objects and storages raise is the cause of the error that comes of it.

        Raises NotFoundError, SourceReadError, for links AddressRefusedError, NotMediaError and LimitExceededError, and
        InvalidArgumentError for a memoryview with gaps; work on a file object that is closed or cannot seek, such as
        a pipe, raises that too.
        """
        self.limits = limits
        self._cancel = cancel
        self._bounds = limits_handle(limits)
        self._reader: _Reader | None = None
        self._filename: str | bytes | None = None
        kind = type(where).__name__
        if isinstance(where, str) and where.lower().startswith(("http://", "https://")):
            where = Link(url=where)
        with Scope(cancel) as scope:
            if isinstance(where, Link):
                self._filename, self._handle = where.url, where._open(scope)
            elif isinstance(where, (str, os.PathLike)):
                path = path_bytes(where)
                self._filename = os.fspath(where)
                where = os.path.abspath(os.fsdecode(where))
                place = ffi.new("vodkit_source **")
                number = errno.EISDIR if os.path.isdir(where) else None
                given(named(attempt(lib.vodkit_source_open, path, place), self._filename, number))
                self._handle = owned("vodkit_source", place[0])
            elif isinstance(where, (bytes, bytearray, memoryview)):
                if isinstance(where, memoryview) and not where.c_contiguous:
                    raise InvalidArgumentError("the memoryview has gaps: read it into bytes first")
                data = ffi.from_buffer("uint8_t[]", where)
                self._handle = make("vodkit_source", lib.vodkit_source_from_bytes, data, len(data))
            elif isinstance(where, io.TextIOBase):
                raise TypeError("the file object is in text mode: open it with mode 'rb'")
            elif all(callable(getattr(where, name, None)) for name in ("read_at", "size")):
                self._reader = _Stored(where)  # type: ignore[arg-type]
            elif all(callable(getattr(where, name, None)) for name in ("read", "seek", "tell")):
                self._reader = _File.of(where)  # type: ignore[arg-type]
            else:
                kinds = "a path, a Link, bytes, a binary file object (with read, seek and tell) or a Storage"
                raise TypeError(f"the source must be {kinds}, not {kind}")
        self.where = where
        if self._reader is None:
            check(lib.vodkit_source_set_limits, self._handle, self._bounds)

    def __repr__(self) -> str:
        where = f"{len(self.where)} bytes" if isinstance(self.where, (bytes, bytearray, memoryview)) else repr(self.where)
        return f"<vodkit.Source of {where}>"

    def __reduce__(self) -> tuple[Any, ...]:
        if not isinstance(self.where, (str, Link)):
            raise TypeError("a source can be pickled only where it is a path or a link; of a plan, use to_json and from_json")
        return _reopened, (self.where, self.limits)

    def _scope(self, cancel: CancelToken | None) -> Scope:
        return Scope(self._cancel, cancel)

    def _for(self, work: Work) -> Any:
        """The source's handle for some work; what is raised in it is kept there."""
        if self._reader is None:
            return self._handle
        name = self._reader.name
        failure = f"cannot read {name.decode()}"
        try:
            length = self._reader.length()
        except (VodkitError, TypeError):
            raise
        except Exception as cause:
            raise caused(SourceReadError(f"{failure}: {type(cause).__name__}: {cause}"), cause)
        ends = (RELEASE, Callback(work, self._reader, failure).user_data())
        handle = make("vodkit_source", lib.vodkit_source_from_callback, length, _read, name, *ends)
        check(lib.vodkit_source_set_limits, handle, self._bounds)
        return handle

    def _during(self, work: Work, scope: Scope, call: Callable[[], Any]) -> Any:
        """Does a call that reads the source; returns what it makes, or the error."""
        if self._reader is None:
            return named(interruptible(call, scope), self._filename)
        # On this very thread: file objects may be particular about it. Their reads hear Ctrl-C.
        work.begin()
        try:
            return work.explain(call())
        finally:
            work.end()

    def _make(
        self,
        kind: str,
        function: Callable[..., int],
        *arguments: Any,
        before: tuple[Any, ...] = (),
        after: tuple[Any, ...] = (),
        cancel: CancelToken | None,
    ) -> Any:
        """Calls ``function(*before, source, *arguments, cancel, &handle, *after, &error)``; returns the handle."""
        work = Work()
        with self._scope(cancel) as scope:
            source = self._for(work)

            def call() -> Any:
                place = ffi.new(f"{kind} **")
                error = attempt(function, *before, source, *arguments, scope.handle, place, *after)
                return error or owned(kind, place[0])

            try:
                return given(self._during(work, scope, call))
            finally:
                if self._reader is not None:
                    ffi.release(source)
                del call, work  # which a traceback would keep alive


def _reopened(where: str | Link, limits: Limits | None) -> Source:
    return Source(where, limits=limits)


SourceLike: TypeAlias = Source | Where


def as_source(source: SourceLike, limits: Limits | None, cancel: CancelToken | None) -> Source:
    """The source, opened where it is not yet."""
    if not isinstance(source, Source):
        # What cancels this call alone shall not cancel what comes later.
        with_cancel = Source(source, limits=limits, cancel=cancel)
        with_cancel._cancel = None
        return with_cancel
    if limits is not None:
        raise InvalidArgumentError("the source is open already: give the limits to vodkit.Source")
    return source
