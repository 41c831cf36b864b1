"""Sinks: where packages go."""

import errno
import os
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from ._call import attempt, copied_bytes, copied_text, given, make, owned, path_bytes, whole
from ._callbacks import RELEASE, Callback, Work, c_callback, plain_function
from ._errors import SinkWriteError, VodkitError, named
from ._native import ffi, lib

Put: TypeAlias = Callable[[str, bytes], object]


class Sink(Protocol):
    """A storage of your own for packages. Its methods are called from several threads at once; what they raise is the
    cause of the SinkWriteError, or NoSpaceError for an OSError that says so, that comes of it.

    Only ``put`` has to be there. Further methods make it one that jobs go on in, and that can be played from, updated
    and removed:

    - ``get(key: str) -> bytes | None``: what is under ``key``; None where nothing is
    - ``size(key: str) -> int | None``: how many bytes that has; without it ``get`` is asked
    - ``remove(key: str) -> None``: takes it away; nothing there is no error
    - ``put_new(key: str, data: bytes) -> bool``: puts where nothing is, and says whether that was so, as one step: of
      jobs that begin in the same place at the same moment one alone may be told yes; without it ``get`` is asked first
    - ``name: str``: what messages call it
    """

    def put(self, key: str, data: bytes, /) -> object:
        """Puts ``data`` under ``key``, a relative path such as ``"720p/00003.m4s"``, in the place of what was there:
        readers see that, or all of ``data``."""
        ...


Output: TypeAlias = str | os.PathLike[str] | Put | Sink


class MemorySink:
    """A Sink in memory: for packages that go elsewhere, and for tests. Any number of threads and jobs may use it."""

    name = "the memory"

    def __init__(self) -> None:
        """An empty sink."""
        self._files: dict[str, bytes] = {}
        self._lock = threading.Lock()

    @property
    def files(self) -> dict[str, bytes]:
        """What is in it, by key: a dict of its own, of the moment."""
        with self._lock:
            return self._files.copy()

    def put(self, key: str, data: bytes, /) -> None:
        """Puts ``data`` under ``key``, in the place of what was there."""
        with self._lock:
            self._files[key] = data

    def put_new(self, key: str, data: bytes, /) -> bool:
        """Puts ``data`` where nothing is; whether that was so."""
        with self._lock:
            free = key not in self._files
            if free:
                self._files[key] = data
            return free

    def get(self, key: str, /) -> bytes | None:
        """What is under ``key``; None where nothing is."""
        with self._lock:
            return self._files.get(key)

    def size(self, key: str, /) -> int | None:
        """How many bytes are under ``key``; None where nothing is."""
        data = self.get(key)
        return None if data is None else len(data)

    def remove(self, key: str, /) -> None:
        """Takes away what is under ``key``, if anything is."""
        with self._lock:
            self._files.pop(key, None)

    def __repr__(self) -> str:
        return f"<vodkit.MemorySink of {len(self.files)} files>"


class _PutOnly:
    def __init__(self, put: Put) -> None:
        self.put = put


class OpenSink:
    """A sink, ready for any number of calls."""

    def __init__(self, out: Output) -> None:
        self.folder: str | bytes | None = None
        self._behind: Any = None
        if isinstance(out, (str, os.PathLike)):
            path = path_bytes(out)
            self.folder = os.fspath(out)
            place = ffi.new("vodkit_sink **")
            given(named(attempt(lib.vodkit_sink_open_dir, path, place), self.folder, errno.ENOTDIR))
            self._handle = owned("vodkit_sink", place[0])
            return
        if callable(getattr(out, "put", None)):
            self._behind = out
        elif callable(out):
            plain_function(out, "put")
            self._behind = _PutOnly(out)
        else:
            raise TypeError(f"out must be a path, a function or a Sink (an object with put), not {type(out).__name__}")
        self._methods = {}
        for name, function in (("put", _put), ("get", _get), ("size", _size), ("remove", _remove), ("put_new", _put_new)):
            method = getattr(self._behind, name, None)
            if method is not None:
                plain_function(method, name)
                self._methods[name] = function

    def handle(self, work: Work, callbacks: list[Callback] | None = None) -> Any:
        """The sink's handle for some work; what is raised in it is kept there."""
        if self._behind is None:
            return self._handle
        callback = Callback(work, self._behind)
        if callbacks is not None:
            callbacks.append(callback)
        name = getattr(self._behind, "name", None)
        text = (name if isinstance(name, str) else "the sink").replace("\0", "?").encode(errors="replace")
        functions = ffi.new("vodkit_sink_callbacks *", {"struct_size": ffi.sizeof("vodkit_sink_callbacks"), **self._methods})
        return make("vodkit_sink", lib.vodkit_sink_from_callbacks, functions, text, RELEASE, callback.user_data())

    def named(self, made: Any) -> Any:
        """What a call made; an error of the system is given the folder as its file."""
        return named(made, self.folder)


@c_callback("vodkit_sink_put_fn", SinkWriteError.code)
def _put(sink: Sink, key: Any, data: Any) -> int:
    sink.put(copied_text(key), copied_bytes(data))
    return 0


@c_callback("vodkit_sink_get_fn", SinkWriteError.code)
def _get(sink: Any, key: Any, place: Any) -> int:
    data = sink.get(copied_text(key))
    if data is not None:
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"get gave {type(data).__name__} instead of bytes or None")
        content = ffi.from_buffer("uint8_t[]", data)
        given(attempt(lib.vodkit_bytes_new, content, len(content), place))
    return 0


@c_callback("vodkit_sink_size_fn", SinkWriteError.code)
def _size(sink: Any, key: Any, found: Any, place: Any) -> int:
    size = sink.size(copied_text(key))
    if size is not None:
        found[0], place[0] = True, whole(size, "size")
    return 0


@c_callback("vodkit_sink_remove_fn", SinkWriteError.code)
def _remove(sink: Any, key: Any) -> int:
    sink.remove(copied_text(key))
    return 0


@c_callback("vodkit_sink_put_new_fn", SinkWriteError.code)
def _put_new(sink: Any, key: Any, data: Any, stored: Any) -> int:
    stored[0] = bool(sink.put_new(copied_text(key), copied_bytes(data)))
    return 0
