"""Jobs: whole packages, made on all cores."""

import asyncio
import json
import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Generator
from functools import partial
from types import TracebackType
from typing import Any, TypeAlias
from weakref import WeakSet

from ._call import UINT32, attempt, c_text, check, given, interruptible, owned, real, take_bytes, take_text, whole
from ._callbacks import RELEASE, Callback, Work, before_exit, c_callback, plain_function
from ._cancel import CancelToken, Scope
from ._errors import CancelledError, InvalidArgumentError, NotFoundError, SourceReadError, named
from ._ladder import Ladder
from ._limits import Limits
from ._native import ffi, lib
from ._plan import Plan, plan
from ._pool import Pool
from ._progress import Progress, Summary, progress_of, summary_of
from ._sinks import OpenSink, Output
from ._sources import SourceLike
from ._thumbnail import ThumbnailOptions, options_handle
from ._warning import SourceWarning, warnings_of

OnProgress: TypeAlias = Callable[[Progress], object]

_HEAR_SIGNALS_SECONDS = 0.05


class Job:
    """A running job, as ``start`` makes it. Any number of threads may use it at once.

    ``with`` waits for the job at the block's end, and cancels it where the block ends by an exception, so by Ctrl-C
    too. ``await job`` waits too, and cancels the job where the task is cancelled, as Ctrl-C does under ``asyncio.run``:
    what is raised is then ``asyncio.CancelledError``, and ``vodkit.CancelledError`` where it was the job that was
    cancelled.

    A running job that nothing holds any more is cancelled, with a ResourceWarning. All are cancelled at the
    interpreter's exit, which waits for callbacks that are running.

    Attributes:
        plan: What is being made.
    """

    plan: Plan

    def __init__(
        self,
        plan: Plan,
        out: Output,
        options: Any,
        on_progress: OnProgress | None = None,
        cancel: CancelToken | None = None,
    ) -> None:
        """Jobs come from ``start``."""
        self.plan = plan
        self._process = os.getpid()
        self._work = Work()
        self._callbacks: list[Callback] = []
        self._ending = threading.Lock()
        self._when_done: list[Callable[[Job], object]] | None = []
        self._waited_for = False
        self._sink = OpenSink(out)
        self._scope = plan._opened()._scope(cancel)
        source, sink = plan._opened()._for(self._work), self._sink.handle(self._work, self._callbacks)
        if on_progress is not None:
            plain_function(on_progress, "on_progress")
            user = self._user(on_progress)
            check(lib.vodkit_job_options_set_on_progress, options, _tell, RELEASE, user)
        place = ffi.new("vodkit_job **")
        arguments = (source, plan._handle, sink, options, self._scope.handle, place)
        given(self._explained(attempt(lib.vodkit_job_start, *arguments)))
        self._work.begin()
        self._handle = ffi.gc(place[0], partial(_free, self._work))
        _jobs.add(self)

    @property
    def progress(self) -> Progress:
        """How far the job is."""
        place = ffi.new("vodkit_progress *", {"struct_size": ffi.sizeof("vodkit_progress")})
        check(lib.vodkit_job_progress, self._running(), place)
        return progress_of(place)

    @property
    def warnings(self) -> tuple[SourceWarning, ...]:
        """What of the video the package does not have so far, or not as it was: what the summary will have, while the
        job runs and after it was cancelled."""
        place = ffi.new("char **")
        check(lib.vodkit_job_warnings_to_json, self._running(), place)
        return warnings_of(json.loads(take_text(place[0])))

    @property
    def done(self) -> bool:
        """Whether the job has come to its end, good or bad, so that ``wait`` returns at once."""
        return bool(lib.vodkit_job_is_finished(self._running()))

    @property
    def ready_to_stream(self) -> bool:
        """Whether playing can begin: the first segments of the smallest rendition and of the sound are there, and
        ``get`` makes any other."""
        return bool(lib.vodkit_job_is_ready_to_stream(self._running()))

    def get(self, key: str, *, cancel: CancelToken | None = None) -> bytes | None:
        """The file of the package at ``key``, such as ``"master.m3u8"`` or ``"720p/00003.m4s"``, while the job runs
        and after; None where the package has none of that name.

        A segment that is not there yet is made next, once, however many threads ask for it, and then those behind
        it; the rest of the job holds still meanwhile. Manifests have estimated bit rates until all segments are
        there. The job's output must be one that can be read: what was given to a function cannot be had back.
        ``cancel`` and Ctrl-C end this call and not the job.

        Raises what making that file can raise; where the job has failed or was cancelled, what ended it.
        """
        name, job, place = c_text(key, "key"), self._running(), ffi.new("vodkit_bytes **")
        with Scope(cancel) as scope:
            call = partial(attempt, lib.vodkit_job_get, job, name, scope.handle, place)
            given(self._explained(interruptible(call, scope)))
        return take_bytes(owned("vodkit_bytes", place[0])) if place[0] else None

    def cancel(self) -> None:
        """Stops the job: ``wait`` then raises CancelledError within 0.2 seconds, or when the file that is being written
        is done, so when a running ``put`` has returned. Finished segments stay."""
        self._scope.cancelled = True
        lib.vodkit_job_cancel(self._running())

    def wait(self, timeout: float | None = None) -> Summary:
        """Waits until the job has come to its end; at most ``timeout`` seconds, and then raises TimeoutError. Ctrl-C ends
        the waiting, not the job.

        Raises what a callback or file object raised, or else CancelledError, OutputConflictError, SinkWriteError, NoSpaceError,
        and what reading and decoding the source can raise. Finished segments stay, so that the same job can
        be started again. Each time that it is called it does the same.
        """
        deadline = None if timeout is None else time.monotonic() + real(timeout, "timeout")
        error = made = raised = None
        try:
            finished, summary = ffi.new("bool *"), ffi.new("char **")
            while not finished[0]:
                left = _HEAR_SIGNALS_SECONDS if deadline is None else deadline - time.monotonic()
                seconds = min(max(left, 0.0), _HEAR_SIGNALS_SECONDS)
                error = attempt(lib.vodkit_job_wait_timeout, self._running(), seconds, finished, summary)
                if error is not None:
                    break
                if not finished[0] and left <= 0:
                    raise TimeoutError(f"the job still runs after {timeout:g} s")
            if finished[0]:
                # The functions may hold this very job, out of sight of Python's garbage collector.
                for callback in self._callbacks:
                    callback.behind = None
            made = error or summary_of(json.loads(take_text(summary[0])))
            raised = self._work.raised
            # As it was raised: else it would grow by each wait.
            return given(raised.with_traceback(self._work.trace) if raised else self._explained(made))  # type: ignore[no-any-return]
        finally:
            # Nor may the traceback of Ctrl-C hold the job, which would go on for as long as that is handled.
            del self, error, made, raised

    def add_done_callback(self, function: Callable[["Job"], object]) -> None:
        """Has ``function(job)`` called once when the job has come to its end, good or bad; at once where it has. It is
        called on another thread, and what it raises is logged. Until then the job is kept."""
        plain_function(function, "function")
        with self._ending:
            if self._when_done is not None:
                self._when_done.append(function)
                if not self._waited_for:
                    self._waited_for = True
                    threading.Thread(target=self._tell_end, name="vodkit-wait", daemon=True).start()
                return
        self._call(function)

    def __await__(self) -> Generator[Any, None, Summary]:
        return self._wait_async().__await__()

    async def _wait_async(self) -> Summary:
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def end() -> None:
            if not ended.done():
                ended.set_result(None)

        def tell(_: Job) -> None:
            try:
                loop.call_soon_threadsafe(end)
            except RuntimeError:  # the loop is closed: nobody waits any more
                pass

        self.add_done_callback(tell)
        try:
            await asyncio.shield(ended)
        except asyncio.CancelledError:
            self.cancel()
            await asyncio.wait([ended])
            raise
        return self.wait()

    def _tell_end(self) -> None:
        try:
            self.wait()
        except BaseException:  # which the next to wait is told
            pass
        with self._ending:
            functions, self._when_done = self._when_done or [], None
        for function in functions:
            self._call(function)

    def _call(self, function: Callable[["Job"], object]) -> None:
        try:
            function(self)
        except Exception:
            logging.getLogger("vodkit").exception("a job's done callback failed")

    def __repr__(self) -> str:
        return f"<vodkit.Job of {self.plan!r}>"

    def __del__(self) -> None:
        here = getattr(self, "_handle", None) is not None and os.getpid() == self._process and not _exiting.is_set()
        if here and not self._scope.cancelled and not self.done:
            message = "a running vodkit job was dropped, and is cancelled: keep it, or call wait() or cancel()"
            warnings.warn(message, ResourceWarning, stacklevel=2)

    def __enter__(self) -> "Job":
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
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

    def _explained(self, made: Any) -> Any:
        made = self._work.explain(made)
        source = isinstance(made, (NotFoundError, SourceReadError))
        return named(made, self.plan._opened()._filename if source else self._sink.folder)

    def _user(self, function: Callable[..., object]) -> Any:
        callback = Callback(self._work, function)
        self._callbacks.append(callback)
        return callback.user_data()


@c_callback("vodkit_progress_fn")
def _tell(on_progress: OnProgress, progress: Any) -> int:
    on_progress(progress_of(progress))
    return 0


def start(
    source: SourceLike | Plan,
    out: Output,
    ladder: Ladder | None = None,
    *,
    limits: Limits | None = None,
    workers: int = 0,
    pool: Pool | None = None,
    priority: int = 0,
    overwrite: bool = False,
    on_request: bool = False,
    thumbnail: float | ThumbnailOptions | None = None,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
) -> Job:
    """Plans a video, which reads it once or twice, and starts making its whole package, on threads of its own.
    Keep the job that it gives: one that nothing holds is cancelled.

    Args:
        source: The video, or a Plan that has its source.
        out: A folder, a MemorySink or a Sink of your own, where a job goes on with what an earlier one of the same plan
            left; or a function ``put(key, data)``, which is given each whole file, ``"720p/00003.m4s"`` and its bytes, on
            several threads at once. A folder is made where it is missing, with those above it; other files in it stay.
        workers: How many segments are made at the same time; 0: one for each core, or for each worker of the pool, and
            more than 1024 count as 1024.
        pool: Workers that this job shares with others.
        priority: Of the jobs that wait for a worker of the pool the one with the highest goes first, and equals take
            turns.
        overwrite: Whether another package in the folder is replaced. That takes at least 1.5 seconds, in which a job
            that still makes the other one notices, and ends with OutputConflictError.
        on_request: Whether nothing is made but what ``Job.get`` asks for, and a little ahead of it; the job then ends
            only when all has been asked for.
        thumbnail: A picture to write as thumbnail.jpg: a fraction of the duration, 0.0 to 1.0, or ThumbnailOptions;
            without it there is none, where the command makes one at 0.5.
        on_progress: Called after each segment, on a thread of the job, one call at a time. What it raises ends the job,
            and comes out of its ``wait``. It holds its worker, and must not wait for another job of the pool.
        cancel: Cancels planning, and the job.

    Raises as ``plan`` does, SinkWriteError where ``out`` is no folder, and for a Plan BuildMismatchError and
    SourceChangedError; all else that can fail comes out of ``Job.wait``.
    """
    options = owned("vodkit_job_options", lib.vodkit_job_options_new())
    check(lib.vodkit_job_options_set_workers, options, whole(workers, "workers", UINT32))
    if pool is not None:
        if not isinstance(pool, Pool):
            raise TypeError(f"pool must be a vodkit.Pool, not {type(pool).__name__}")
        check(lib.vodkit_job_options_set_pool, options, pool._handle)
    check(lib.vodkit_job_options_set_priority, options, whole(priority, "priority", 2**31 - 1, -(2**31)))
    check(lib.vodkit_job_options_set_overwrite, options, bool(overwrite))
    check(lib.vodkit_job_options_set_on_request, options, bool(on_request))
    if thumbnail is not None:
        if not isinstance(thumbnail, ThumbnailOptions):
            thumbnail = ThumbnailOptions(fraction=real(thumbnail, "thumbnail"))
        check(lib.vodkit_job_options_set_thumbnail, options, options_handle(thumbnail, lib.VODKIT_IMAGE_FORMAT_JPEG))
    if not isinstance(source, Plan):
        source = plan(source, ladder, limits, cancel=cancel)
    elif ladder is not None or limits is not None:
        raise InvalidArgumentError("the plan is made already: ladder and limits come too late")
    return Job(source, out, options, on_progress, cancel)


def package(
    source: SourceLike | Plan,
    out: Output,
    ladder: Ladder | None = None,
    *,
    limits: Limits | None = None,
    workers: int = 0,
    pool: Pool | None = None,
    priority: int = 0,
    overwrite: bool = False,
    thumbnail: float | ThumbnailOptions | None = None,
    on_progress: OnProgress | None = None,
    cancel: CancelToken | None = None,
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
        pool=pool,
        priority=priority,
        overwrite=overwrite,
        thumbnail=thumbnail,
        on_progress=on_progress,
        cancel=cancel,
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
