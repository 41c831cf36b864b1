"""What the caller allows a source to ask of the engine."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any

from ._call import UINT32, check, owned, real, whole
from ._native import ffi, lib


@dataclass(frozen=True)
class Limits:
    """Bounds on what a source may ask of the engine. Beyond one, LimitExceededError is raised; 0 lets nothing through.
    What is None has its default. Raises InvalidArgumentError where one is below 0.

    Attributes:
        source_bytes: The largest source, in bytes. Default: 256 GiB.
        duration: The longest playing time, in seconds. Default: 24 hours.
        pixels: The most pixels of one coded picture, width times height. Default: 8192 times 8192.
        tracks: The most tracks of all types. Default: 64.
        packets: The most packets of all tracks. Default: 40 million.
        wall_time: The time, in seconds, that a probe, a plan or a thumbnail may take. Default: 600.
    """

    source_bytes: int | None = None
    duration: float | None = None
    pixels: int | None = None
    tracks: int | None = None
    packets: int | None = None
    wall_time: float | None = None

    def __post_init__(self) -> None:
        limits_handle(self)


def limits_handle(limits: Limits | None) -> Any:
    """The limits for C."""
    if limits is None:
        return ffi.NULL
    if not isinstance(limits, Limits):
        raise TypeError(f"limits must be vodkit.Limits, not {type(limits).__name__}")
    handle = owned("vodkit_limits", lib.vodkit_limits_new())
    kinds: dict[str, Callable[..., float]] = {
        "duration": real,
        "wall_time": real,
        "tracks": partial(whole, most=UINT32),
    }
    for name, value in asdict(limits).items():
        if value is not None:
            check(getattr(lib, f"vodkit_limits_set_{name}"), handle, kinds.get(name, whole)(value, name))
    return handle
