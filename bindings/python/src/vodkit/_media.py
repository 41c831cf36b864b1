"""Probing: what is in a video."""

import json
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from ._call import make_text
from ._ladder import Limits, limits_handle
from ._native import lib
from ._sources import OpenSource, Source


@dataclass(frozen=True)
class Colour:
    """How a picture's numbers mean colours, by FFmpeg's names; None where the source does not say."""

    primaries: str | None
    """Colour primaries, such as ``"bt709"``."""
    transfer: str | None
    """Transfer characteristics, such as ``"smpte2084"``."""
    matrix: str | None
    """Matrix coefficients, such as ``"bt2020nc"``."""
    range: str | None
    """``"tv"`` (limited) or ``"pc"`` (full)."""
    hdr: str | None
    """High dynamic range: ``"pq"``, ``"hlg"`` or ``"dolby_vision"``; None for standard range."""


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
    field_order: str
    """``"progressive"``, or for frames woven from two fields ``"top_first"`` or ``"bottom_first"``."""
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
    type: str
    """``"video"``, ``"audio"``, ``"subtitle"`` or ``"other"``."""
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


def probe(source: Source, limits: Limits | None = None) -> MediaInfo:
    """Finds out what is in a video, reading it once from start to end.

    Raises NotFoundError, SourceReadError, NotMediaError, TruncatedError, UnsupportedError, and LimitExceededError where the source goes
    beyond ``limits``.
    """
    info = OpenSource(source).make("vodkit_media_info", lib.vodkit_probe, limits_handle(limits))
    found = json.loads(make_text(lib.vodkit_media_info_to_json, info))
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
