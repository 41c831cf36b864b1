"""How a video is to be encoded."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, Literal, SupportsIndex

from ._call import UINT32, c_text, check, choice, exact, make, owned, real, whole
from ._native import ffi, lib

Preset = Literal[
    "ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow"
]
Profile = Literal["baseline", "main", "high"]
CopyTop = Literal["never", "auto", "always"]
Position = Literal["upper-left", "upper-right", "lower-left", "lower-right", "center"]


@dataclass(frozen=True)
class Rung:
    """One rendition of a ladder. What is None follows from the picture's size and rate.

    Ladders check the ranges, and raise InvalidArgumentError.

    Attributes:
        short_side: The shorter side of the picture in pixels, even, 64 to 4320: the height of a wide video, the width
            of a tall one.
        crf: Constant rate factor, 1 (best) to 51 (worst); None: that of the ladder.
        max_rate: The most bits per second, 50,000 to 240,000,000.
        buffer_size: Bits that the decoder's buffer holds, 50,000 to 2,000,000,000; None: two seconds of ``max_rate``.
        profile: H.264 profile; None: high.
    """

    short_side: int
    crf: float | None = None
    max_rate: int | None = None
    buffer_size: int | None = None
    profile: Profile | None = None

    def __post_init__(self) -> None:
        whole(self.short_side, "short_side", UINT32)
        for name in ("max_rate", "buffer_size"):
            if (value := getattr(self, name)) is not None:
                whole(value, name)
        if self.crf is not None:
            real(self.crf, "crf")
        if self.profile is not None:
            choice(self.profile, "profile", Profile)


@dataclass(frozen=True)
class Storyboard:
    """Sheets of small pictures for players to show over their seek bar.

    Ladders check the ranges, and raise InvalidArgumentError.

    Attributes:
        interval: Seconds from one picture to the next, 1 to 60, with three decimals at most.
        columns: Pictures in a row of a sheet, 1 to 10.
        rows: Rows of a sheet, 1 to 10.
        width: Width of a picture in pixels, even, 16 to 320; its height follows from the video's shape.
    """

    interval: float | Fraction = 10
    columns: int = 4
    rows: int = 4
    width: int = 160

    def __post_init__(self) -> None:
        exact(self.interval, "interval")
        for name in ("columns", "rows", "width"):
            whole(getattr(self, name), name, UINT32)


@dataclass(frozen=True)
class Watermark:
    """A picture over all pictures of a video, which are then encoded: a logo.

    Ladders check the ranges, and raise InvalidArgumentError; so does planning where the picture cannot be read.

    Attributes:
        image: The picture: PNG, JPEG or WebP, of 256 KiB and 2048 pixels a side at most.
        position: Where it is.
        opacity: How opaque it is, 0.0 (not to be seen) to 1.0 (as the picture itself is).
        padding: Its distance from the video's edges, as a part of the video's short side, 0.0 to 1.0.
        scale: The part of the video's width, or height, that it fills, whichever it reaches first, 0.0 to 1.0; at 0.0
            it has its own size in pixels of the source.
    """

    image: bytes
    position: Position = "upper-right"
    opacity: float = 1.0
    padding: float = 0.05
    scale: float = 0.15

    def __post_init__(self) -> None:
        if not isinstance(self.image, bytes):
            raise TypeError(f"image must be bytes, not {type(self.image).__name__}")
        choice(self.position, "position", Position)
        for name in ("opacity", "padding", "scale"):
            real(getattr(self, name), name)

    def size(self) -> tuple[int, int]:
        """Width and height of the picture itself in pixels. Raises InvalidArgumentError where it cannot be read."""
        width, height = ffi.new("uint32_t *"), ffi.new("uint32_t *")
        check(lib.vodkit_ladder_watermark_size, ladder_handle(Ladder(watermark=self)), width, height)
        return int(width[0]), int(height[0])


@dataclass(frozen=True)
class Ladder:
    """How a video is to be encoded: which renditions, how good, how long the segments.

    Raises InvalidArgumentError where a setting is out of its range.

    Attributes:
        rungs: The renditions; a number is the short side of one. Those above the video's own short side are left out,
            so that nothing is scaled up.
        preset: x264's preset: slower ones give smaller files.
        crf: Constant rate factor, 1 (best) to 51 (worst), for rungs that do not set their own.
        audio_bit_rate: Bits per second of stereo sound, 16,000 to 512,000; other channel counts get their share.
        audio_channels: At most so many channels, 1 to 6; sources with more are mixed down. With 4 and up, stereo is
            made beside them.
        loudness: Integrated loudness of the sound in LUFS by EBU R 128, -40 to -5, for which all of it is decoded when it
            is planned; None: as it is.
        segment_seconds: Seconds of a segment, 1 to 30; made a whole number of keyframe distances.
        first_segment_seconds: Seconds of the first segment of encoded video, and of what goes with it, 0.5 to
            ``segment_seconds``: a shorter one is made sooner, where somebody waits for it; None: as long as the others.
        keyframe_seconds: Seconds from one keyframe to the next, 0.5 to ``segment_seconds``.
        max_frame_rate: At most so many frames per second, 1 to 240: a faster source keeps every second or every nth
            frame.
        storyboard: A storyboard, for videos that have pictures: one more rendition, ``"storyboard"``.
        text: Whether text of the source, such as subtitles, becomes renditions in WebVTT.
        copy_top: Whether the video itself becomes the top rendition as it is, instead of being encoded, and its own
            AAC the sound: ``"never"``; ``"auto"``, where its size is that of the top rung, its bit rates are such as
            the rung allows, and its keyframes no farther apart than three times ``segment_seconds``; or ``"always"``,
            above all rungs, of which there need not be any: planning raises UnsupportedError where that is not
            possible. Segments are then cut at the video's own keyframes.
        clip: The part of the video that is made, from and to so many seconds after its start; None as its end: that
            of the video. What comes of it begins at 0, and is always encoded.
        watermark: A picture over all pictures, which are then encoded.
    """

    rungs: Sequence[Rung | int] = (1080, 720, 480, 360, 240)
    preset: Preset = "veryfast"
    crf: float = 23.0
    audio_bit_rate: int = 128_000
    audio_channels: int = 2
    loudness: float | None = None
    segment_seconds: float | Fraction = 4
    first_segment_seconds: float | Fraction | None = None
    keyframe_seconds: float | Fraction = 2
    max_frame_rate: float | Fraction = 60
    storyboard: Storyboard | None = None
    text: bool = True

    copy_top: CopyTop = "never"

    clip: tuple[float | Fraction, float | Fraction | None] | None = None
    watermark: Watermark | None = None

    def __post_init__(self) -> None:
        if isinstance(self.rungs, (str, bytes)) or not isinstance(self.rungs, Iterable):
            raise TypeError(f"rungs must be a list of numbers or Rungs, not {type(self.rungs).__name__}")
        if not isinstance(self.storyboard, Storyboard | None):
            raise TypeError(f"storyboard must be a vodkit.Storyboard, not {type(self.storyboard).__name__}")
        if not isinstance(self.watermark, Watermark | None):
            raise TypeError(f"watermark must be a vodkit.Watermark, not {type(self.watermark).__name__}")
        if not isinstance(self.text, bool):
            raise TypeError(f"text must be a bool, not {type(self.text).__name__}")
        c_text(self.preset, "preset")
        real(self.crf, "crf")
        whole(self.audio_bit_rate, "audio_bit_rate")
        whole(self.audio_channels, "audio_channels", UINT32)
        if self.loudness is not None:
            real(self.loudness, "loudness")
        choice(self.copy_top, "copy_top", CopyTop)
        rungs = tuple(map(_rung, self.rungs))
        object.__setattr__(self, "rungs", rungs)
        ladder_handle(self)


def _rung(rung: Rung | int) -> Rung:
    if isinstance(rung, Rung):
        return rung
    if not isinstance(rung, SupportsIndex):
        raise TypeError(f"rungs must be numbers or Rungs, not {type(rung).__name__}")
    return Rung(rung)


def ladder_handle(ladder: Ladder | None) -> Any:
    """The ladder for C."""
    if ladder is None:
        return ffi.NULL
    if not isinstance(ladder, Ladder):
        raise TypeError(f"ladder must be a vodkit.Ladder, not {type(ladder).__name__}")
    settings = asdict(ladder)
    for name in ("segment_seconds", "first_segment_seconds", "keyframe_seconds", "max_frame_rate"):
        if settings[name] is not None:
            settings[name] = str(exact(settings[name], name))
    if ladder.storyboard is not None:
        settings["storyboard"]["interval"] = str(exact(ladder.storyboard.interval, "interval"))
    if ladder.watermark is not None:
        settings["watermark"]["image"] = ladder.watermark.image.hex()
    if ladder.clip is not None:
        if not isinstance(ladder.clip, tuple) or len(ladder.clip) != 2:
            raise TypeError(f"clip must be two numbers of seconds, or the second None, not {ladder.clip!r}")
        start, end = ladder.clip
        ends = None if end is None else str(exact(end, "the clip's end"))
        settings["clip"] = {"start": str(exact(start, "the clip's start")), "end": ends}
    return make("vodkit_ladder", lib.vodkit_ladder_from_json, c_text(json.dumps(settings), "ladder"))
