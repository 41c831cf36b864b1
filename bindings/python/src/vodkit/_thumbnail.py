"""Thumbnails and single frames."""

import base64
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from ._call import UINT32, attempt, check, choice, exact, given, owned, real, take_bytes, whole
from ._callbacks import Work
from ._cancel import CancelToken
from ._errors import InvalidArgumentError
from ._limits import Limits
from ._native import ffi, lib
from ._sources import Source, SourceLike, as_source

if TYPE_CHECKING:
    import numpy
    import numpy.typing
    import PIL.Image

Fit = Literal["crop", "clip", "scale", "fill"]
ImageFormat = Literal["jpeg", "png", "webp"]
Chroma = Literal["4:2:0", "4:4:4"]


class Thumbnail(bytes):
    """A picture of a video as the bytes of an image file; notebooks show it.

    Attributes:
        width: Width in pixels.
        height: Height in pixels.
        time: When the picture comes into view, in seconds from the start, exact.
        format: ``"jpeg"``, ``"png"`` or ``"webp"``.
    """

    width: int
    height: int
    time: Fraction
    format: ImageFormat

    def __repr__(self) -> str:
        return _shortly(self)

    __str__ = __repr__

    def _repr_jpeg_(self) -> bytes | None:
        return bytes(self) if self.format == "jpeg" else None

    def _repr_png_(self) -> bytes | None:
        return bytes(self) if self.format == "png" else None

    def _repr_html_(self) -> str | None:
        return _html("webp", self) if self.format == "webp" else None


def _shortly(picture: "Thumbnail | Frame") -> str:
    kind, time = type(picture).__name__, float(picture.time)
    return f"<vodkit.{kind} {picture.width}x{picture.height} at {time:.3f} s, {len(picture)} bytes>"


class Animation(bytes):
    """Some seconds of a video as the bytes of a GIF; notebooks show it."""

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int.from_bytes(self[6:8], "little")

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int.from_bytes(self[8:10], "little")

    def __repr__(self) -> str:
        return f"<vodkit.Animation {self.width}x{self.height}, {len(self)} bytes>"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        return _html("gif", self)


def _html(format: str, image: bytes) -> str:
    """For notebooks, which show no other images than JPEG and PNG by themselves."""
    return f'<img src="data:image/{format};base64,{base64.b64encode(image).decode()}">'


class Frame:
    """A picture of a video as bare pixels: three bytes each (red, green, blue), row after row without gaps,
    from the top. Notebooks show it; ``bytes(frame)`` is a copy of the pixels.

    Attributes:
        data: The pixels where the library has them, read-only. Who holds them, or an array of them, holds the memory.
        width: Width in pixels.
        height: Height in pixels.
        time: When the picture comes into view, in seconds from the start, exact.
    """

    data: memoryview
    width: int
    height: int
    time: Fraction

    def __init__(self, data: bytes | memoryview, width: int, height: int, time: Fraction) -> None:
        self.data = memoryview(data).toreadonly()
        self.width, self.height, self.time = width, height, time

    def __repr__(self) -> str:
        return _shortly(self)

    def __len__(self) -> int:
        return len(self.data)

    def __bytes__(self) -> bytes:
        return bytes(self.data)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Frame):
            return NotImplemented
        place = (self.width, self.height, self.time)
        return place == (other.width, other.height, other.time) and bytes(self) == bytes(other)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[type["Frame"], tuple[bytes, int, int, Fraction]]:
        return Frame, (bytes(self), self.width, self.height, self.time)

    def _repr_png_(self) -> bytes:
        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        row = 3 * self.width
        rows = b"".join(b"\0" + self.data[start : start + row] for start in range(0, len(self), row))
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)  # 8 bits each of red, green and blue
        parts = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
        return b"\x89PNG\r\n\x1a\n" + parts

    def to_numpy(self) -> "numpy.typing.NDArray[numpy.uint8]":
        """The pixels as an array of height, width and 3; read-only, as it shares the frame's memory."""
        try:
            import numpy
        except ModuleNotFoundError as cause:
            raise ModuleNotFoundError("to_numpy needs NumPy: pip install vodkit[numpy]", name="numpy") from cause
        return numpy.frombuffer(self.data, numpy.uint8).reshape(self.height, self.width, 3)

    def to_pillow(self) -> "PIL.Image.Image":
        """The pixels as a picture of Pillow."""
        try:
            import PIL.Image
        except ModuleNotFoundError as cause:
            raise ModuleNotFoundError("to_pillow needs Pillow: pip install vodkit[pillow]", name="PIL") from cause
        return PIL.Image.frombytes("RGB", (self.width, self.height), self.data)


@dataclass(frozen=True)
class ThumbnailOptions:
    """Which picture of a video, and how large. Without ``fraction`` and ``at`` it is the first.
    What takes a picture checks the ranges, and raises InvalidArgumentError.

    Attributes:
        pct: Another name of ``fraction``.
        at: The picture in view at a time, in seconds from the start. Behind the end it is the last one.
        width: Width in pixels, 1 to 8192; None: as the height asks for, or that of the video.
        height: Height in pixels, 1 to 8192; None: as the width asks for, or that of the video.
        fit: What happens where width and height have another shape than the video: the picture fills the size and what
            sticks out is cut off (``"crop"``), lies inside it with one side shorter than wished (``"clip"``), is
            stretched to it (``"scale"``), or lies inside it with black bars (``"fill"``).
        nearest_keyframe: Whether the nearest keyframe does instead of the exact picture: quicker the farther apart
            keyframes are.
        fraction: The picture at a fraction of the duration: 0.0 is the first, 1.0 the last.
        quality: Quality of JPEG and WebP, 1 to 100; None: 85 of JPEG, 80 of WebP.
        lossless: Whether WebP is without loss, and then about three times as large.
        chroma: How much of colour JPEG keeps: a sample for four pixels (``"4:2:0"``), or one for each (``"4:4:4"``), for
            text and drawings.
    """

    pct: float | None = None
    at: float | Fraction | None = None
    width: int | None = None
    height: int | None = None
    fit: Fit = "crop"
    nearest_keyframe: bool = False
    fraction: float | None = None
    quality: int | None = None
    lossless: bool = False
    chroma: Chroma = "4:2:0"

    def __post_init__(self) -> None:
        options_handle(self, lib.VODKIT_IMAGE_FORMAT_JPEG)


def options_handle(options: ThumbnailOptions, format: int) -> Any:
    """The options for C."""
    handle = owned("vodkit_thumbnail_options", lib.vodkit_thumbnail_options_new())
    positions = {"fraction": options.fraction, "pct": options.pct, "at": options.at}
    given = [name for name, value in positions.items() if value is not None]
    if len(given) > 1:
        raise InvalidArgumentError(f"{' and '.join(given)} each name a picture: give one of them")
    fraction = options.pct if options.fraction is None else options.fraction
    if fraction is not None:
        check(lib.vodkit_thumbnail_options_set_fraction, handle, real(fraction, given[0]))
    if options.at is not None:
        check(lib.vodkit_thumbnail_options_set_seconds, handle, _rational(options.at, "at"))
    if 0 in (options.width, options.height):  # which C takes for None
        raise InvalidArgumentError("width and height are from 1 to 8192, or None")
    sides = {"width": options.width, "height": options.height}
    size = (0 if side is None else whole(side, name, UINT32) for name, side in sides.items())
    fit = getattr(lib, f"VODKIT_FIT_{choice(options.fit, 'fit', Fit).upper()}")
    check(lib.vodkit_thumbnail_options_set_size, handle, *size, fit)
    check(lib.vodkit_thumbnail_options_set_nearest_keyframe, handle, bool(options.nearest_keyframe))
    if options.quality is not None:
        check(lib.vodkit_thumbnail_options_set_quality, handle, whole(options.quality, "quality", 100, 1))
    check(lib.vodkit_thumbnail_options_set_lossless, handle, bool(options.lossless))
    chroma = choice(options.chroma, "chroma", Chroma).replace(":", "")
    check(lib.vodkit_thumbnail_options_set_chroma, handle, getattr(lib, f"VODKIT_CHROMA_{chroma}"))
    check(lib.vodkit_thumbnail_options_set_format, handle, format)
    return handle


def _rational(value: float | Fraction, name: str) -> dict[str, int]:
    fraction = exact(value, name)
    return {"num": fraction.numerator, "den": fraction.denominator}


def format_number(format: str) -> int:
    return int(getattr(lib, f"VODKIT_IMAGE_FORMAT_{choice(format, 'format', ImageFormat).upper()}"))


def thumbnail(
    source: SourceLike,
    *,
    fraction: float | None = None,
    pct: float | None = None,
    at: float | Fraction | None = None,
    width: int | None = None,
    height: int | None = None,
    fit: Fit = "crop",
    nearest_keyframe: bool = False,
    format: ImageFormat = "jpeg",
    quality: int | None = None,
    lossless: bool = False,
    chroma: Chroma = "4:2:0",
    limits: Limits | None = None,
    cancel: CancelToken | None = None,
) -> Thumbnail:
    """Takes the picture that is shown at a position, the exact one unless ``nearest_keyframe``, as an image file.

    The picture is at a fraction of the duration, ``fraction`` (or ``pct``) from 0.0 to 1.0, or in view ``at`` so many
    seconds from the start; the first without either. The other arguments are those of ThumbnailOptions, and
    ``format``, that of Thumbnail. ``cancel`` cancels this call.

    Raises InvalidArgumentError, NothingToPlayError where there is neither video nor a cover, and as ``probe`` does.
    """
    options = ThumbnailOptions(
        pct, at, width, height, fit, nearest_keyframe, fraction, quality, lossless, chroma
    )
    handle, opened = options_handle(options, format_number(format)), as_source(source, limits, cancel)
    return _thumbnail(*_taken(opened, lib.vodkit_source_take_thumbnail, (), handle, cancel), format)


def frame(
    source: SourceLike,
    *,
    fraction: float | None = None,
    pct: float | None = None,
    at: float | Fraction | None = None,
    width: int | None = None,
    height: int | None = None,
    fit: Fit = "crop",
    nearest_keyframe: bool = False,
    limits: Limits | None = None,
    cancel: CancelToken | None = None,
) -> Frame:
    """Takes a picture as ``thumbnail`` does, as bare pixels for NumPy, Pillow and others."""
    options = ThumbnailOptions(pct, at, width, height, fit, nearest_keyframe, fraction)
    handle, opened = options_handle(options, lib.VODKIT_IMAGE_FORMAT_RGB), as_source(source, limits, cancel)
    return _frame(*_taken(opened, lib.vodkit_source_take_thumbnail, (), handle, cancel))


def take_planned(
    source: Source, plan: Any, options: ThumbnailOptions, format: ImageFormat, cancel: CancelToken | None
) -> Thumbnail:
    """The picture that the renditions of a plan show."""
    handle = options_handle(options, format_number(format))
    return _thumbnail(*_taken(source, lib.vodkit_plan_take_thumbnail, (plan,), handle, cancel), format)


def frame_planned(source: Source, plan: Any, options: ThumbnailOptions, cancel: CancelToken | None) -> Frame:
    """The picture that the renditions of a plan show, as pixels."""
    handle = options_handle(options, lib.VODKIT_IMAGE_FORMAT_RGB)
    return _frame(*_taken(source, lib.vodkit_plan_take_thumbnail, (plan,), handle, cancel))


class PlannedFrames:
    """The pictures that the renditions of a plan show, as pixels, one after the other with one decoder."""

    def __init__(self, source: Source, plan: Any, options: ThumbnailOptions, cancel: CancelToken | None) -> None:
        self._options = options_handle(options, lib.VODKIT_IMAGE_FORMAT_RGB)
        self._source, self._work, self._scope = source, Work(), source._scope(cancel)
        opened, place = source._for(self._work), ffi.new("vodkit_thumbnail_maker **")
        self._run(lambda: attempt(lib.vodkit_thumbnail_maker_new, opened, plan, self._scope.handle, place))
        self._handle = owned("vodkit_thumbnail_maker", place[0])

    def take(self, at: Fraction) -> Frame:
        taken = ffi.new("vodkit_bytes **")
        place = ffi.new("vodkit_picture *", {"struct_size": ffi.sizeof("vodkit_picture")})
        check(lib.vodkit_thumbnail_options_set_seconds, self._options, _rational(at, "at"))
        self._run(lambda: attempt(lib.vodkit_thumbnail_maker_take, self._handle, self._options, taken, place))
        return _frame(owned("vodkit_bytes", taken[0]), place)

    def __enter__(self) -> "PlannedFrames":
        return self

    def __exit__(self, *raised: Any) -> None:
        ffi.release(self._handle)
        self._scope.__exit__(*raised)

    def _run(self, call: Callable[[], Any]) -> None:
        given(self._source._during(self._work, self._scope, call))


def animate_planned(
    source: Source,
    plan: Any,
    options: ThumbnailOptions,
    seconds: float | Fraction,
    frame_rate: float | Fraction,
    cancel: CancelToken | None,
) -> Animation:
    """Some seconds of what the renditions of a plan show, as a GIF."""
    handle = owned("vodkit_animation_options", lib.vodkit_animation_options_new())
    first = options_handle(options, lib.VODKIT_IMAGE_FORMAT_JPEG)
    check(lib.vodkit_animation_options_set_first, handle, first)
    check(lib.vodkit_animation_options_set_seconds, handle, _rational(seconds, "seconds"))
    check(lib.vodkit_animation_options_set_frame_rate, handle, _rational(frame_rate, "frame_rate"))
    made = source._make("vodkit_bytes", lib.vodkit_plan_make_animation, handle, before=(plan,), cancel=cancel)
    return Animation(take_bytes(made))


def _taken(
    source: Source, function: Any, before: tuple[Any, ...], options: Any, cancel: CancelToken | None
) -> tuple[Any, Any]:
    """The library's bytes, and what it says of them."""
    place = ffi.new("vodkit_picture *", {"struct_size": ffi.sizeof("vodkit_picture")})
    return source._make("vodkit_bytes", function, options, before=before, after=(place,), cancel=cancel), place


def _thumbnail(taken: Any, place: Any, format: ImageFormat) -> Thumbnail:
    picture = Thumbnail(take_bytes(taken))
    picture.width, picture.height, picture.time, picture.format = place.width, place.height, _time(place), format
    return picture


def _frame(taken: Any, place: Any) -> Frame:
    def free(_: Any) -> None:
        ffi.release(taken)

    # Whoever has the buffer has the pointer, and so the bytes.
    pixels = ffi.gc(lib.vodkit_bytes_data(taken), free)
    data = memoryview(ffi.buffer(pixels, lib.vodkit_bytes_size(taken)))
    return Frame(data, place.width, place.height, _time(place))


def _time(place: Any) -> Fraction:
    return Fraction(place.time.num, place.time.den)
