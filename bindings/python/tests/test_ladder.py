"""Settings of plans: all that exist reach them, and wrong ones are refused by name."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import vodkit
from vodkit._call import check, make_text, owned
from vodkit._ladder import ladder_handle
from vodkit._native import lib


def test_defaults_of_storyboards_are_those_of_the_library() -> None:
    wished = make_text(lib.vodkit_ladder_to_json, ladder_handle(vodkit.Ladder(storyboard=vodkit.Storyboard())))
    zeros = owned("vodkit_ladder", lib.vodkit_ladder_new())
    check(lib.vodkit_ladder_set_storyboard, zeros, {"num": 0, "den": 1}, 0, 0, 0)
    assert wished == make_text(lib.vodkit_ladder_to_json, zeros)


def test_defaults_of_ladders_are_those_of_the_library() -> None:
    written = make_text(lib.vodkit_ladder_to_json, ladder_handle(vodkit.Ladder()))
    native = make_text(lib.vodkit_ladder_to_json, owned("vodkit_ladder", lib.vodkit_ladder_new()))
    assert written == native


def test_the_video_itself_can_be_the_top_rendition(clip: Path) -> None:
    plan = vodkit.plan(clip, vodkit.Ladder([], copy_top="always"))
    top = plan.renditions[0]
    assert (top.id, top.passthrough, top.encoded_because) == ("180p", True, None)
    smaller = vodkit.plan(clip, vodkit.Ladder([90], copy_top="auto"))
    assert smaller.renditions[0].encoded_because == "no rung has its size of 320x180"
    assert not smaller.renditions[0].passthrough
    assert all(rendition.encoded_because is None for rendition in vodkit.plan(clip, vodkit.Ladder([90])).renditions)
    with pytest.raises(vodkit.InvalidArgumentError, match="copy_top is 'perhaps'"):
        vodkit.Ladder(copy_top="perhaps")  # type: ignore[arg-type]


def test_all_settings_reach_the_plan(clip: Path) -> None:
    rung = vodkit.Rung(120, crf=30, max_rate=200_000, buffer_size=300_000, profile="main")
    ladder = vodkit.Ladder(
        [rung],
        preset="fast",
        audio_bit_rate=64_000,
        audio_channels=1,
        segment_seconds=3,
        first_segment_seconds=0.75,
        keyframe_seconds=Fraction(3, 2),
        max_frame_rate=12,
    )
    made: dict[str, Any] = json.loads(vodkit.plan(clip, ladder).to_json())
    video, sound = made["renditions"]
    names = ("max_rate", "buffer_size", "profile")
    assert [video[name] for name in names] == [200_000, 300_000, "main"]
    encode = video["coding"]["encode"]
    assert (encode["crf"], encode["preset"], video["height"], sound["bit_rate"]) == (30, "fast", 120, 40_000)
    pictures = made["source_video"]
    windows = [window["first_frame"] for window in pictures["windows"]]
    assert (pictures["frame_rate"], windows[:2], pictures["keyframe_interval"]) == ("12", [0, 9], 18)


@pytest.mark.parametrize(
    "settings",
    [
        {"rungs": []},
        {"rungs": [481]},
        {"rungs": [-2]},
        {"rungs": [2**40]},
        {"rungs": [vodkit.Rung(480, crf=52)]},
        {"rungs": [vodkit.Rung(480, max_rate=1)]},
        {"preset": "fastest"},
        {"crf": 0},
        {"crf": float("nan")},
        {"audio_bit_rate": 1},
        {"audio_bit_rate": -1},
        {"audio_channels": 7},
        {"loudness": 0},
        {"segment_seconds": 0.5},
        {"segment_seconds": float("inf")},
        {"segment_seconds": Fraction(2**70, 2**69 + 1)},
        {"keyframe_seconds": 5},
        {"first_segment_seconds": 5},
        {"max_frame_rate": 1e300},
        {"storyboard": vodkit.Storyboard(0.5)},
        {"storyboard": vodkit.Storyboard(Fraction(4, 3))},
        {"storyboard": vodkit.Storyboard(rows=11)},
        {"storyboard": vodkit.Storyboard(width=15)},
        {"clip": (2, 1)},
        {"watermark": vodkit.Watermark(b"", opacity=1.5)},
        {"watermark": vodkit.Watermark(b"", scale=-0.1)},
        {"clip": (-1, None)},
        {"clip": (1, 2), "copy_top": "always"},
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(vodkit.InvalidArgumentError):
        vodkit.Ladder(**settings)


def test_settings_are_named_where_they_are_wrong() -> None:
    wrong: Any = "23"
    for call, words in (
        (lambda: vodkit.Ladder(crf=wrong), "crf must be a number, not str"),
        (lambda: vodkit.Ladder(audio_channels=wrong), "audio_channels must be an int, not str"),
        (lambda: vodkit.Ladder(rungs=wrong), "rungs must be"),
        (lambda: vodkit.Ladder(rungs=[wrong]), "rungs must be numbers or Rungs, not str"),
        (lambda: vodkit.Ladder(rungs=720), "rungs must be a list of numbers or Rungs, not int"),  # type: ignore[arg-type]
        (lambda: vodkit.Ladder(crf=True), "crf must be a number, not bool"),
        (lambda: vodkit.Rung(480, max_rate=wrong), "max_rate must be an int, not str"),
        (lambda: vodkit.Storyboard(rows=wrong), "rows must be an int, not str"),
        (lambda: vodkit.Ladder(storyboard=wrong), "storyboard must be a vodkit.Storyboard, not str"),
        (lambda: vodkit.Ladder(watermark=wrong), "watermark must be a vodkit.Watermark, not str"),
        (lambda: vodkit.Watermark(wrong), "image must be bytes, not str"),
        (lambda: vodkit.Watermark(b"", scale=wrong), "scale must be a number, not str"),
        (lambda: vodkit.Ladder(clip=wrong), "clip must be two numbers of seconds"),
        (lambda: vodkit.Ladder(clip=(wrong, None)), "the clip's start must be"),
    ):
        with pytest.raises(TypeError, match=words):
            call()
    for call, words in (
        (lambda: vodkit.Ladder(crf=float("nan")), "crf is nan"),
        (lambda: vodkit.Ladder([-720]), "short_side is -720"),
        (lambda: vodkit.Rung(480, profile="best"), "profile is 'best'"),  # type: ignore[arg-type]
    ):
        with pytest.raises(vodkit.InvalidArgumentError, match=words):
            call()
