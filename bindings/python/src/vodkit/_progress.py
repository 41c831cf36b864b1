"""What jobs tell: how far they are, and what they made."""

from dataclasses import dataclass
from typing import Any


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
    ready_to_stream: bool
    """Whether playing can begin, as ``Job.ready_to_stream``."""


@dataclass(frozen=True)
class RenditionSummary:
    """What a finished job made of one rendition."""

    id: str
    """The rendition's id."""
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


def progress_of(told: Any) -> Progress:
    """The progress in C's struct."""
    values = {name: getattr(told, name) for name in Progress.__dataclass_fields__}
    return Progress(**values | {"time_left": told.time_left if told.time_left >= 0 else None})


def summary_of(made: dict[str, Any]) -> Summary:
    """The summary in the library's JSON."""
    renditions = tuple(RenditionSummary(**rendition) for rendition in made["renditions"])
    return Summary(**made | {"renditions": renditions})
