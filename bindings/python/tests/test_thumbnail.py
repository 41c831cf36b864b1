"""Thumbnails and frames."""

import io
import pickle
import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import numpy
import PIL.Image
import pytest
import vodkit


def test_is_an_image_file(clip: Path) -> None:
    for format in get_args(vodkit.ImageFormat):
        picture = vodkit.thumbnail(clip, fraction=0.5, width=160, format=format)
        assert isinstance(picture, bytes)
        assert (picture.width, picture.height, picture.time) == (160, 90, Fraction(6))
        with PIL.Image.open(io.BytesIO(picture)) as image:
            assert (image.format, image.size) == (format.upper(), (160, 90))


def test_is_as_good_as_asked_for(clip: Path) -> None:
    def image(**options: Any) -> PIL.Image.Image:
        return PIL.Image.open(io.BytesIO(vodkit.thumbnail(clip, at=1, **options)))

    assert image().layer[0][1:3] == (2, 2) and image(chroma="4:4:4").layer[0][1:3] == (1, 1)  # type: ignore[attr-defined]
    frame = vodkit.frame(clip, at=1).to_pillow()
    assert image(format="webp", lossless=True).convert("RGB").tobytes() == frame.tobytes()
    for format in ("jpeg", "webp"):
        sizes = [len(vodkit.thumbnail(clip, at=1, format=format, quality=q)) for q in (20, 50, 95)]
        assert sizes == sorted(set(sizes))
    with pytest.raises(vodkit.InvalidArgumentError, match="quality is 101"):
        vodkit.ThumbnailOptions(quality=101)


def test_is_in_view_at_the_time(clip: Path) -> None:
    assert vodkit.thumbnail(clip).time == 0
    assert vodkit.thumbnail(clip, fraction=1.0).time == vodkit.thumbnail(clip, at=1e9).time == Fraction(287, 24)
    assert vodkit.thumbnail(clip, at=Fraction(31, 24)).time == Fraction(31, 24)
    # A float that is a little below the time that it stands for.
    assert vodkit.thumbnail(clip, at=31 / 24 - 1e-16).time == Fraction(31, 24)
    assert vodkit.thumbnail(clip, at=1.3).time == Fraction(31, 24)


def test_may_be_the_nearest_keyframe(clip: Path) -> None:
    assert vodkit.thumbnail(clip, at=3.1, nearest_keyframe=True).time == 4
    assert vodkit.frame(clip, at=2.9, nearest_keyframe=True).time == 2


def test_fits_its_size(clip: Path) -> None:
    def size(**options: Any) -> tuple[int, int]:
        picture = vodkit.thumbnail(clip, **options)
        return picture.width, picture.height

    assert size() == (320, 180)
    assert size(width=100, height=100) == (100, 100)
    assert size(width=160, height=160, fit="clip") == (160, 90)
    assert size(height=90) == (160, 90)


def test_frames_are_the_pixels_that_ffmpeg_decodes(clip: Path) -> None:
    frame = vodkit.frame(clip, at=2)
    array = frame.to_numpy()
    assert array.shape == (180, 320, 3) and array.dtype == numpy.uint8 and not array.flags.writeable
    assert frame.to_pillow().tobytes() == array.tobytes() == bytes(frame)
    # Frame 48 and its neighbours, by somebody else's conversion of colours.
    decode = f"-i {clip} -vf select=between(n\\,47\\,49) -fps_mode passthrough -pix_fmt rgb24 -f rawvideo -"
    decoded = subprocess.run(["ffmpeg", "-v", "error", *decode.split()], check=True, capture_output=True).stdout
    three = numpy.frombuffer(decoded, numpy.uint8).reshape(3, *array.shape).astype(int)
    before, same, behind = abs(three - array).mean(axis=(1, 2, 3))
    assert same < 4 and 2 * same < before and 2 * same < behind


def test_shows_and_pickles_itself_shortly(clip: Path) -> None:
    frame = vodkit.frame(clip, at=1, width=64)
    assert repr(frame) == str(frame) == "<vodkit.Frame 64x36 at 1.000 s, 6912 bytes>"
    again = pickle.loads(pickle.dumps(frame))
    assert again == frame and (again.width, again.height, again.time) == (64, 36, 1)


@pytest.mark.parametrize(
    "options",
    [
        {"fraction": -0.1},
        {"pct": -0.1},
        {"pct": float("nan")},
        {"pct": 0.5, "at": 1},
        {"fraction": 0.5, "at": 1},
        {"fraction": 0.5, "pct": 0.5},
        {"at": float("inf")},
        {"at": 2**70},
        {"width": 0},
        {"height": 8193},
        {"width": -1},
        {"width": 2**40},
        {"fit": "squeeze"},
        {"format": "gif"},
        {"format": "rgb"},
    ],
)
def test_options_out_of_range_are_refused(clip: Path, options: dict[str, Any]) -> None:
    with pytest.raises(vodkit.InvalidArgumentError):
        vodkit.thumbnail(clip, **options)


def test_types_of_options_are_checked_at_once() -> None:
    with pytest.raises(TypeError, match="fraction must be a number, not str"):
        vodkit.ThumbnailOptions(fraction="0.5")  # type: ignore[arg-type]
    with pytest.raises(vodkit.InvalidArgumentError, match="fraction and at each name a picture"):
        vodkit.ThumbnailOptions(fraction=0.5, at=1)


def test_sound_has_no_picture(folder: Path) -> None:
    path = folder / "tone.wav"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=duration=1", path], check=True)
    with pytest.raises(vodkit.NothingToPlayError):
        vodkit.thumbnail(path)


def test_limits_are_kept(clip: Path) -> None:
    with pytest.raises(vodkit.LimitExceededError):
        vodkit.thumbnail(clip, limits=vodkit.Limits(duration=1))
    with pytest.raises(vodkit.LimitExceededError):
        vodkit.frame(clip, limits=vodkit.Limits(tracks=1))


def test_pct_and_fraction_are_the_same(clip: Path) -> None:
    assert vodkit.thumbnail(clip, pct=0.25, width=64) == vodkit.thumbnail(clip, fraction=0.25, width=64)


def test_notebooks_show_it(clip: Path) -> None:
    for format in get_args(vodkit.ImageFormat):
        picture = vodkit.thumbnail(clip, width=64, format=format)
        assert picture.format == pickle.loads(pickle.dumps(picture)).format == format
        assert picture._repr_jpeg_() == (picture if format == "jpeg" else None)
        assert picture._repr_png_() == (picture if format == "png" else None)
        html = picture._repr_html_()
        assert (html is not None and html.startswith('<img src="data:image/webp;base64,')) == (format == "webp")
    frame = vodkit.frame(clip, at=1, width=66, height=35)
    with PIL.Image.open(io.BytesIO(frame._repr_png_())) as image:
        assert (image.format, image.size, image.tobytes()) == ("PNG", (66, 35), bytes(frame))
