"""Renditions of a plan, and their segments."""

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from ._call import c_text, copied_text, make, make_text
from ._native import lib

RenditionType = Literal["video", "audio", "text", "storyboard"]


@dataclass(frozen=True)
class Segment:
    """One media segment of a rendition: its path and its times.

    Attributes:
        index: Its index, from 0.
        key: Its path in a package, such as ``"720p/00003.m4s"``.
        start: When it starts, in seconds of the presentation, exact.
        duration: Seconds that it lasts, exact.
    """

    index: int
    key: str
    start: Fraction
    duration: Fraction


@dataclass(frozen=True)
class Rendition:
    """One rendition of a plan: what a player can choose.

    Attributes:
        id: Its name, and that of its folder in a package: ``"720p"``, ``"audio"``, ``"text"``, ``"storyboard"``.
        type: ``"video"`` (H.264), ``"audio"`` (AAC-LC), ``"text"`` (WebVTT) or ``"storyboard"`` (sheets of small pictures
            in JPEG).
        codecs: Codec string of RFC 6381; ``"webvtt"`` for text, ``"jpeg"`` for a storyboard.
        segment_count: Number of media segments; their indexes are 0 to this less one.
        timescale: Ticks per second of its media times.
        passthrough: Whether its samples are the video's own, not encoded anew.
        encoded_because: Why it is encoded although ``Ladder.copy_top`` asked for passthrough.
        width: Width in pixels, of video; of a tile, of a storyboard.
        height: Height in pixels, of video; of a tile, of a storyboard.
        channels: Number of channels, of audio.
        sample_rate: Samples per second, of audio.
        bit_rate: Mean bits per second, of audio.
        language: Language as a tag of BCP 47, such as ``"de"``, of audio and text.
        name: Name to show to people, of audio and text.
        role: What audio is for: ``"programme"``, ``"dub"``, ``"commentary"``, ``"description"`` (of the pictures) or
            ``"hearing_impaired"`` (clearer dialogue); what text is for: ``"subtitles"``, ``"hearing_impaired"`` (of what
            is heard, too) or ``"commentary"``.
        caption_channel: Channel of the closed captions in the pictures that it is made of, such as ``"CC1"`` or
            ``"SERVICE1"``, of text.
        forced: Whether it is to be shown even to viewers who want no subtitles, of text.
        default: Whether it plays unless the viewer chooses another, of audio.
        columns: Tiles in a row of a sheet, of a storyboard.
        rows: Rows of a sheet, of a storyboard; the last sheet may have empty places.
        interval: Seconds from one tile to the next, of a storyboard.
        init_key: Path of its init segment in a package; None for text and a storyboard, which have none.
        playlist_key: Path of its HLS media playlist in a package.
        cues_key: Path in a package of the WebVTT that tells where each picture of a storyboard is.
    """

    id: str
    type: RenditionType
    codecs: str
    segment_count: int
    timescale: int
    passthrough: bool = False
    encoded_because: str | None = None
    width: int | None = None
    height: int | None = None
    channels: int | None = None
    sample_rate: int | None = None
    bit_rate: int | None = None
    language: str | None = None
    name: str | None = None
    role: str | None = None
    caption_channel: str | None = None
    forced: bool | None = None
    default: bool | None = None
    columns: int | None = None
    rows: int | None = None
    interval: Fraction | None = None
    init_key: str | None = None
    playlist_key: str = ""
    cues_key: str | None = None
    _plan: Any = field(repr=False, compare=False, default=None)
    _index: int = field(repr=False, compare=False, default=0)

    def segments(self) -> tuple[Segment, ...]:
        """Its media segments, in order: their paths and times."""
        told = json.loads(make_text(lib.vodkit_plan_segments_to_json, self._plan, self._index))
        times = ((each, Fraction(each["start"]), Fraction(each["duration"])) for each in told)
        return tuple(Segment(each["index"], each["key"], start, duration) for each, start, duration in times)

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickled, (make_text(lib.vodkit_plan_to_json, self._plan), self._index)


def rendition_of(plan: Any, index: int, planned: dict[str, Any]) -> Rendition:
    """The rendition at an index of a plan, whose JSON says this of it."""

    def text(function: Any) -> str | None:
        found = function(plan, index)
        return copied_text(found) if found else None

    names = ("id", "type", "codecs", "timescale", "encoded_because", "width", "height", "channels", "sample_rate")
    more = ("bit_rate", "language", "name", "default", "columns", "rows", "caption_channel")
    roles = {"audio": "programme", "text": "subtitles"}
    interval = planned.get("interval")
    return Rendition(
        **{name: planned[name] for name in (*names, *more) if name in planned},
        segment_count=planned["segments"],
        role=planned.get("role", roles[planned["type"]]) if planned["type"] in roles else None,
        forced=planned.get("forced", False) if planned["type"] == "text" else None,
        passthrough=bool(lib.vodkit_plan_rendition_is_passthrough(plan, index)),
        interval=None if interval is None else Fraction(interval),
        init_key=text(lib.vodkit_plan_rendition_init_key),
        playlist_key=text(lib.vodkit_plan_rendition_playlist_key) or "",
        cues_key=text(lib.vodkit_plan_rendition_cues_key),
        _plan=plan,
        _index=index,
    )


def _unpickled(plan: str, index: int) -> Rendition:
    handle = make("vodkit_plan", lib.vodkit_plan_from_json, c_text(plan, "the plan"))
    return rendition_of(handle, index, json.loads(plan)["renditions"][index])


def rendition_id(rendition: str | Rendition) -> bytes:
    """The id of a rendition, for C."""
    return c_text(rendition.id if isinstance(rendition, Rendition) else rendition, "rendition")
