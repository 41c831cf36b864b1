"""Many segments of one plan, one after the other."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from ._call import attempt, copied_bytes, copied_text, given, make, owned, take_bytes
from ._callbacks import RELEASE, Callback, Work, c_callback
from ._cancel import CancelToken
from ._errors import InvalidArgumentError, SinkWriteError
from ._native import ffi, lib
from ._plan import Plan, Task, segment_index
from ._rendition import Rendition, rendition_id


@dataclass(frozen=True)
class MadeSegment:
    """A segment, as ``SegmentMaker.run`` makes it.

    Attributes:
        rendition: The id of its rendition.
        index: Its index in the rendition, from 0.
        key: Its path in a package, such as ``"720p/00003.m4s"``.
        data: Its content.
    """

    rendition: str
    index: int
    key: str
    data: bytes


class SegmentMaker:
    """Makes many segments of one plan. It keeps the source open and its decoders running in between, so segments are
    quickest in ascending order. The bytes are those of ``Plan.segment``.

        with vodkit.SegmentMaker(plan) as maker:
            for task in plan.tasks():
                for made in maker.run(task):
                    store(made.key, made.data)

    Threads that share one take turns: for work at the same time each needs its own. Ctrl-C cancels it for good, as its
    token does.

    Attributes:
        plan: What it makes segments of.
    """

    plan: Plan

    def __init__(self, plan: Plan, *, cancel: CancelToken | None = None) -> None:
        """Opens a maker; that the plan is of this build and the source the planned one is checked here, once. ``cancel``
        cancels this, and all that the maker does.

        Raises InvalidArgumentError where the plan has no source, BuildMismatchError, SourceChangedError and
        SourceReadError.
        """
        if not isinstance(plan, Plan):
            raise TypeError(f"plan must be a vodkit.Plan, not {type(plan).__name__}")
        self.plan = plan
        self._source = plan._opened()
        self._lock = threading.Lock()
        self._work = Work()
        self._scope = self._source._scope(cancel)
        self._handle: Any = None
        source, place = self._source._for(self._work), ffi.new("vodkit_segment_maker **")
        self._run(lambda: attempt(lib.vodkit_segment_maker_new, source, plan._handle, self._scope.handle, place))
        self._handle = owned("vodkit_segment_maker", place[0])

    def init(self, rendition: str | Rendition) -> bytes:
        """Makes the init segment of a rendition. Raises OutOfRangeError, for text and a storyboard too, which have none."""
        name = rendition_id(rendition)
        with self._lock:
            return take_bytes(make("vodkit_bytes", lib.vodkit_segment_maker_make_init_segment, self._open(), name))

    def segment(self, rendition: str | Rendition, index: int) -> bytes:
        """Makes media segment ``index``, from 0, of a rendition; of text it is WebVTT, of a storyboard one sheet, a JPEG.

        Raises OutOfRangeError, CancelledError, and what reading and decoding the source can raise.
        """
        name, number, place = rendition_id(rendition), segment_index(index), ffi.new("vodkit_bytes **")
        with self._lock:
            maker = self._open()
            self._run(lambda: attempt(lib.vodkit_segment_maker_make_segment, maker, name, number, place))
        return take_bytes(owned("vodkit_bytes", place[0]))

    def run(self, task: Task) -> Iterator[MadeSegment]:
        """Makes the segments of a task, index by index; of several renditions those of the same index together, whose
        frames are decoded once. Each is made as it is asked for.

        Raises as ``segment`` does.
        """
        if not isinstance(task, Task):
            raise TypeError(f"task must be a vodkit.Task, not {type(task).__name__}")
        for index in range(task.first, task.first + task.count):
            yield from self._run_part(Task(task.renditions, index, 1, 0))

    def close(self) -> None:
        """Closes the source and the decoders. The maker makes nothing from then on."""
        with self._lock:
            if self._handle is not None:
                ffi.release(self._handle)
                self._handle = None

    def __enter__(self) -> "SegmentMaker":
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<vodkit.SegmentMaker of {self.plan!r}>"

    def _run_part(self, task: Task) -> list[MadeSegment]:
        made: list[MadeSegment] = []
        part = task._make()
        with self._lock:
            maker = self._open()
            ends = (_take, RELEASE, Callback(self._work, made).user_data())
            self._run(lambda: attempt(lib.vodkit_segment_maker_run, maker, part, *ends))
        return made

    def _open(self) -> Any:
        if self._handle is None:
            raise InvalidArgumentError("the segment maker is closed")
        return self._handle

    def _run(self, call: Callable[[], Any]) -> None:
        given(self._source._during(self._work, self._scope, call))


@c_callback("vodkit_segment_fn", SinkWriteError.code)
def _take(made: list[MadeSegment], rendition: Any, index: int, key: Any, data: Any) -> int:
    made.append(MadeSegment(copied_text(rendition), index, copied_text(key), copied_bytes(data)))
    return 0
