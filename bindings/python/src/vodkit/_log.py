"""The library's log as a logger of Python's."""

import logging
from typing import Any

from ._call import check
from ._callbacks import before_exit
from ._native import ffi, lib

_logger = logging.getLogger("vodkit")
_TRACE = 5
_LEVELS = {
    lib.VODKIT_LOG_LEVEL_ERROR: logging.ERROR,
    lib.VODKIT_LOG_LEVEL_WARNING: logging.WARNING,
    lib.VODKIT_LOG_LEVEL_INFO: logging.INFO,
    lib.VODKIT_LOG_LEVEL_DEBUG: logging.DEBUG,
    lib.VODKIT_LOG_LEVEL_TRACE: _TRACE,
}


@ffi.callback("vodkit_log_fn")  # type: ignore[untyped-decorator]
def _log(level: int, target: Any, message: Any, user: Any) -> None:
    python_level = _LEVELS[level]
    if _logger.isEnabledFor(python_level):
        texts = (ffi.string(text).decode(errors="replace") for text in (target, message))
        _logger.log(python_level, "%s: %s", *texts)


def enable_logging(level: int | str = logging.INFO) -> None:
    """Sends the library's log to ``logging.getLogger("vodkit")``, from this level on: a number or name of
    ``logging``, or 5 for every detail.

    It helps to find a fault; what fails is told by exceptions anyway. The log comes from several threads.
    """
    _logger.setLevel(level)
    python_level = _logger.getEffectiveLevel()
    most = max((ours for ours, theirs in _LEVELS.items() if theirs >= python_level), default=lib.VODKIT_LOG_LEVEL_ERROR)
    check(lib.vodkit_log_set, most, _log, ffi.NULL, ffi.NULL)


def disable_logging() -> None:
    """Ends what ``enable_logging`` began."""
    check(lib.vodkit_log_set, 0, ffi.NULL, ffi.NULL, ffi.NULL)


before_exit(disable_logging)
