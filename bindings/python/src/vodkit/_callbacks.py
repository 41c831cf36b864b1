"""Python functions as C callbacks.

What a source or sink of the caller's raises is told to the library, and becomes the cause of the error that comes of it;
what other functions raise is kept, and raised by the call that led to it. At the interpreter's exit all work that calls
back is ended first, however long a function that is being called takes: a thread that comes back into Python behind its
end takes the process down.
"""

import atexit
import errno
import inspect
import os
import sys
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any
from weakref import WeakSet

from ._errors import CancelledError, NoSpaceError, VodkitError, caused
from ._native import ffi, lib

_alive: set[Any] = set()  # user data that the library holds
_under_way: WeakSet["Work"] = WeakSet()
_at_exit: list[Callable[[], None]] = []


class Work:
    """A call or a job that calls back, and what was raised in it."""

    def __init__(self) -> None:
        self.raised: BaseException | None = None  # by what cannot tell the library; all ends with it
        self.trace: TracebackType | None = None
        self._told: deque[tuple[str, Exception]] = deque(maxlen=16)

    def fail(self, error: BaseException) -> None:
        if self.raised is None:
            self.raised, self.trace = error, error.__traceback__

    def tell(self, error: Exception, code: int, what: str) -> Any:
        """The error for the library, where doing ``what`` failed."""
        text = str(error) if isinstance(error, VodkitError) else f"{type(error).__name__}: {error}"
        text = f"{what}: {text}" if what else text
        self._told.append((text, error))
        if isinstance(error, VodkitError):
            code = error.code
        elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            code = NoSpaceError.code
        return lib.vodkit_error_new(code, text.encode(errors="replace").replace(b"\0", b"?"))

    def explain(self, made: Any) -> Any:
        """What the call made; where that is an error, with what it came of as its cause, or that itself."""
        if self.raised is not None:
            return self.raised
        if isinstance(made, VodkitError):
            text = str(made)
            causes = (cause for words, cause in reversed(self._told) if words in text)
            caused(made, next(causes, None))
        return made

    def begin(self) -> None:
        _under_way.add(self)

    def end(self) -> None:
        _under_way.discard(self)


class Callback:
    """The user data of a C callback: what is behind it, the work that it belongs to, and what it means where it fails,
    if the library does not say so itself."""

    def __init__(self, work: Work, behind: Any, failure: str = "") -> None:
        self.work = work
        self.behind = behind
        self.failure = failure

    def user_data(self) -> Any:
        """For the library, with RELEASE as its finalizer."""
        handle = ffi.new_handle(self)
        _alive.add(handle)
        return handle


def plain_function(function: Any, name: str) -> None:
    """Refuses what cannot be called back."""
    if not callable(function):
        raise TypeError(f"{name} must be a function, not {type(function).__name__}")
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        raise TypeError(f"{name} must be a plain function, not an async one: nothing would await it")


def c_callback(kind: str, code: int | None = None) -> Callable[[Callable[..., int]], Any]:
    """Makes ``function(behind, *arguments)`` a C callback, where ``behind`` is what a Callback holds.

    Where the callback has a place for an error, ``code`` is that of what it raises. Where it has none, it fails from the
    first time that it raises on, without being called again.
    """

    def wrap(function: Callable[..., int]) -> Any:
        def call(*arguments: Any) -> int:
            callback = ffi.from_handle(arguments[-1])
            behind = callback.behind
            if callback.work.raised is not None or behind is None:
                return -1
            return function(behind, *arguments[: -1 if code is None else -2])

        def keep(_: type[BaseException], error: BaseException, trace: TracebackType) -> None:
            arguments = trace.tb_frame.f_locals["arguments"]
            callback = ffi.from_handle(arguments[-1])
            if code is None or not isinstance(error, Exception):
                callback.work.fail(error)
            else:
                arguments[-2][0] = callback.work.tell(error, code, callback.failure)

        # All goes through onerror: Ctrl-C can strike before the first line of `call`.
        return ffi.callback(kind, call, error=-1, onerror=keep)

    return wrap


# The set is bound here: at the very end the module's names are gone.
def _release(user: Any, alive: set[Any] = _alive) -> None:
    alive.discard(user)


RELEASE = ffi.callback("vodkit_finalize_fn", _release)


def before_exit(action: Callable[[], None]) -> Callable[[], None]:
    """Has this done before what is under way is waited for."""
    _at_exit.append(action)
    return action


@atexit.register
def _end_all() -> None:
    for work in list(_under_way):
        work.fail(CancelledError("Python is about to exit"))
    for action in _at_exit:
        action()
    try:
        while _under_way:
            time.sleep(0.01)
    except KeyboardInterrupt:  # and at once then, without what Python does at its end
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(130)


# What was under way when the process was forked goes on in the parent alone.
os.register_at_fork(after_in_child=_under_way.clear)
