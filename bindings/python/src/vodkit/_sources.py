"""Sources: files, bytes and file objects."""

import io
import os
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias
from weakref import WeakValueDictionary

from ._call import attempt, given, interruptible, make, owned, path_bytes, whole
from ._callbacks import RELEASE, Callback, Work, c_callback
from ._native import ffi, lib


class BinaryFile(Protocol):
    """What a file object must have: a binary one that can seek."""

    def read(self, size: int, /) -> bytes | None: ...

    def seek(self, offset: int, whence: int, /) -> Any: ...

    def tell(self) -> int: ...


Source: TypeAlias = str | os.PathLike[str] | bytes | bytearray | memoryview | BinaryFile
"""Where a video comes from: a path, the video's bytes (copied once), or a binary file object that can seek.

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


@c_callback("vodkit_read")
def _read(read: Callable[[int, Any], int], offset: int, buffer: Any, size: int) -> int:
    return read(offset, ffi.buffer(buffer, size))


class OpenSource:
    """A source, ready for any number of calls."""

    def __init__(self, source: Source) -> None:
        self._file: _File | None = None
        self.path: str | None = None
        if isinstance(source, (str, os.PathLike)):
            path = path_bytes(source)
            self.path = os.fspath(source) if isinstance(source, str) else os.fsdecode(source)
            self._handle = make("vodkit_source", lib.vodkit_source_open, path)
        elif isinstance(source, (bytes, bytearray, memoryview)):
            data = ffi.from_buffer("uint8_t[]", source)
            self._handle = make("vodkit_source", lib.vodkit_source_from_bytes, data, len(data))
        elif isinstance(source, io.TextIOBase):
            raise TypeError("the file object is in text mode: open it with mode 'rb'")
        elif all(callable(getattr(source, name, None)) for name in ("read", "seek", "tell")):
            self._file = _File.of(source)
        else:
            kinds = "a path, bytes or a binary file object (with read, seek and tell)"
            raise TypeError(f"the source must be {kinds}, not {type(source).__name__}")

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
            return given(interruptible(lambda: call(self._handle)))
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
