"""Probing: what is in a video."""

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from ._call import make_text
from ._cancel import CancelToken
from ._limits import Limits
from ._native import lib
from ._sources import SourceLike, as_source

TrackType = Literal["video", "audio", "subtitle", "other"]
"""Types of tracks; other are data, time codes and attachments."""
ColourRange = Literal["tv", "pc"]
"""Ranges of a picture's numbers: tv is limited, pc full."""
Hdr = Literal["pq", "hlg", "dolby_vision"]
"""Kinds of high dynamic range."""
FieldOrder = Literal["progressive", "top_first", "bottom_first"]
"""How a frame is woven: progressive is not at all, else it says which of its two fields comes first in time."""


@dataclass(frozen=True)
class Colour:
    """How a picture's numbers mean colours, by FFmpeg's names; None where the source does not say."""

    primaries: str | None
    """Colour primaries, such as ``"bt709"``."""
    transfer: str | None
    """Transfer characteristics, such as ``"smpte2084"``."""
    matrix: str | None
    """Matrix coefficients, such as ``"bt2020nc"``."""
    range: ColourRange | None
    """Limited or full range."""
    hdr: Hdr | None
    """High dynamic range; None for standard range."""


@dataclass(frozen=True)
class VideoInfo:
    """What a video track holds."""

    width: int
    """Width in square pixels as shown: rotation and pixel aspect applied."""
    height: int
    """Height in square pixels as shown: rotation and pixel aspect applied."""
    coded_width: int
    """Width of the picture as coded, in pixels of ``pixel_aspect``."""
    coded_height: int
    """Height of the picture as coded, in pixels."""
    rotation: int
    """Clockwise turn that the picture needs to stand upright: 0, 90, 180 or 270 degrees."""
    mirrored: bool
    """Whether the picture is to be mirrored left to right, before it is turned."""
    pixel_aspect: Fraction
    """Width of a coded pixel over its height."""
    frame_rate: Fraction
    """Frames per second, exact; for a variable rate, a constant one that follows it well."""
    variable_frame_rate: bool
    """Whether the times of the frames do not lie on a grid of ``frame_rate``."""
    frames: int
    """Number of frames that are shown."""
    pixel_format: str
    """Pixel format by FFmpeg's name, such as ``"yuv420p"``."""
    bit_depth: int
    """Bits per colour component."""
    colour: Colour
    """How numbers mean colours."""
    field_order: FieldOrder
    """Whether frames are woven from two fields, and which comes first."""
    keyframes: tuple[Fraction, ...]
    """When frames are shown that decoding can begin with, in seconds of the container's clock."""


@dataclass(frozen=True)
class AudioInfo:
    """What an audio track holds."""

    channels: int
    """Number of channels."""
    layout: str
    """Channel layout by FFmpeg's name, such as ``"5.1(side)"``."""
    sample_rate: int
    """Samples per second."""


@dataclass(frozen=True)
class Track:
    """One track (stream) of a media file."""

    index: int
    """Position in the container, from 0."""
    type: TrackType
    """What it holds."""
    codec: str
    """The codec's short name, such as ``"h264"``; ``"unknown"`` where it is not known."""
    decodable: bool
    """Whether this build can decode it."""
    profile: str | None
    """The codec's profile, such as ``"High"``."""
    language: str | None
    """Language as an ISO 639 code, such as ``"eng"``."""
    title: str | None
    """Title given by the author."""
    default: bool
    """To be played unless the viewer chooses otherwise."""
    forced: bool
    """Subtitles to be shown even when subtitles are off."""
    attached_picture: bool
    """A cover picture, not a video."""
    start: Fraction | None
    """When the first frame is shown or heard, in seconds of the container's clock; may be negative."""
    duration: Fraction | None
    """Seconds from the first frame's start to the last one's end."""
    bit_rate: int | None
    """Mean bits per second."""
    video: VideoInfo | None
    """What a video track holds; None for others."""
    audio: AudioInfo | None
    """What an audio track holds; None for others."""


@dataclass(frozen=True)
class MediaInfo:
    """What is in a media file."""

    container: str
    """The container's short names, such as ``"mov,mp4,m4a,3gp,3g2,mj2"``."""
    duration: Fraction
    """Playing time in seconds, exact: ``float(info.duration)`` for showing it."""
    size: int
    """Size in bytes."""
    bit_rate: int
    """Mean bits per second of the whole file."""
    width: int
    """Width of the main video as seen, in square pixels; 0 where there is no video."""
    height: int
    """Height of the main video as seen, in square pixels; 0 where there is no video."""
    frame_rate: Fraction | None
    """Frames per second of the main video; None where there is no video."""
    tracks: tuple[Track, ...]
    """All tracks, in the container's order."""
    _json: str = field(repr=False, compare=False, default="{}")

    def to_dict(self) -> dict[str, Any]:
        """All that was found, as JSON has it: times and rates are exact fractions as text, such as ``"1001/30"``."""
        found: dict[str, Any] = json.loads(self._json)
        return found

    def to_json(self) -> str:
        """All that was found, as JSON: that of the ``vodkit probe`` command and of the C interface."""
        return self._json


def probe(source: SourceLike, limits: Limits | None = None, *, cancel: CancelToken | None = None) -> MediaInfo:
    """Finds out what is in a video, reading it once, of an MP4 its index alone. ``cancel`` cancels this call.

    Raises NotFoundError, SourceReadError, NotMediaError, TruncatedError, UnsupportedError, LimitExceededError where the
    source goes beyond ``limits``, and CancelledError.
    """
    opened = as_source(source, limits, cancel)
    info = opened._make("vodkit_media_info", lib.vodkit_source_probe, cancel=cancel)
    text = make_text(lib.vodkit_media_info_to_json, info)
    found = json.loads(text)
    rate = lib.vodkit_media_info_frame_rate(info)
    return MediaInfo(
        container=found["container"],
        duration=Fraction(found["duration"]),
        size=found["size"],
        bit_rate=found["bit_rate"],
        width=lib.vodkit_media_info_width(info),
        height=lib.vodkit_media_info_height(info),
        frame_rate=Fraction(rate.num, rate.den) if rate.num else None,
        tracks=tuple(map(_track, found["tracks"])),
        _json=text,
    )


def _track(found: dict[str, Any]) -> Track:
    kind = found["type"]
    shared = ("index", "type", "codec", "decodable", "profile", "language", "title", "bit_rate")
    return Track(
        **{name: found[name] for name in shared},
        **found["disposition"],
        start=_fraction(found["start"]),
        duration=_fraction(found["duration"]),
        video=_video(found) if kind == "video" else None,
        audio=AudioInfo(found["channels"], found["layout"], found["sample_rate"]) if kind == "audio" else None,
    )


def _video(found: dict[str, Any]) -> VideoInfo:
    values = {name: found[name] for name in VideoInfo.__dataclass_fields__}
    for name in ("pixel_aspect", "frame_rate"):
        values[name] = Fraction(values[name])
    values["keyframes"] = tuple(map(Fraction, values["keyframes"]))
    return VideoInfo(**values | {"colour": Colour(**values["colour"])})


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
