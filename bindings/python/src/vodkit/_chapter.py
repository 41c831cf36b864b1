"""Chapters of a video."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any


@dataclass(frozen=True)
class Chapter:
    """A part of a video that has a name.

    Attributes:
        start: Its start in seconds, exact: on the container's clock in a MediaInfo, of the presentation in a Plan.
        end: Its end in seconds, on the same clock.
        title: Its title.
    """

    start: Fraction
    end: Fraction
    title: str | None


def chapters_of(made: Iterable[dict[str, Any]]) -> tuple[Chapter, ...]:
    """The chapters in the library's JSON."""
    return tuple(Chapter(Fraction(each["start"]), Fraction(each["end"]), each.get("title")) for each in made)
