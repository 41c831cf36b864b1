"""Python functions as C callbacks.

What such a function raises is kept, and raised by the call that led to it. At the interpreter's exit all work
that calls back is ended first, however long a function that is being called takes: a thread that comes back into
Python behind its end takes the process down.
"""

import atexit
import inspect
import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any
from weakref import WeakSet

from ._errors import CancelledError
from ._native import ffi

_alive: set[Any] = set()  # user data that the library holds
_under_way: WeakSet["Work"] = WeakSet()
_at_exit: list[Callable[[], None]] = []


class Work:
    """A call or a job that calls back, and the first thing that was raised in it."""

    def __init__(self) -> None:
        self.raised: BaseException | None = None
        self.trace: TracebackType | None = None

    def fail(self, error: BaseException) -> None:
        if self.raised is None:
            self.raised, self.trace = error, error.__traceback__

    def begin(self) -> None:
        _under_way.add(self)

    def end(self) -> None:
        _under_way.discard(self)


class Callback:
    """The user data of a C callback: the function behind it, and the work that it belongs to."""

    def __init__(self, work: Work, function: Callable[..., Any]) -> None:
        self.work = work
        self.function: Callable[..., Any] | None = function

    def user_data(self) -> Any:
        """For the library, with RELEASE as its finalizer."""
        handle = ffi.new_handle(self)
        _alive.add(handle)
        return handle


def plain_function(function: Callable[..., Any], name: str) -> None:
    """Refuses what cannot be called back."""
    if not callable(function):
        raise TypeError(f"{name} must be a function, not {type(function).__name__}")
    if inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
        raise TypeError(f"{name} must be a plain function, not an async one: nothing would await it")


def _keep(_: type[BaseException], error: BaseException, trace: TracebackType) -> None:
    ffi.from_handle(trace.tb_frame.f_locals["arguments"][-1]).work.fail(error)


def c_callback(kind: str) -> Callable[[Callable[..., int]], Any]:
    """Makes ``function(behind, *arguments)`` a C callback, where ``behind`` is what a Callback holds.

    Where it raises it fails, and so it does from then on without being called again.
    """

    def wrap(function: Callable[..., int]) -> Any:
        def call(*arguments: Any) -> int:
            callback = ffi.from_handle(arguments[-1])
            behind = callback.function
            if callback.work.raised is not None or behind is None:
                return -1
            return function(behind, *arguments[:-1])

        # All goes through onerror: Ctrl-C can strike before the first line of `call`.
        return ffi.callback(kind, call, error=-1, onerror=_keep)

    return wrap


# The set is bound here: at the very end the module's names are gone.
def _release(user: Any, alive: set[Any] = _alive) -> None:
    alive.discard(user)


RELEASE = ffi.callback("vodkit_finalizer_fn", _release)


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
