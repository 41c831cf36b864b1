"""How a call goes to C and comes back. cffi releases the GIL for as long as each call takes."""

import math
import operator
import os
import threading
from collections.abc import Callable
from fractions import Fraction
from numbers import Rational, Real
from typing import Any, get_args

from ._cancel import Scope
from ._errors import BY_CODE, InvalidArgumentError, VodkitError
from ._native import ffi, lib


def attempt(function: Callable[..., int], *arguments: Any) -> VodkitError | None:
    """Calls ``function(*arguments, &error)``; returns the error."""
    place = ffi.new("vodkit_error **")
    try:
        code = function(*arguments, place)
    finally:
        del arguments  # a traceback, of Ctrl-C say, shall not keep handles alive
    if code == 0:
        return None
    error = ffi.gc(place[0], lib.vodkit_error_free)
    words = (lib.vodkit_error_full_message(error), lib.vodkit_error_message(error))
    return BY_CODE.get(code, VodkitError)(*(ffi.string(text).decode() for text in words))


def check(function: Callable[..., int], *arguments: Any) -> None:
    """Calls ``function(*arguments, &error)``; raises the error."""
    given(attempt(function, *arguments))


def given(made: Any) -> Any:
    """What a call made, or raises it where that is an error.

    No frame in the error's traceback may hold the error: only the garbage collector would free both, and
    with them a job that was cancelled.
    """
    try:
        if isinstance(made, BaseException):
            raise made
        return made
    finally:
        del made


def owned(kind: str, handle: Any) -> Any:
    """A handle that is freed when nothing holds it any more."""
    return ffi.gc(handle, getattr(lib, f"{kind}_free"))


def make(kind: str, function: Callable[..., int], *arguments: Any) -> Any:
    """Calls ``function(*arguments, &handle, &error)``; returns the handle."""
    place = ffi.new(f"{kind} **")
    check(function, *arguments, place)
    return owned(kind, place[0])


def make_text(function: Callable[..., int], *arguments: Any) -> str:
    """Calls ``function(*arguments, &string, &error)``; returns the string."""
    place = ffi.new("char **")
    check(function, *arguments, place)
    return take_text(place[0])


def copied_text(string: Any) -> str:
    """A copy of text that stays the library's."""
    return str(ffi.string(string).decode())


def copied_bytes(handle: Any) -> bytes:
    """A copy of bytes that stay the library's."""
    return bytes(ffi.buffer(lib.vodkit_bytes_data(handle), lib.vodkit_bytes_size(handle)))


def take_text(string: Any) -> str:
    """Text that the library gave away."""
    try:
        return copied_text(string)
    finally:
        lib.vodkit_string_free(string)


def take_bytes(handle: Any) -> bytes:
    """A copy of the library's bytes, which go."""
    data = copied_bytes(handle)
    ffi.release(handle)
    return data


def c_text(text: str, name: str) -> bytes:
    """Text for C."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a str, not {type(text).__name__}")
    try:
        return c_bytes(text.encode(), name)
    except UnicodeEncodeError as cause:
        raise InvalidArgumentError(f"{name} is no valid text: {cause}") from cause


def path_bytes(path: str | os.PathLike[str]) -> bytes:
    """A path for C."""
    try:
        return c_bytes(os.fsencode(path), "the path")
    except UnicodeEncodeError as cause:
        raise InvalidArgumentError(f"the path is no valid text: {cause}") from cause


def c_bytes(data: bytes, name: str) -> bytes:
    """Bytes for C, which ends them at the first zero."""
    if b"\0" in data:
        raise InvalidArgumentError(f"{name} has a zero byte in it")
    return data


UINT32 = 2**32 - 1
UINT64 = 2**64 - 1


def whole(value: int, name: str, most: int = UINT64, least: int = 0) -> int:
    """A number that C can hold."""
    try:
        if isinstance(value, bool):
            raise TypeError
        value = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an int, not {type(value).__name__}") from None
    if not least <= value <= most:
        raise InvalidArgumentError(f"{name} is {value}, but must be from {least} to {most}")
    return value


def real(value: float, name: str) -> float:
    """A floating-point number that C can hold."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise InvalidArgumentError(f"{name} is {value}, which is out of range")
    return number


def exact(value: float | Fraction, name: str) -> Fraction:
    """A fraction that C can hold: of a float the nearest with a denominator of at most a million."""
    if isinstance(value, Rational) and not isinstance(value, bool):
        fraction = Fraction(value)
    elif isinstance(value, float):
        try:
            fraction = Fraction(value).limit_denominator()
        except (ValueError, OverflowError) as cause:
            raise InvalidArgumentError(f"{name} is {value}, which is no number") from cause
    else:
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    if max(abs(fraction.numerator), fraction.denominator) >= 2**63:
        raise InvalidArgumentError(f"{name} is {value}, which is out of range")
    return fraction


def interruptible(work: Callable[[], Any], scope: Scope | None = None) -> Any:
    """Does work so that Ctrl-C is heard at once; returns what it makes, or the error.

    Signals reach the main thread alone, and only between two lines of Python: there the work is done on another thread.
    After a signal it is cancelled with its scope, and waited for; what has no scope ends on its own.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    made: list[Any] = []

    def run() -> None:
        try:
            made.append(work())
        except BaseException as error:
            made.append(error)

    thread = threading.Thread(target=run, name="vodkit", daemon=True)
    thread.start()
    try:
        thread.join()
    except BaseException:
        if scope is not None:
            scope.cancel()
            thread.join()
        raise
    return made.pop()


def choice(value: str, name: str, words: Any) -> str:
    """One of the words of a Literal."""
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, not {type(value).__name__}")
    if value not in get_args(words):
        raise InvalidArgumentError(f"{name} is {value!r}, but must be one of {', '.join(get_args(words))}")
    return value
