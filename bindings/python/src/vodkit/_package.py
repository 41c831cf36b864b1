"""Packages in folders, finished or not, and makers of single segments."""

import json
import os
import threading
from typing import Any

from ._call import UINT32, attempt, check, given, interruptible, make, make_text, owned, path_bytes, take_bytes, whole
from ._callbacks import Work
from ._errors import InvalidArgumentError, NotFoundError, OutOfRangeError
from ._native import ffi, lib
from ._plan import Plan, Rendition, rendition_id


class Package:
    """The package in a folder, finished or not, whatever version of vodkit made it.

    Raises NotFoundError where there is none.
    """

    path: str
    """The folder."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        folder = path_bytes(path)
        self.path = os.fsdecode(folder)
        if not os.path.isdir(self.path):
            raise NotFoundError(f"there is no package at {self.path}")
        sink = make("vodkit_sink", lib.vodkit_sink_open_dir, folder)
        self._handle = make("vodkit_package", lib.vodkit_package_open, sink)

    def __repr__(self) -> str:
        return f"<vodkit.Package in {self.path}>"

    @property
    def plan(self) -> Plan:
        """Its plan, without a source. Raises InvalidPlanError where the package is of another schema version: it can
        be played and removed all the same; to change it, plan its source anew."""
        return Plan(make("vodkit_plan", lib.vodkit_package_plan, self._handle), None)

    @property
    def finished(self) -> bool:
        """Whether all of it is there."""
        place = ffi.new("bool *")
        check(lib.vodkit_package_is_finished, self._handle, place)
        return bool(place[0])

    @property
    def keys(self) -> tuple[str, ...]:
        """The paths of the files that it has when it is finished, manifests first and the plan last. Its thumbnail
        is among them, whether or not there is one."""
        return tuple(json.loads(make_text(lib.vodkit_package_keys_to_json, self._handle)))

    def update(self, plan: Plan) -> None:
        """Brings the finished package to a plan that differs from its own in captions alone. Needs no source;
        players go on.

        Raises NotFoundError where the package is not finished, OutputConflictError where its plan differs in more,
        SinkWriteError and NoSpaceError.
        """
        given(interruptible(lambda: attempt(lib.vodkit_package_update, self._handle, plan._handle)))

    def save_mp4(self, path: str | os.PathLike[str], rendition: str | Rendition | None = None) -> int:
        """Writes the finished package as one progressive MP4, with its index first; returns its bytes.

        It has the video of ``rendition``, or of the largest, and the default audio; nothing is encoded. The file
        appears whole or not at all. Raises OutOfRangeError where that is no video rendition, NotFoundError where a
        segment is missing, CorruptError where one is not as it was made, and SinkWriteError.
        """
        file, size = path_bytes(path), ffi.new("uint64_t *")
        name = ffi.NULL if rendition is None else rendition_id(rendition)
        given(interruptible(lambda: attempt(lib.vodkit_package_save_mp4, self._handle, name, file, size)))
        return int(size[0])

    def remove(self) -> None:
        """Removes the package, its manifests first and its plan last; other files in the folder stay.

        Raises SinkWriteError where a file cannot be removed: what was interrupted can be done again.
        """
        given(interruptible(lambda: attempt(lib.vodkit_package_remove, self._handle)))


class SegmentMaker:
    """Makes segments of a plan that has its source, one after the other. It keeps the source open and decoders running
    in between, so that segments in order cost what a job's cost; the bytes are those of ``Plan.segment``.

    Threads that share one wait for each other: for several cores make several, and share out ``Plan.tasks``. Where a
    file object has raised, its maker is of no more use.

    Raises BuildMismatchError where another build made the plan, and SourceChangedError where the source is not the
    one that was planned.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._lock, self._work = threading.Lock(), Work()
        self._source = plan._opened().handle(self._work)
        self._reads_file = plan._opened().is_file_object
        self._maker = self._call("vodkit_segment_maker", lib.vodkit_segment_maker_new, self._source, plan._handle)

    def segment(self, rendition: str | Rendition, index: int) -> bytes:
        """Makes media segment ``index``, from 0, of a rendition; of a storyboard one sheet, a JPEG.

        Raises OutOfRangeError, and what reading and decoding the source can raise.
        """
        try:
            number = whole(index, "index", UINT32)
        except InvalidArgumentError as cause:
            raise OutOfRangeError(f"there is no segment {index}") from cause
        arguments = (self._maker, rendition_id(rendition), number)
        return take_bytes(self._call("vodkit_bytes", lib.vodkit_segment_maker_segment, *arguments))

    def _call(self, kind: str, function: Any, *arguments: Any) -> Any:
        def call() -> Any:
            with self._lock:
                place = ffi.new(f"{kind} **")
                return attempt(function, *arguments, place) or owned(kind, place[0])

        if not self._reads_file:
            return given(interruptible(call))
        # On this very thread: file objects may be particular about it. Their reads hear Ctrl-C.
        self._work.begin()
        try:
            made = call()
        finally:
            self._work.end()
        return given(self._work.raised or made)
