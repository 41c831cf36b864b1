"""Cancelling: from other threads, by Ctrl-C, and by asyncio."""

import asyncio
import contextvars
import functools
import weakref
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, TypeVar

from ._native import ffi, lib


class _Cancellable(Protocol):
    def cancel(self) -> None: ...


class CancelToken:
    """Cancels the work that it is given to, from any thread or signal handler. One token may be given to any number of
    calls, at once or one after the other.
    """

    def __init__(self) -> None:
        self._cancelled = False
        self._linked: dict[int, weakref.ref[_Cancellable]] = {}

    def cancel(self) -> None:
        """Cancels: work with this token raises CancelledError within 0.2 seconds, and so does all later work. There is
        no way back."""
        # No lock, as this may be called in a signal handler: `link` looks again after it has added.
        self._cancelled = True
        for reference in list(self._linked.values()):
            if (linked := reference()) is not None:
                linked.cancel()

    @property
    def cancelled(self) -> bool:
        """Whether the token was cancelled."""
        return self._cancelled

    def __repr__(self) -> str:
        return f"<vodkit.CancelToken{', cancelled' if self._cancelled else ''}>"


def link(token: CancelToken, other: _Cancellable) -> None:
    """Has ``other`` cancelled with the token."""
    if not isinstance(token, CancelToken):
        raise TypeError(f"cancel must be a vodkit.CancelToken, not {type(token).__name__}")
    linked, key = token._linked, id(other)
    linked[key] = weakref.ref(other, lambda _: linked.pop(key, None))
    if token._cancelled:
        other.cancel()


class Scope:
    """A token of C's for one piece of work, which is cancelled with each of the given ones, and alone."""

    def __init__(self, *tokens: CancelToken | None) -> None:
        self.cancelled = False
        self.handle = ffi.gc(lib.vodkit_cancel_token_new(), lib.vodkit_cancel_token_free)
        self._tokens = [token for token in tokens if token is not None]
        for token in self._tokens:
            link(token, self)

    def cancel(self) -> None:
        self.cancelled = True
        lib.vodkit_cancel_token_cancel(self.handle)

    def __enter__(self) -> "Scope":
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        for token in self._tokens:
            token._linked.pop(id(self), None)


T = TypeVar("T")


async def to_thread(function: Callable[..., T], /, *arguments: Any, **options: Any) -> T:
    """Runs a function of this package that takes ``cancel`` on another thread, as ``asyncio.to_thread`` does; where the
    task is cancelled, so is the work, within 0.2 seconds.

        info = await vodkit.to_thread(vodkit.probe, "holiday.mp4")
        data = await asyncio.wait_for(vodkit.to_thread(plan.segment, "720p", 0), timeout=5)
    """
    token, outer = CancelToken(), options.pop("cancel", None)
    if outer is not None:
        link(outer, token)
    work = functools.partial(contextvars.copy_context().run, function, *arguments, cancel=token, **options)
    future = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        token.cancel()
        await asyncio.wait([future])
        if not future.cancelled():
            future.exception()  # asked for, so that asyncio does not report it
        raise
