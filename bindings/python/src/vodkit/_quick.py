"""Probing quickly: what the header of a video says is in it."""

import json
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from ._call import make_text
from ._cancel import CancelToken
from ._chapter import Chapter, chapters_of
from ._limits import Limits
from ._media import AudioInfo, Colour, FieldOrder, TrackType, track_values
from ._native import lib
from ._sources import SourceLike, as_source


@dataclass(frozen=True)
class QuickVideo:
    """What a video track holds, by the header, which does not say where keyframes are.

    Attributes:
        width: Width in square pixels as shown: rotation and pixel aspect applied; 0 where it is not known.
        height: Height in square pixels as shown: rotation and pixel aspect applied; 0 where it is not known.
        coded_width: Width of the picture as coded, in pixels of ``pixel_aspect``.
        coded_height: Height of the picture as coded, in pixels.
        rotation: Clockwise turn that the picture needs to stand upright: 0, 90, 180 or 270 degrees.
        mirrored: Whether the picture is to be mirrored left to right, before it is turned.
        pixel_aspect: Width of a coded pixel over its height.
        frame_rate: Frames per second: of an MP4 found from its table of times, elsewhere as it is stated; None where it is
            not known.
        variable_frame_rate: Whether the times of the frames do not lie on a grid of ``frame_rate``; None where it is not
            known.
        frames: Number of frames that are shown; None where it is not known, as in all but MP4.
        pixel_format: Pixel format by FFmpeg's name, such as ``"yuv420p"``; None where it is not known.
        bit_depth: Bits per colour component; None where it is not known.
        alpha: Whether pixels can be transparent.
        colour: How numbers mean colours.
        field_order: ``"progressive"``, or of frames that are woven from two fields which comes first in time:
            ``"top_first"`` or ``"bottom_first"``.
    """

    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation: int
    mirrored: bool
    pixel_aspect: Fraction
    frame_rate: Fraction | None
    variable_frame_rate: bool | None
    frames: int | None
    pixel_format: str | None
    bit_depth: int | None
    alpha: bool
    colour: Colour
    field_order: FieldOrder


@dataclass(frozen=True)
class QuickTrack:
    """One track (stream) of a media file, by the header.

    Attributes:
        index: Position in the container, from 0.
        type: ``"video"``, ``"audio"``, ``"subtitle"`` or ``"other"``: data, time codes and attachments.
        codec: The codec's short name, such as ``"h264"``; ``"unknown"`` where it is not known.
        decodable: Whether this build has a decoder for it, or, if it is subtitles, can turn it into WebVTT.
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
        disabled: Switched off by the author, so that it is not played, and not for want of a choice.
        start: When the first frame is shown or heard, in seconds of the container's clock; may be negative.
        duration: Seconds from the first frame's start to the last one's end; None where the header does not say.
        bit_rate: Mean bits per second, as the header or the first frames state it; None where they do not, as in MP4.
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
    video: QuickVideo | None
    audio: AudioInfo | None


@dataclass(frozen=True)
class QuickInfo:
    """What the header of a media file says is in it. What only all frames could tell is None.

    Attributes:
        container: The container's short names, such as ``"mov,mp4,m4a,3gp,3g2,mj2"``.
        duration: Playing time in seconds; None where nothing states it.
        size: Size in bytes.
        bit_rate: Mean bits per second of the whole file; None where ``duration`` is.
        width: Width of the main video as seen, in square pixels; 0 where there is no video.
        height: Height of the main video as seen, in square pixels; 0 where there is no video.
        frame_rate: Frames per second of the main video; None where there is none, or it is not known.
        tracks: All tracks, in the container's order.
        chapters: Chapters, in the container's order.
    """

    container: str
    duration: Fraction | None
    size: int
    bit_rate: int | None
    width: int
    height: int
    frame_rate: Fraction | None
    tracks: tuple[QuickTrack, ...]
    chapters: tuple[Chapter, ...]
    _json: str = field(repr=False, compare=False, default="{}")

    def to_dict(self) -> dict[str, Any]:
        """All that was found, as JSON has it: times and rates are exact fractions as text, such as ``"1001/30"``."""
        found: dict[str, Any] = json.loads(self._json)
        return found

    def to_json(self) -> str:
        """All that was found, as JSON: that of ``vodkit probe --quick`` and of the C interface."""
        return self._json


def probe_quick(source: SourceLike, limits: Limits | None = None, *, cancel: CancelToken | None = None) -> QuickInfo:
    """Finds out what the header of a video says is in it, in milliseconds: some hundred kilobytes of an MP4 are read,
    however large it is. ``probe`` may find durations to be a frame longer or shorter, and rates of frames in other formats
    than MP4 to be others. ``cancel`` cancels this call.

    Raises as ``probe`` does.
    """
    opened = as_source(source, limits, cancel)
    info = opened._make("vodkit_media_info", lib.vodkit_source_probe_quick, cancel=cancel)
    text = make_text(lib.vodkit_media_info_to_json, info)
    found = json.loads(text)
    rate = lib.vodkit_media_info_frame_rate(info)
    duration = found["duration"]
    return QuickInfo(
        container=found["container"],
        duration=None if duration is None else Fraction(duration),
        size=found["size"],
        bit_rate=found["bit_rate"],
        width=lib.vodkit_media_info_width(info),
        height=lib.vodkit_media_info_height(info),
        frame_rate=Fraction(rate.num, rate.den) if rate.num else None,
        tracks=tuple(map(_track, found["tracks"])),
        chapters=chapters_of(found.get("chapters", ())),
        _json=text,
    )


def _track(found: dict[str, Any]) -> QuickTrack:
    return QuickTrack(**track_values(found), video=_video(found) if found["type"] == "video" else None)


def _video(found: dict[str, Any]) -> QuickVideo:
    values = {name: found[name] for name in QuickVideo.__dataclass_fields__}
    rate = values["frame_rate"]
    values |= {"pixel_aspect": Fraction(values["pixel_aspect"]), "frame_rate": None if rate is None else Fraction(rate)}
    return QuickVideo(**values | {"colour": Colour(**values["colour"])})
