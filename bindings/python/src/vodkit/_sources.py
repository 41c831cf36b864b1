"""Sources: files, links, bytes and file objects."""

import io
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias
from weakref import WeakValueDictionary

from ._call import UINT32, attempt, c_text, check, given, interruptible, make, owned, path_bytes, real, whole
from ._callbacks import RELEASE, Callback, Work, c_callback
from ._native import ffi, lib


class BinaryFile(Protocol):
    """What a file object must have: a binary one that can seek."""

    def read(self, size: int, /) -> bytes | None: ...

    def seek(self, offset: int, whence: int, /) -> Any: ...

    def tell(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Link:
    """A link to a video, and how it is read.

    It is read in ranges, over one connection, as needed; from a server without ranges it is downloaded once, into a
    temporary file. Transfers that break off go on where they stopped; a file that changes meanwhile is an error.
    """

    url: str
    """An ``http`` or ``https`` link."""
    allow_private_addresses: bool = False
    """Whether it, or a redirect of it, may lead to an address that is not of the public internet: this machine, the
    local network, a cloud's metadata service. Links from strangers may not."""
    redirects: int = 5
    """Redirects that are followed."""
    timeout: float = 20.0
    """For how many seconds less than 16 KiB may come before reading fails, with all that is tried again."""
    cache_bytes: int = 32 << 20
    """Memory for what was read last; 4 MiB at least."""
    source_bytes: int = 256 << 30
    """The largest file."""
    download_time: float = 3600.0
    """How many seconds a download may take from a server that gives files only as a whole."""
    root_certificates: str | None = None
    """Certificates, in PEM, that those of ``https`` servers have to go back to; ``None``: the authorities that Mozilla
    trusts."""

    def _open(self) -> Any:
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
            return attempt(lib.vodkit_source_open_link, url, options, place) or owned("vodkit_source", place[0])

        return given(interruptible(opened))


Source: TypeAlias = str | os.PathLike[str] | Link | bytes | bytearray | memoryview | BinaryFile
"""Where a video comes from: a path, a link (text that begins with ``http://`` or ``https://``, or a Link), the
video's bytes (copied once), or a binary file object that can seek.

File objects are read from their very start, wherever their position is, which is moved. They may be read on
other threads, one read at a time; what they raise comes out of the call that read them.
"""


class _File:
    """A file object and the lock of its position, shared by all work on it."""

    _known: WeakValueDictionary[int, "_File"] = WeakValueDictionary()
    _knowing = threading.Lock()

    def __init__(self, file: BinaryFile) -> None:
        self.file = file
        self.lock = threading.Lock()
        name = getattr(file, "name", None)
        text = name if isinstance(name, str) else "the file object"
        self.name = text.replace("\0", "?").encode(errors="replace")

    @classmethod
    def of(cls, file: BinaryFile) -> "_File":
        # Each _File keeps its file object alive, so that no other one can have the same id.
        with cls._knowing:
            return cls._known.setdefault(id(file), cls(file))

    def length(self) -> int:
        with self.lock:
            self.file.seek(0, io.SEEK_END)
            return whole(self.file.tell(), "the end of the file object")

    def read(self, offset: int, room: Any) -> int:
        with self.lock:
            self.file.seek(offset, io.SEEK_SET)
            data = self.file.read(len(room))
        if data is None:
            raise BlockingIOError("the file object has no data yet: it must not be a non-blocking one")
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"the file object's read gave {type(data).__name__} instead of bytes")
        if len(data) > len(room):
            raise ValueError(f"the file object's read gave {len(data)} bytes where {len(room)} were asked for")
        room[: len(data)] = data
        return len(data)


@c_callback("vodkit_read_fn")
def _read(read: Callable[[int, Any], int], offset: int, buffer: Any, size: int) -> int:
    return read(offset, ffi.buffer(buffer, size))


class OpenSource:
    """A source, ready for any number of calls."""

    def __init__(self, source: Source) -> None:
        self._file: _File | None = None
        # What another process can open it by.
        self.where: str | Link | None = None
        if isinstance(source, str) and source.lower().startswith(("http://", "https://")):
            source = Link(url=source)
        if isinstance(source, Link):
            self.where, self._handle = source, source._open()
        elif isinstance(source, (str, os.PathLike)):
            path = path_bytes(source)
            self.where = os.fspath(source) if isinstance(source, str) else os.fsdecode(source)
            self._handle = make("vodkit_source", lib.vodkit_source_open, path)
        elif isinstance(source, (bytes, bytearray, memoryview)):
            data = ffi.from_buffer("uint8_t[]", source)
            self._handle = make("vodkit_source", lib.vodkit_source_from_bytes, data, len(data))
        elif isinstance(source, io.TextIOBase):
            raise TypeError("the file object is in text mode: open it with mode 'rb'")
        elif all(callable(getattr(source, name, None)) for name in ("read", "seek", "tell")):
            self._file = _File.of(source)
        else:
            kinds = "a path, a Link, bytes or a binary file object (with read, seek and tell)"
            raise TypeError(f"the source must be {kinds}, not {type(source).__name__}")

    @property
    def is_file_object(self) -> bool:
        """Whether it is read by calls of Python."""
        return self._file is not None

    def handle(self, work: Work) -> Any:
        """The source's handle for some work; what a file object raises is kept there."""
        if self._file is None:
            return self._handle
        user = Callback(work, self._file.read)
        length = self._file.length()
        ends = (RELEASE, user.user_data())
        return make("vodkit_source", lib.vodkit_source_from_callback, length, _read, self._file.name, *ends)

    def make(self, kind: str, function: Callable[..., int], *arguments: Any, after: tuple[Any, ...] = ()) -> Any:
        """Calls ``function(source, *arguments, &handle, *after, &error)``; returns the handle."""

        def call(source: Any) -> Any:
            place = ffi.new(f"{kind} **")
            error = attempt(function, source, *arguments, place, *after)
            return error or owned(kind, place[0])

        if self._file is None:
            cancel = owned("vodkit_cancel_token", lib.vodkit_cancel_token_new())
            source = make("vodkit_source", lib.vodkit_source_derive, self._handle, ffi.NULL, cancel)
            try:
                return given(interruptible(lambda: call(source)))
            except KeyboardInterrupt:
                lib.vodkit_cancel_token_cancel(cancel)
                raise
        # On this very thread: file objects may be particular about it. Their reads hear Ctrl-C.
        return given(self._make_from_file(call))

    def _make_from_file(self, call: Callable[[Any], Any]) -> Any:
        work = Work()
        work.begin()
        try:
            source = self.handle(work)
            made = call(source)
            ffi.release(source)
        finally:
            work.end()
        return work.raised or made
