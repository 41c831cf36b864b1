"""Errors: one class for each of the engine's stable numbers."""

import errno
import os
import re
from typing import Any, ClassVar

_SYSTEM = re.compile(r"\(os error (\d+)\)")  # how the engine ends what the system said


class VodkitError(Exception):
    """What went wrong: the base of all errors of this package.

    ``str(error)`` says it in full, with all causes beneath it. What a source or sink of yours raised is its
    ``__cause__``. Those that are an OSError have its ``errno``, ``strerror`` and ``filename`` where they are known, and
    None where they are not.

    Attributes:
        kind: The error as a word for programs, such as ``"not_found"``.
        code: The error as a number, 1 to 22; the ``vodkit`` command and the C interface have the same.
        message: One sentence that says what, where and what to do.
    """

    kind: ClassVar[str] = "internal"
    code: ClassVar[int] = 20
    _errno: ClassVar[int | None] = None
    message: str

    def __init__(self, text: str, message: str | None = None, filename: str | bytes | None = None) -> None:
        super().__init__(text)
        self.message = message or text
        _describe(self, text, self._errno, filename)

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.message, getattr(self, "filename", None))


def _describe(error: Exception, text: str, number: int | None, filename: str | bytes | None) -> None:
    if isinstance(error, OSError):
        numbers = _SYSTEM.findall(text)
        error.errno = int(numbers[-1]) if numbers else number
        error.strerror = None if error.errno is None else os.strerror(error.errno)
        error.filename = filename


class InvalidArgumentError(VodkitError, ValueError):
    """An argument is outside its range or does not fit the others."""

    kind, code = "invalid_argument", 1


class NotFoundError(VodkitError, FileNotFoundError):
    """The source, or the package, does not exist."""

    kind, code, _errno = "not_found", 2, errno.ENOENT


class SourceReadError(VodkitError, OSError):
    """The source exists but could not be read."""

    kind, code = "source_read", 3


class SourceChangedError(VodkitError):
    """The source is not the one that was planned, or it changed while it was read."""

    kind, code = "source_changed", 4


class NotMediaError(VodkitError):
    """The source is not a media file in a container that the engine reads."""

    kind, code = "not_media", 5


class UnsupportedError(VodkitError):
    """The source's container or codec is known but not supported by this build."""

    kind, code = "unsupported", 6


class NothingToPlayError(VodkitError):
    """The source has no picture and no sound that could be played."""

    kind, code = "nothing_to_play", 7


class TruncatedError(VodkitError):
    """The source ends before its own index says it should."""

    kind, code = "truncated", 8


class CorruptError(VodkitError):
    """The source's data is broken where it was needed."""

    kind, code = "corrupt", 9


class LimitExceededError(VodkitError):
    """The source goes beyond one of the limits."""

    kind, code = "limit_exceeded", 10


class InvalidPlanError(VodkitError, ValueError):
    """A plan could not be read, or its hash does not fit its content."""

    kind, code = "invalid_plan", 11


class BuildMismatchError(VodkitError):
    """The plan was made by another build, which would give other bytes."""

    kind, code = "build_mismatch", 12


class EncoderMissingError(VodkitError):
    """This build has no encoder for a codec that is needed."""

    kind, code = "encoder_missing", 13


class EncodeError(VodkitError):
    """An encoder or filter failed."""

    kind, code = "encode", 14


class SinkWriteError(VodkitError, OSError):
    """The output could not be written, or not be read back."""

    kind, code = "sink_write", 15


class NoSpaceError(VodkitError, OSError):
    """The output's disk is full."""

    kind, code, _errno = "no_space", 16, errno.ENOSPC


class OutputConflictError(VodkitError, FileExistsError):
    """The output folder holds another package."""

    kind, code, _errno = "output_conflict", 17, errno.EEXIST


class CancelledError(VodkitError):
    """The work was cancelled."""

    kind, code = "cancelled", 18


class OutOfRangeError(VodkitError, LookupError):
    """The plan or the source has no such rendition, segment, language or time."""

    kind, code = "out_of_range", 19


class InternalError(VodkitError):
    """The engine itself failed: please report it."""

    kind, code = "internal", 20


class AddressRefusedError(VodkitError, PermissionError):
    """A link leads to an address that is not of the public internet, which the host did not allow."""

    kind, code, _errno = "address_refused", 21, errno.EACCES


class EncryptedError(VodkitError):
    """The source is encrypted."""

    kind, code = "encrypted", 22


BY_CODE: dict[int, type[VodkitError]] = {each.code: each for each in VodkitError.__subclasses__()}


def caused(error: VodkitError, cause: BaseException | None) -> VodkitError:
    """An error with its cause, whose number and file it has where both are errors of the system."""
    error.__cause__ = cause
    if isinstance(error, OSError) and isinstance(cause, OSError):
        error.filename = error.filename if cause.filename is None else cause.filename
        if cause.errno is not None:
            error.errno, error.strerror = cause.errno, os.strerror(cause.errno)
    return error


def named(made: Any, filename: str | bytes | None, number: int | None = None) -> Any:
    """What a call made; where that is an error of the system without a file, or a number, it gets this one."""
    if isinstance(made, VodkitError) and isinstance(made, OSError):
        if made.filename is None:
            made.filename = filename
        if made.errno is None and number is not None:
            made.errno, made.strerror = number, os.strerror(number)
    return made
