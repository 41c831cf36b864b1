"""Jobs: whole packages, made on all cores."""

import json
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from weakref import WeakSet

from ._call import (
    UINT32,
    attempt,
    c_text,
    check,
    given,
    interruptible,
    make,
    owned,
    path_bytes,
    take_bytes,
    take_text,
    whole,
)
from ._callbacks import RELEASE, Callback, Work, before_exit, c_callback, plain_function
from ._errors import CancelledError, InvalidArgumentError
from ._ladder import Ladder, Limits
from ._native import ffi, lib
from ._plan import Plan, plan
from ._sources import Source
from ._thumbnail import ThumbnailOptions, options_handle

Put: TypeAlias = Callable[[str, bytes], object]
"""Takes one whole file of a package: its place, such as ``"720p/00003.m4s"``, and its content."""
Output: TypeAlias = str | os.PathLike[str] | Put
OnProgress: TypeAlias = Callable[["Progress"], object]

_HEAR_SIGNALS_SECONDS = 0.05


@dataclass(frozen=True)
class Progress:
    """How far a job is."""

    segments_done: int
    """Media segments that are there, those of an earlier run included."""
    segments_total: int
    """Media segments that there will be."""
    fraction: float
    """The part of the work that is done, from 0 to 1."""
    seconds_encoded: float
    """Seconds of the video that the work done so far amounts to, all renditions together."""
    seconds_total: float
    """Seconds of the whole video."""
    speed: float
    """Seconds of video encoded in one second of time, by this run."""
    elapsed: float
    """Seconds since the job started."""
    time_left: float | None
    """About how many seconds are left; None until the first segment is done."""


@dataclass(frozen=True)
class RenditionSummary:
    """What a finished job made of one rendition."""

    id: str
    """Its name."""
    segments: int
    """Number of media segments."""
    bytes: int
    """Bytes of all media segments."""
    average_rate: int
    """Mean bits per second."""
    peak_rate: int
    """Bits per second of the fattest segment."""


@dataclass(frozen=True)
class Summary:
    """What a finished job made."""

    renditions: tuple[RenditionSummary, ...]
    """One entry for each rendition of the plan."""
    duration: float
    """Seconds of the video."""
    elapsed: float
    """Seconds that the job took."""
    segments_resumed: int
    """Segments that an earlier run had left and that were kept."""


class Job:
    """A running job, as ``start`` makes it. Any number of threads may use it at once.

    ``with`` waits for the job at the block's end, and cancels it where the block ends by an exception. A job
    that nothing holds any more is cancelled, and what it failed with is lost; all are cancelled at the
    interpreter's exit, which waits for callbacks that are running.
    """

    plan: Plan
    """What is being made."""

    def __init__(self, plan: Plan, out: Output, options: Any, on_progress: OnProgress | None) -> None:
        self.plan = plan
        self._process = os.getpid()
        self._work = Work()
        self._callbacks: list[Callback] = []
        source, sink = plan._opened().handle(self._work), self._sink(out)
        if on_progress is not None:
            plain_function(on_progress, "on_progress")
            user = self._user(on_progress)
            check(lib.vodkit_job_options_set_on_progress, options, _tell, RELEASE, user)
        place = ffi.new("vodkit_job **")
        error = attempt(lib.vodkit_job_start, source, plan._handle, sink, options, place)
        given(error and (self._work.raised or error))
        self._work.begin()
        self._handle = ffi.gc(place[0], partial(_free, self._work))
        _jobs.add(self)

    @property
    def progress(self) -> Progress:
        """How far the job is."""
        place = ffi.new("vodkit_progress *")
        check(lib.vodkit_job_progress, self._running(), place)
        return _progress(place)

    @property
    def done(self) -> bool:
        """Whether the job has come to its end, good or bad, so that ``wait`` returns at once."""
        return bool(lib.vodkit_job_is_finished(self._running()))

    @property
    def ready_to_stream(self) -> bool:
        """Whether playing can begin: the first segments of the smallest rendition and of the sound are there, and
        ``get`` makes any other."""
        return bool(lib.vodkit_job_is_ready_to_stream(self._running()))

    def get(self, key: str) -> bytes | None:
        """The file of the package at ``key``, such as ``"master.m3u8"`` or ``"720p/00003.m4s"``, while the job runs
        and after; None where the package has none of that name.

        A segment that is not there yet is made next, once, however many threads ask for it, and then those behind
        it; the rest of the job holds still meanwhile. Manifests have estimated bit rates until all segments are
        there. The job's output must be a folder: what was given to a function cannot be had back.

        Raises what making that file can raise; where the job has failed or was cancelled, what ended it.
        """
        name, job, place = c_text(key, "key"), self._running(), ffi.new("vodkit_bytes **")
        cancel = owned("vodkit_cancel_token", lib.vodkit_cancel_token_new())
        try:
            given(interruptible(lambda: attempt(lib.vodkit_job_get, job, name, cancel, place)))
        except KeyboardInterrupt:
            lib.vodkit_cancel_token_cancel(cancel)
            raise
        return take_bytes(owned("vodkit_bytes", place[0])) if place[0] else None

    def cancel(self) -> None:
        """Stops the job: ``wait`` then raises CancelledError within 0.2 seconds, or when the file that is being written
        is done, so when a running ``put`` has returned. Finished segments stay."""
        lib.vodkit_job_cancel(self._running())

    def wait(self, timeout: float | None = None) -> Summary:
        """Waits until the job has come to its end; at most ``timeout`` seconds, and then raises TimeoutError.

        Raises what a callback or file object raised, or else CancelledError, OutputConflictError, SinkWriteError, NoSpaceError,
        and what reading and decoding the source can raise. Finished segments stay, so that the same job can
        be started again. Each time that it is called it does the same.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        finished, summary = ffi.new("bool *"), ffi.new("char **")
        error = None
        while not finished[0]:
            left = _HEAR_SIGNALS_SECONDS if deadline is None else deadline - time.monotonic()
            seconds = min(max(left, 0.0), _HEAR_SIGNALS_SECONDS)
            error = attempt(lib.vodkit_job_wait_timeout, self._running(), seconds, finished, summary)
            if error is not None:
                break
            if not finished[0] and left <= 0:
                raise TimeoutError(f"the job still runs after {timeout} seconds")
        if finished[0]:
            # The functions may hold this very job, out of sight of Python's garbage collector.
            for callback in self._callbacks:
                callback.function = None
        made = error or _summary(json.loads(take_text(summary[0])))
        try:
            raised = self._work.raised
            # As it was raised: else it would grow by each wait.
            return given(raised.with_traceback(self._work.trace) if raised else made)  # type: ignore[no-any-return]
        finally:
            del self, error, made, raised

    def __repr__(self) -> str:
        return f"<vodkit.Job of {self.plan!r}>"

    def __enter__(self) -> "Job":
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            self.cancel()
        try:
            self.wait()
        except BaseException:
            if error is None:
                raise

    def _running(self) -> Any:
        if os.getpid() != self._process:
            raise InvalidArgumentError("the job is in the process that started it, not in this one, which was forked")
        if self._handle is None:
            raise CancelledError("the job was cancelled, as Python is about to exit")
        return self._handle

    def _sink(self, out: Output) -> Any:
        if isinstance(out, (str, os.PathLike)):
            return make("vodkit_sink", lib.vodkit_sink_open_dir, path_bytes(out))
        if callable(out):
            plain_function(out, "put")
            return make("vodkit_sink", lib.vodkit_sink_from_callback, _put, RELEASE, self._user(out))
        raise TypeError(f"out must be a path or a function, not {type(out).__name__}")

    def _user(self, function: Callable[..., object]) -> Any:
        callback = Callback(self._work, function)
        self._callbacks.append(callback)
        return callback.user_data()


@c_callback("vodkit_put_fn")
def _put(put: Put, key: Any, data: Any, size: int) -> int:
    put(ffi.string(key).decode(), bytes(ffi.buffer(data, size)))
    return 0


@c_callback("vodkit_progress_fn")
def _tell(on_progress: OnProgress, progress: Any) -> int:
    on_progress(_progress(progress))
    return 0


def _progress(told: Any) -> Progress:
    values = {name: getattr(told, name) for name in Progress.__dataclass_fields__}
    return Progress(**values | {"time_left": told.time_left if told.time_left >= 0 else None})


def _summary(made: dict[str, Any]) -> Summary:
    renditions = tuple(RenditionSummary(**each) for each in made["renditions"])
    return Summary(**made | {"renditions": renditions})


def start(
    source: Source | Plan,
    out: Output,
    ladder: Ladder | None = None,
    *,
    limits: Limits | None = None,
    workers: int = 0,
    overwrite: bool = False,
    on_request: bool = False,
    thumbnail: float | ThumbnailOptions | None = None,
    on_progress: OnProgress | None = None,
) -> Job:
    """Plans a video, which reads it once or twice, and starts making its whole package, on threads of its own.
    Keep the job that it gives: one that nothing holds is cancelled.

    ``source`` may also be a Plan that has its source. ``out`` is a folder, where a job goes on with what an
    earlier one of the same plan left, or a function ``put(key, data)``, which is called on several threads at
    once. ``workers`` is how many segments are made at the same time; 0: one for each core. ``overwrite`` is
    whether another package in the folder is replaced. ``on_request`` is whether nothing is made but what ``Job.get``
    asks for, and a little ahead of it; the job then ends only when all has been asked for. ``thumbnail`` is a picture to write as thumbnail.jpg: a
    fraction of the duration, 0.0 to 1.0, or ThumbnailOptions; without it there is none, where the command makes
    one at 0.5. ``on_progress`` is called after each segment,
    on a thread of the job, one call at a time. What ``put`` and ``on_progress`` raise ends the job, and comes
    out of its ``wait``.

    Raises as ``plan`` does, SinkWriteError where ``out`` is no folder, and for a Plan BuildMismatchError and
    SourceChangedError; all else that can fail comes out of ``Job.wait``.
    """
    options = owned("vodkit_job_options", lib.vodkit_job_options_new())
    check(lib.vodkit_job_options_set_workers, options, whole(workers, "workers", UINT32))
    check(lib.vodkit_job_options_set_overwrite, options, bool(overwrite))
    check(lib.vodkit_job_options_set_on_request, options, bool(on_request))
    if thumbnail is not None:
        picture = thumbnail if isinstance(thumbnail, ThumbnailOptions) else ThumbnailOptions(pct=thumbnail)
        check(lib.vodkit_job_options_set_thumbnail, options, options_handle(picture, lib.VODKIT_IMAGE_JPEG))
    if not isinstance(source, Plan):
        source = plan(source, ladder, limits)
    elif ladder is not None or limits is not None:
        raise InvalidArgumentError("the plan is made already: ladder and limits come too late")
    return Job(source, out, options, on_progress)


def package(
    source: Source | Plan,
    out: Output,
    ladder: Ladder | None = None,
    *,
    limits: Limits | None = None,
    workers: int = 0,
    overwrite: bool = False,
    thumbnail: float | ThumbnailOptions | None = None,
    on_progress: OnProgress | None = None,
) -> Summary:
    """Makes the whole package of a video: ``start``, and then ``Job.wait``.

    Ctrl-C cancels within 0.2 seconds, or when a running ``put`` has returned, and raises KeyboardInterrupt; the
    same call goes on from there.
    """
    job = start(
        source,
        out,
        ladder,
        limits=limits,
        workers=workers,
        overwrite=overwrite,
        thumbnail=thumbnail,
        on_progress=on_progress,
    )
    with job:
        return job.wait()


def _free(work: Work, handle: Any) -> None:
    """Frees a job that nothing holds any more, which waits for its threads."""

    def free() -> None:
        lib.vodkit_job_free(handle)
        work.end()

    lib.vodkit_job_cancel(handle)
    try:
        if not _exiting.is_set():
            # Elsewhere: the encoder may need a second to stop, and a `put` a lock that is held here.
            return threading.Thread(target=free, name="vodkit", daemon=True).start()
    except RuntimeError:  # no new threads, so near the exit
        pass
    free()


_jobs: WeakSet[Job] = WeakSet()
_exiting = threading.Event()


@before_exit
def _end_jobs() -> None:
    _exiting.set()
    for job in list(_jobs):
        # This frees it, or else what still waits for it does: until then its work is under way.
        job._handle = None


def _forget_jobs() -> None:
    # Their threads are in the parent: freeing would wait for them for ever.
    for job in list(_jobs):
        ffi.gc(job._handle, None)
    _jobs.clear()


os.register_at_fork(after_in_child=_forget_jobs)
