"""Errors: one class for each of the engine's stable numbers."""

import errno as _errno


class Error(Exception):
    """What went wrong: the base of all errors of this package.

    ``str(error)`` says it in full, with all causes beneath it.
    """

    kind: str = "internal"
    """The error as a word for programs, such as ``"not_found"``."""
    code: int = 20
    """The error as a number, 1 to 20; the ``vodkit`` command and the C interface have the same."""
    message: str
    """One sentence that says what, where and what to do."""

    def __init__(self, text: str, message: str | None = None) -> None:
        super().__init__(text)
        self.message = message or text


class InvalidArgumentError(Error, ValueError):
    """An argument is outside its range or does not fit the others."""

    kind, code = "invalid_argument", 1


class NotFoundError(Error, FileNotFoundError):
    """The source does not exist."""

    kind, code, errno = "not_found", 2, _errno.ENOENT


class SourceReadError(Error, OSError):
    """The source exists but could not be read."""

    kind, code = "source_read", 3


class SourceChangedError(Error):
    """The source is not the one that was planned, or it changed while it was read."""

    kind, code = "source_changed", 4


class NotMediaError(Error):
    """The source is not a media file in a container that the engine reads."""

    kind, code = "not_media", 5


class UnsupportedError(Error):
    """The source's container or codec is known but not supported by this build."""

    kind, code = "unsupported", 6


class NothingToPlayError(Error):
    """The source has no picture and no sound that could be played."""

    kind, code = "nothing_to_play", 7


class TruncatedError(Error):
    """The source ends before its own index says it should."""

    kind, code = "truncated", 8


class CorruptError(Error):
    """The source's data is broken where it was needed."""

    kind, code = "corrupt", 9


class LimitExceededError(Error):
    """The source goes beyond one of the limits."""

    kind, code = "limit_exceeded", 10


class InvalidPlanError(Error, ValueError):
    """A plan could not be read, or its hash does not fit its content."""

    kind, code = "invalid_plan", 11


class BuildMismatchError(Error):
    """The plan was made by another build, which would give other bytes."""

    kind, code = "build_mismatch", 12


class EncoderMissingError(Error):
    """This build has no encoder for a codec that is needed."""

    kind, code = "encoder_missing", 13


class EncodeError(Error):
    """An encoder or filter failed."""

    kind, code = "encode", 14


class SinkWriteError(Error, OSError):
    """The output could not be written."""

    kind, code = "sink_write", 15


class NoSpaceError(Error, OSError):
    """The output's disk is full."""

    kind, code, errno = "no_space", 16, _errno.ENOSPC


class OutputConflictError(Error, FileExistsError):
    """The output folder holds another package."""

    kind, code, errno = "output_conflict", 17, _errno.EEXIST


class CancelledError(Error):
    """The work was cancelled."""

    kind, code = "cancelled", 18


class OutOfRangeError(Error, LookupError):
    """A track, segment or time was asked for that the plan or the source does not have."""

    kind, code = "out_of_range", 19


class InternalError(Error):
    """The engine itself failed: please report it."""

    kind, code = "internal", 20


class AddressRefusedError(Error, PermissionError):
    """A link leads to an address that is not of the public internet, which the host did not allow."""

    kind, code = "address_refused", 21


BY_CODE: dict[int, type[Error]] = {each.code: each for each in Error.__subclasses__()}
