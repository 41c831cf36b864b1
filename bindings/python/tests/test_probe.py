"""What a probe finds, in all kinds of sources."""

import dataclasses
import io
import json
from fractions import Fraction
from pathlib import Path

import pytest
import vodkit
from helpers import Run, make


def test_finds_what_ffmpeg_was_told_to_make(clip: Path) -> None:
    info = vodkit.probe(clip)
    assert info.duration == 12
    assert (info.width, info.height, info.frame_rate) == (320, 180, Fraction(24))
    assert info.size == clip.stat().st_size
    assert abs(info.bit_rate - 8 * info.size / 12) < 1
    assert "mp4" in info.container.split(",")
    picture, sound = info.tracks
    assert (picture.index, picture.type, picture.codec, picture.decodable) == (0, "video", "h264", True)
    assert picture.video is not None and picture.audio is None
    assert (picture.video.frames, picture.video.bit_depth, picture.video.pixel_format) == (288, 8, "yuv420p")
    assert (picture.video.alpha, picture.video.colour.peak) == (False, None)
    assert picture.video.keyframes == tuple(Fraction(second) for second in range(0, 12, 2))
    assert (sound.type, sound.codec, sound.language) == ("audio", "aac", "deu")
    assert sound.audio == vodkit.AudioInfo(channels=1, layout="mono", sample_rate=48000)
    assert sound.video is None


def test_times_and_rates_are_exact(other: Path) -> None:
    info = vodkit.probe(other)
    assert info.frame_rate == Fraction(30000, 1001)
    assert info.duration == info.tracks[0].duration == Fraction(60 * 1001, 30000)


def test_a_quick_probe_says_the_same_as_far_as_it_knows(clip: Path, folder: Path) -> None:
    quick, whole = vodkit.probe_quick(clip), vodkit.probe(clip)
    assert (quick.duration, quick.width, quick.height) == (whole.duration, whole.width, whole.height)
    assert (quick.frame_rate, quick.bit_rate) == (whole.frame_rate, whole.bit_rate)
    assert quick.to_dict()["quick"] is True
    for track, other in zip(quick.tracks, whole.tracks, strict=True):
        assert (track.codec, track.language, track.start, track.audio) == (other.codec, other.language, other.start, other.audio)
    video = quick.tracks[0].video
    assert video is not None and video.frames == 288 and not hasattr(video, "keyframes")
    raw = vodkit.probe_quick(make(folder / "raw.h264", "-f lavfi -i testsrc2=d=1 -c:v libx264 -pix_fmt yuv420p"))
    assert (raw.duration, raw.bit_rate) == (None, None)
    assert raw.tracks[0].video is not None and raw.tracks[0].video.frames is None


def test_sound_alone_has_no_size(folder: Path) -> None:
    info = vodkit.probe(make(folder / "sound.flac", "-f lavfi -i sine=duration=1"))
    assert (info.width, info.height, info.frame_rate) == (0, 0, None)
    assert [track.type for track in info.tracks] == ["audio"]


def test_what_was_found_cannot_be_changed(clip: Path) -> None:
    info = vodkit.probe(clip)
    with pytest.raises(dataclasses.FrozenInstanceError):
        info.width = 1  # type: ignore[misc]
    assert info == vodkit.probe(clip) and hash(info) == hash(vodkit.probe(clip))


def test_every_kind_of_source_gives_the_same(clip: Path) -> None:
    data = clip.read_bytes()
    expected = vodkit.probe(clip)
    with clip.open("rb") as buffered, clip.open("rb", buffering=0) as raw:
        buffered.seek(1000)  # read from the start all the same
        for source in (str(clip), data, bytearray(data), memoryview(data), io.BytesIO(data), buffered, raw):
            assert vodkit.probe(source) == expected, type(source)


@pytest.mark.parametrize(
    "limits",
    [
        vodkit.Limits(source_bytes=1000),
        vodkit.Limits(duration=11.5),
        vodkit.Limits(pixels=320 * 180 - 1),
        vodkit.Limits(tracks=1),
        vodkit.Limits(packets=100),
        vodkit.Limits(wall_time=0),
    ],
)
def test_each_limit_holds(clip: Path, limits: vodkit.Limits) -> None:
    with pytest.raises(vodkit.LimitExceededError):
        vodkit.probe(clip, limits)
    with pytest.raises(vodkit.LimitExceededError):
        vodkit.plan(clip, limits=limits)


def test_limits_that_are_kept_are_no_matter(clip: Path) -> None:
    assert vodkit.probe(clip, vodkit.Limits(duration=12, tracks=2)) == vodkit.probe(clip, vodkit.Limits())


def test_is_a_dict_and_json_too(clip: Path, command: Run) -> None:
    info = vodkit.probe(clip)
    assert json.loads(info.to_json()) == info.to_dict() == json.loads(command("probe", clip, "--json").stdout)
    found = info.to_dict()
    assert (found["duration"], found["tracks"][0]["codec"]) == ("12", "h264")
    found["tracks"].clear()
    assert info.to_dict() != found
    assert "_json" not in repr(info)


def test_a_storage_is_a_source(clip: Path) -> None:
    class Stored:
        name = "the bucket"

        def __init__(self) -> None:
            self.data = clip.read_bytes()

        def size(self) -> int:
            return len(self.data)

        def read_at(self, offset: int, size: int, /) -> bytes:
            return self.data[offset : offset + size]

    stored = Stored()
    assert vodkit.probe(stored) == vodkit.probe(clip)
    ladder = vodkit.Ladder([120], "ultrafast")
    put: dict[str, bytes] = {}
    vodkit.package(stored, put.__setitem__, ladder)
    plan = vodkit.plan(clip, ladder)
    assert put["120p/00001.m4s"] == plan.segment("120p", 1) == plan.with_source(stored).segment("120p", 1)
    stored.data = b"no video" * 100
    with pytest.raises(vodkit.NotMediaError, match="the bucket"):
        vodkit.probe(stored)
