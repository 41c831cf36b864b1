"""Thumbnails and single frames."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

from ._call import UINT32, check, exact, owned, real, take_bytes, whole
from ._errors import InvalidArgumentError
from ._ladder import Limits, limits_handle
from ._native import ffi, lib
from ._sources import OpenSource, Source

if TYPE_CHECKING:
    import numpy
    import numpy.typing
    import PIL.Image

Fit = Literal["crop", "clip", "scale", "fill"]
"""What happens where width and height have another shape than the video: the picture fills the size and what
sticks out is cut off (crop), lies inside it with one side shorter than wished (clip), is stretched to it
(scale), or lies inside it with black bars (fill)."""
ImageFormat = Literal["jpeg", "png", "webp"]
"""Formats of thumbnails: JPEG of quality 85, PNG, WebP without loss."""


class _Picture(bytes):
    width: int
    """Width in pixels."""
    height: int
    """Height in pixels."""
    time: Fraction
    """When the picture comes into view, in seconds from the start, exact."""

    def __repr__(self) -> str:
        kind, time = type(self).__name__, float(self.time)
        return f"<vodkit.{kind} {self.width}x{self.height} at {time:.3f} s, {len(self)} bytes>"

    __str__ = __repr__


class Thumbnail(_Picture):
    """A picture of a video as the bytes of an image file."""


class Frame(_Picture):
    """A picture of a video as bare pixels: three bytes each (red, green, blue), row after row without gaps,
    from the top."""

    def to_numpy(self) -> "numpy.typing.NDArray[numpy.uint8]":
        """The pixels as an array of height, width and 3; read-only, as it shares the frame's memory."""
        try:
            import numpy
        except ModuleNotFoundError as cause:
            raise ModuleNotFoundError("to_numpy needs NumPy: pip install vodkit[numpy]", name="numpy") from cause
        return numpy.frombuffer(self, numpy.uint8).reshape(self.height, self.width, 3)

    def to_pillow(self) -> "PIL.Image.Image":
        """The pixels as a picture of Pillow."""
        try:
            import PIL.Image
        except ModuleNotFoundError as cause:
            raise ModuleNotFoundError("to_pillow needs Pillow: pip install vodkit[pillow]", name="PIL") from cause
        return PIL.Image.frombytes("RGB", (self.width, self.height), self)


@dataclass(frozen=True)
class ThumbnailOptions:
    """Which picture of a video, and how large. Without ``pct`` and ``at`` it is the first."""

    pct: float | None = None
    """The picture at a fraction of the duration, so not in percent: 0.0 is the first, 1.0 the last."""
    at: float | Fraction | None = None
    """The picture in view at a time, in seconds from the start. Behind the end it is the last one."""
    width: int | None = None
    """Width in pixels, 1 to 8192; None: as the height asks for, or that of the video."""
    height: int | None = None
    """Height in pixels, 1 to 8192; None: as the width asks for, or that of the video."""
    fit: Fit = "crop"
    """What happens where width and height have another shape than the video."""
    nearest_keyframe: bool = False
    """Whether the nearest keyframe does instead of the exact picture: quicker the farther apart keyframes are."""


def options_handle(options: ThumbnailOptions, format: int) -> Any:
    """The options for C."""
    handle = owned("vodkit_thumbnail_options", lib.vodkit_thumbnail_options_new())
    if options.pct is not None and options.at is not None:
        raise InvalidArgumentError("pct and at both name a picture: give one of them")
    if options.pct is not None:
        check(lib.vodkit_thumbnail_options_set_fraction, handle, real(options.pct, "pct"))
    if options.at is not None:
        at = exact(options.at, "at")
        check(lib.vodkit_thumbnail_options_set_seconds, handle, (at.numerator, at.denominator))
    if 0 in (options.width, options.height):  # which C takes for None
        raise InvalidArgumentError("width and height are from 1 to 8192, or None")
    sides = {"width": options.width, "height": options.height}
    size = (0 if side is None else whole(side, name, UINT32) for name, side in sides.items())
    check(lib.vodkit_thumbnail_options_set_size, handle, *size, _number("FIT", options.fit, Fit))
    check(lib.vodkit_thumbnail_options_set_nearest_keyframe, handle, bool(options.nearest_keyframe))
    check(lib.vodkit_thumbnail_options_set_format, handle, format)
    return handle


def _number(group: str, word: str, words: Any) -> int:
    if not isinstance(word, str):
        raise TypeError(f"{group.lower()} must be a str, not {type(word).__name__}")
    if word not in get_args(words):
        raise InvalidArgumentError(f"{word!r} is none of {', '.join(get_args(words))}")
    return int(getattr(lib, f"VODKIT_{group}_{word.upper()}"))


def thumbnail(
    source: Source,
    *,
    pct: float | None = None,
    at: float | Fraction | None = None,
    width: int | None = None,
    height: int | None = None,
    fit: Fit = "crop",
    nearest_keyframe: bool = False,
    format: ImageFormat = "jpeg",
    limits: Limits | None = None,
) -> Thumbnail:
    """Takes the picture that is shown at a position, the exact one unless ``nearest_keyframe``, as an image file.

    The picture is at a fraction ``pct`` of the duration, from 0.0 to 1.0, or in view ``at`` so many seconds from
    the start; the first without either. The other arguments are those of ThumbnailOptions.

    Raises InvalidArgumentError, NothingToPlayError where there is no video, and as ``probe`` does.
    """
    options = ThumbnailOptions(pct, at, width, height, fit, nearest_keyframe)
    return _take(Thumbnail, source, options_handle(options, _number("IMAGE", format, ImageFormat)), limits)


def frame(
    source: Source,
    *,
    pct: float | None = None,
    at: float | Fraction | None = None,
    width: int | None = None,
    height: int | None = None,
    fit: Fit = "crop",
    nearest_keyframe: bool = False,
    limits: Limits | None = None,
) -> Frame:
    """Takes a picture as ``thumbnail`` does, as bare pixels for NumPy, Pillow and others."""
    options = ThumbnailOptions(pct, at, width, height, fit, nearest_keyframe)
    return _take(Frame, source, options_handle(options, lib.VODKIT_IMAGE_RGB), limits)


P = TypeVar("P", bound=_Picture)


def _take(kind: type[P], source: Source, options: Any, limits: Limits | None) -> P:
    return _taken(kind, OpenSource(source), lib.vodkit_thumbnail, options, limits_handle(limits))


def take_planned(source: OpenSource, plan: Any, options: ThumbnailOptions, format: ImageFormat) -> Thumbnail:
    """The picture that the renditions of a plan show."""
    handle = options_handle(options, _number("IMAGE", format, ImageFormat))
    return _taken(Thumbnail, source, lib.vodkit_plan_thumbnail, plan, handle)


def animate_planned(
    source: OpenSource,
    plan: Any,
    options: ThumbnailOptions,
    seconds: float | Fraction,
    frame_rate: float | Fraction,
) -> bytes:
    """Some seconds of what the renditions of a plan show, as a GIF."""
    handle = options_handle(options, lib.VODKIT_IMAGE_RGB)
    times = [
        {"num": value.numerator, "den": value.denominator}
        for value in (exact(seconds, "seconds"), exact(frame_rate, "frame_rate"))
    ]
    return take_bytes(source.make("vodkit_bytes", lib.vodkit_plan_animation, plan, handle, *times))


def _taken(kind: type[P], source: OpenSource, function: Any, *arguments: Any) -> P:
    place = ffi.new("vodkit_picture *")
    picture = kind(take_bytes(source.make("vodkit_bytes", function, *arguments, after=(place,))))
    picture.width, picture.height = place.width, place.height
    picture.time = Fraction(place.time.num, place.time.den)
    return picture
