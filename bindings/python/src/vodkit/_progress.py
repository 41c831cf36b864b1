"""What jobs tell: how far they are, and what they made."""

from dataclasses import dataclass
from typing import Any

from ._warning import SourceWarning, warnings_of


@dataclass(frozen=True)
class Progress:
    """How far a job is.

    Attributes:
        segments_done: Media segments that are there, those of an earlier run included.
        segments_total: Media segments that there will be.
        fraction: The part of the work that is done, from 0 to 1.
        seconds_encoded: Seconds of the video that the work done so far amounts to, all renditions together.
        seconds_total: Seconds of the whole video.
        speed: Seconds of video encoded in one second of time, by this run.
        elapsed: Seconds since the job started.
        time_left: About how many seconds are left; None until the first segment is done.
        ready_to_stream: Whether playing can begin, as ``Job.ready_to_stream``.
        warnings: How many warnings there are so far; the job's plan has those that do not come up on the way.
    """

    segments_done: int
    segments_total: int
    fraction: float
    seconds_encoded: float
    seconds_total: float
    speed: float
    elapsed: float
    time_left: float | None
    ready_to_stream: bool
    warnings: int


@dataclass(frozen=True)
class RenditionSummary:
    """What a finished job made of one rendition.

    Attributes:
        id: The rendition's id.
        segments: Number of media segments.
        bytes: Bytes of all media segments.
        average_rate: Mean bits per second.
        peak_rate: Bits per second of the largest segment.
    """

    id: str
    segments: int
    bytes: int
    average_rate: int
    peak_rate: int


@dataclass(frozen=True)
class Summary:
    """What a finished job made.

    Attributes:
        renditions: One entry for each rendition of the plan.
        duration: Seconds of the video.
        elapsed: Seconds that the job took.
        segments_resumed: Segments that an earlier run had left and that were kept.
        warnings: What of the video the package does not have, or not as it was.
    """

    renditions: tuple[RenditionSummary, ...]
    duration: float
    elapsed: float
    segments_resumed: int
    warnings: tuple[SourceWarning, ...]


def progress_of(told: Any) -> Progress:
    """The progress in C's struct."""
    values = {name: getattr(told, name) for name in Progress.__dataclass_fields__}
    return Progress(**values | {"time_left": told.time_left if told.time_left >= 0 else None})


def summary_of(made: dict[str, Any]) -> Summary:
    """The summary in the library's JSON."""
    renditions = tuple(RenditionSummary(**rendition) for rendition in made["renditions"])
    return Summary(**made | {"renditions": renditions, "warnings": warnings_of(made["warnings"])})
