"""Warnings: what of a video its package does not have, or not as it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SourceWarning:
    """Something of the video that its package does not have, or not as it was.

    Attributes:
        kind: What it is about, a name for programs that never changes its meaning: ``"track_left_out"`` for a track that is
            not in the package, or channels of one that are sounds of their own, ``"closed_captions_left_out"`` for
            captions in the pictures that are not turned into text, ``"transparency_lost"`` for pictures that are shown on
            black, or without their transparency, ``"source_incomplete"`` for a source that is truncated or damaged: the
            package has what comes before,
            ``"source_damaged"`` for parts of which the container's own counters or checksums say that they are damaged,
            whether they are copied or encoded, ``"presentation_not_followed"`` for a source that states how it is to be
            presented where the package does not follow: pictures around the viewer or for each eye, another speed,
            another order, or another codec midway, ``"damaged_data"``, of jobs alone, for data that could not be decoded whole.
        track: The video's track by its position; None where it is about no single one.
        message: One sentence for people.
    """

    kind: str
    track: int | None
    message: str


def warnings_of(made: Iterable[dict[str, Any]]) -> tuple[SourceWarning, ...]:
    """The warnings in the library's JSON."""
    return tuple(SourceWarning(**{"track": None} | warning) for warning in made)
