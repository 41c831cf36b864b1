"""Packages: what jobs made, in their sinks."""

import io
import json
import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from ._call import attempt, given, interruptible, make, make_text, owned, path_bytes
from ._callbacks import RELEASE, Callback, Work, c_callback
from ._errors import NoSpaceError, NotFoundError, SinkWriteError, named
from ._native import ffi, lib
from ._plan import Plan
from ._rendition import Rendition, rendition_id
from ._sinks import OpenSink, Output


class BinaryWriter(Protocol):
    """What a file object must have to be written to: a binary one."""

    def write(self, data: bytes, /) -> object: ...


class Package:
    """A package in a folder or a Sink that can be read, finished or not: what a job makes. Any number of threads may use
    it; their calls take turns.

        package = vodkit.Package.open("holiday")
        package.update(package.plan.with_captions("en", "English", webvtt))
        package.save_mp4("holiday.mp4")
    """

    def __init__(self, sink: OpenSink) -> None:
        """Packages come from ``open``."""
        if not isinstance(sink, OpenSink):
            raise TypeError("packages come from vodkit.Package.open")
        self._work = Work()
        self._lock = threading.RLock()
        self._sink = sink
        handle, place = sink.handle(self._work), ffi.new("vodkit_package **")
        self._run(lambda: attempt(lib.vodkit_package_open, handle, place))
        self._handle = owned("vodkit_package", place[0])

    @classmethod
    def open(cls, out: Output) -> "Package":
        """Opens the package in a folder or Sink, whatever version of vodkit made it.

        Raises NotFoundError where there is none, and SinkWriteError where it cannot be read.
        """
        if isinstance(out, (str, os.PathLike)) and not os.path.isdir(out):
            raise NotFoundError(f"there is no package at {os.fspath(out)}", filename=os.fspath(out))
        return cls(OpenSink(out))

    @property
    def plan(self) -> Plan:
        """Its plan, without a source. Raises InvalidPlanError where the package is of another version, which can be
        played and removed all the same."""
        return Plan(make("vodkit_plan", lib.vodkit_package_plan, self._handle), None)

    @property
    def keys(self) -> tuple[str, ...]:
        """The paths of the files that it has when it is finished, manifests first and the plan last. "thumbnail.jpg"
        and "damage.json" are among them, whether or not there is one."""
        return tuple(json.loads(make_text(lib.vodkit_package_keys_to_json, self._handle)))

    def is_finished(self) -> bool:
        """Whether all of it is there. Raises SinkWriteError where the sink cannot be read."""
        place = ffi.new("bool *")
        self._run(lambda: attempt(lib.vodkit_package_is_finished, self._handle, place))
        return bool(place[0])

    def update(self, plan: Plan) -> None:
        """Brings a finished package to a plan that differs from its own in captions alone. Needs no source; players go
        on, and each file that they read is whole at each moment.

        Raises NotFoundError where the package is not finished, OutputConflictError where its plan differs in more or
        the package was replaced, updated or removed since it was opened, SinkWriteError and NoSpaceError.
        """
        if not isinstance(plan, Plan):
            raise TypeError(f"plan must be a vodkit.Plan, not {type(plan).__name__}")
        self._run(lambda: attempt(lib.vodkit_package_update, self._handle, plan._handle))

    def save_mp4(self, path: str | os.PathLike[str], rendition: str | Rendition | None = None) -> int:
        """Writes the finished package as one MP4, with its index first; returns its bytes.

        It has the video of ``rendition``, or the largest, and the audio that plays by default; nothing is encoded. The
        file appears whole or not at all, in the place of what was there, and folders above it that are missing are
        made.

        Raises OutOfRangeError where there is no such rendition of video, NotFoundError where a segment is missing,
        CorruptError where one is damaged, OutputConflictError where the package was replaced, updated or removed since
        it was opened, and SinkWriteError, whose ``filename`` is ``path`` where that could not be written.
        """
        name, file, size = _video(rendition), path_bytes(path), ffi.new("uint64_t *")
        call = partial(attempt, lib.vodkit_package_save_mp4, self._handle, name, file, size)
        given(self._exported(call, os.fspath(path)))
        return int(size[0])

    def write_mp4(self, file: BinaryWriter, rendition: str | Rendition | None = None) -> int:
        """As ``save_mp4``, to a binary file object, which needs no more than ``write``; returns the bytes written. Where
        it fails, part of them may have been written."""
        if isinstance(file, io.TextIOBase):
            raise TypeError("the file object is in text mode: open it with mode 'wb'")
        if not callable(getattr(file, "write", None)):
            raise TypeError(f"the file must have write, not be a {type(file).__name__}")
        name, size = _video(rendition), ffi.new("uint64_t *")
        ends = (_write, RELEASE, Callback(self._work, file).user_data(), size)
        # On this very thread: file objects may be particular about it.
        call, where = partial(attempt, lib.vodkit_package_write_mp4, self._handle, name, *ends), getattr(file, "name", None)
        given(self._exported(call, where if isinstance(where, str) else None, here=True))
        return int(size[0])

    def remove(self) -> None:
        """Removes the package, its manifests first and its plan last; other files stay. Raises SinkWriteError where a
        file cannot be removed; it can then be done again. Raises OutputConflictError where the package was replaced,
        updated or removed since it was opened."""
        self._run(lambda: attempt(lib.vodkit_package_remove, self._handle))

    def __repr__(self) -> str:
        return f"<vodkit.Package in {self._sink.folder!r}>" if self._sink.folder else "<vodkit.Package in a sink>"

    def _run(self, call: Callable[[], Any]) -> None:
        given(self._sink.named(self._made(call)))

    def _exported(self, call: Callable[[], Any], file: str | bytes | None, here: bool = False) -> Any:
        made = self._made(call, here)
        # Where it was not reading the package that failed, it was writing the file.
        wrote = isinstance(made, SinkWriteError | NoSpaceError) and not made.message.startswith("cannot read ")
        return named(made, file if wrote else self._sink.folder)

    def _made(self, call: Callable[[], Any], here: bool = False) -> Any:
        def work() -> Any:
            with self._lock:
                self._work.begin()
                try:
                    return self._work.explain(call())
                finally:
                    self._work.end()

        return work() if here else interruptible(work)


@c_callback("vodkit_write_fn", SinkWriteError.code)
def _write(file: Any, data: Any, size: int) -> int:
    rest = bytes(ffi.buffer(data, size))
    while rest:
        # Raw files may take a part alone, and say so.
        written = file.write(rest)
        rest = rest[written if isinstance(written, int) and 0 < written <= len(rest) else len(rest) :]
    return 0


def _video(rendition: str | Rendition | None) -> Any:
    return ffi.NULL if rendition is None else rendition_id(rendition)
