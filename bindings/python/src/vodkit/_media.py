"""Probing: what is in a video."""

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from ._call import make_text
from ._cancel import CancelToken
from ._chapter import Chapter, chapters_of
from ._limits import Limits
from ._native import lib
from ._sources import SourceLike, as_source

TrackType = Literal["video", "audio", "subtitle", "other"]
ColourRange = Literal["tv", "pc"]
Hdr = Literal["pq", "hlg", "dolby_vision", "dolby_vision_alone"]
FieldOrder = Literal["progressive", "top_first", "bottom_first"]


@dataclass(frozen=True)
class Colour:
    """How a picture's numbers mean colours, by FFmpeg's names; None where the source does not say.

    Attributes:
        primaries: Colour primaries, such as ``"bt709"``.
        transfer: Transfer characteristics, such as ``"smpte2084"``.
        matrix: Matrix coefficients, such as ``"bt2020nc"``.
        range: ``"tv"``, limited, or ``"pc"``, full.
        hdr: High dynamic range: ``"pq"``, ``"hlg"``, ``"dolby_vision"``, or ``"dolby_vision_alone"`` where the colours
            are wrong for all other players (profile 5); None for standard range.
        peak: The brightest pixel in cd/m², 1 to 10000: the maximum content light level, or where there is none, the
            maximum luminance of the display that the pictures were made on.
    """

    primaries: str | None
    transfer: str | None
    matrix: str | None
    range: ColourRange | None
    hdr: Hdr | None
    peak: int | None


@dataclass(frozen=True)
class VideoInfo:
    """What a video track holds.

    Attributes:
        width: Width in square pixels as shown: rotation and pixel aspect applied.
        height: Height in square pixels as shown: rotation and pixel aspect applied.
        coded_width: Width of the picture as coded, in pixels of ``pixel_aspect``.
        coded_height: Height of the picture as coded, in pixels.
        rotation: Clockwise turn that the picture needs to stand upright: 0, 90, 180 or 270 degrees.
        mirrored: Whether the picture is to be mirrored left to right, before it is turned.
        pixel_aspect: Width of a coded pixel over its height.
        frame_rate: Frames per second, exact; for a variable rate, a constant one that follows it well.
        variable_frame_rate: Whether the times of the frames do not lie on a grid of ``frame_rate``.
        frames: Number of frames that are shown.
        pixel_format: Pixel format by FFmpeg's name, such as ``"yuv420p"``.
        bit_depth: Bits per colour component.
        alpha: Whether pixels can be transparent: by their format, or in WebM by a second picture beside each.
        colour: How numbers mean colours.
        field_order: ``"progressive"``, or of frames that are woven from two fields which comes first in time:
            ``"top_first"`` or ``"bottom_first"``.
        keyframes: When frames are shown that decoding can begin with, in seconds of the container's clock.
    """

    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    mirrored: bool
    pixel_aspect: Fraction
    frame_rate: Fraction
    variable_frame_rate: bool
    frames: int
    pixel_format: str
    bit_depth: int
    alpha: bool
    colour: Colour
    field_order: FieldOrder
    keyframes: tuple[Fraction, ...]


@dataclass(frozen=True)
class AudioInfo:
    """What an audio track holds.

    Attributes:
        channels: Number of channels.
        layout: Channel layout by FFmpeg's name, such as ``"5.1(side)"``.
        sample_rate: Samples per second.
    """

    channels: int
    layout: str
    sample_rate: int


@dataclass(frozen=True)
class Track:
    """One track (stream) of a media file.

    Attributes:
        index: Position in the container, from 0.
        type: ``"video"``, ``"audio"``, ``"subtitle"`` or ``"other"``: data, time codes and attachments.
        codec: The codec's short name, such as ``"h264"``; ``"unknown"`` where it is not known.
        decodable: Whether this build can decode it, or, if it is subtitles, turn it into WebVTT: it has a decoder, which can
            be started, and a packet to begin with.
        profile: The codec's profile, such as ``"High"``.
        language: Language as an ISO 639 code, such as ``"eng"``.
        title: Title given by the author.
        default: To be played unless the viewer chooses otherwise.
        forced: Subtitles to be shown even when subtitles are off.
        attached_picture: A cover picture, not a video.
        commentary: Somebody talks about what is seen.
        audio_description: Audio that describes the pictures, for those who do not see them.
        hearing_impaired: For those who do not hear well: subtitles that tell of sounds, or audio with clearer dialogue.
        dub: Audio in another language than the original one.
        original: In the original language.
        disabled: Switched off by the author, so that it is not played, and not for want of a choice: of MP4 and QuickTime,
            pictures and sound that are no alternative to what is on.
        start: When the first frame is shown or heard, in seconds of the container's clock; may be negative.
        duration: Seconds from the first frame's start to the last one's end.
        bit_rate: Mean bits per second.
        video: What a video track holds; None for others.
        audio: What an audio track holds; None for others.
    """

    index: int
    type: TrackType
    codec: str
    decodable: bool
    profile: str | None
    language: str | None
    title: str | None
    default: bool
    forced: bool
    attached_picture: bool
    commentary: bool
    audio_description: bool
    hearing_impaired: bool
    dub: bool
    original: bool
    disabled: bool
    start: Fraction | None
    duration: Fraction | None
    bit_rate: int | None
    video: VideoInfo | None
    audio: AudioInfo | None


@dataclass(frozen=True)
class MediaInfo:
    """What is in a media file.

    Attributes:
        container: The container's short names, such as ``"mov,mp4,m4a,3gp,3g2,mj2"``.
        duration: Playing time in seconds, exact: ``float(info.duration)`` for showing it.
        size: Size in bytes.
        bit_rate: Mean bits per second of the whole file.
        width: Width of the main video as seen, in square pixels; 0 where there is no video.
        height: Height of the main video as seen, in square pixels; 0 where there is no video.
        frame_rate: Frames per second of the main video; None where there is no video.
        tracks: All tracks, in the container's order.
        chapters: Chapters, in the container's order.
    """

    container: str
    duration: Fraction
    size: int
    bit_rate: int
    width: int
    height: int
    frame_rate: Fraction | None
    tracks: tuple[Track, ...]
    chapters: tuple[Chapter, ...]
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

    Raises NotFoundError, SourceReadError, NotMediaError, TruncatedError, UnsupportedError, EncryptedError,
    LimitExceededError where the source goes beyond ``limits``, and CancelledError.
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
        chapters=chapters_of(found.get("chapters", ())),
        _json=text,
    )


def _track(found: dict[str, Any]) -> Track:
    return Track(**track_values(found), video=_video(found) if found["type"] == "video" else None)


def track_values(found: dict[str, Any]) -> dict[str, Any]:
    """What a track's JSON has for the fields of a Track, but for its video."""
    shared = ("index", "type", "codec", "decodable", "profile", "language", "title", "bit_rate")
    is_sound = found["type"] == "audio"
    disposition: dict[str, Any] = found["disposition"]
    return {name: found[name] for name in shared} | disposition | {
        "start": _fraction(found["start"]),
        "duration": _fraction(found["duration"]),
        "audio": AudioInfo(found["channels"], found["layout"], found["sample_rate"]) if is_sound else None,
    }


def _video(found: dict[str, Any]) -> VideoInfo:
    values = {name: found[name] for name in VideoInfo.__dataclass_fields__}
    for name in ("pixel_aspect", "frame_rate"):
        values[name] = Fraction(values[name])
    values["keyframes"] = tuple(map(Fraction, values["keyframes"]))
    return VideoInfo(**values | {"colour": Colour(**values["colour"])})


def _fraction(text: str | None) -> Fraction | None:
    return None if text is None else Fraction(text)
