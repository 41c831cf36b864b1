"""Plans, their segments and manifests."""

import base64
import io
import json
import pickle
import re
import xml.etree.ElementTree
from fractions import Fraction
from pathlib import Path

import PIL.Image
import pytest
import vodkit
from helpers import Run, make

QUICK = vodkit.Ladder(rungs=[180, 120], preset="ultrafast")


@pytest.fixture(scope="module")
def plan(clip: Path) -> vodkit.Plan:
    return vodkit.plan(clip, QUICK)


def test_says_what_will_be_made(plan: vodkit.Plan) -> None:
    assert [(each.id, each.type, each.segment_count) for each in plan.renditions] == [
        ("180p", "video", 3),
        ("120p", "video", 3),
        ("audio", "audio", 3),
    ]
    assert (plan.renditions[0].width, plan.renditions[0].height) == (320, 180)
    assert (plan.renditions[2].sample_rate, plan.renditions[2].channels, plan.renditions[2].language) == (48000, 1, "de")
    assert plan.renditions[0].codecs.startswith("avc1.") and plan.renditions[2].codecs == "mp4a.40.2"
    assert 12 <= plan.duration < Fraction(121, 10)
    assert plan.hash == json.loads(plan.to_json())["hash"]


def test_says_what_is_left_out(plan: vodkit.Plan, tmp_path: Path) -> None:
    assert plan.warnings == ()
    two = "-f lavfi -i testsrc2=s=128x96:d=1 -f lavfi -i testsrc=s=128x96:d=1 -map 0 -map 1 -c:v libx264 -preset ultrafast"
    planned = vodkit.plan(make(tmp_path / "two.mp4", two), QUICK)
    assert [(each.kind, each.track) for each in planned.warnings] == [("track_left_out", 1)]
    assert "track 0 is the main one" in planned.warnings[0].message
    with vodkit.start(planned, vodkit.MemorySink()) as job:
        assert job.wait().warnings == planned.warnings
        assert job.progress.warnings == 1


def test_a_job_says_what_cannot_be_decoded(clip: Path, tmp_path: Path) -> None:
    bytes = bytearray(clip.read_bytes())
    middle = len(bytes) // 2
    bytes[middle : middle + 20_000] = b"U" * 20_000
    (tmp_path / "damaged.mp4").write_bytes(bytes)
    planned = vodkit.plan(tmp_path / "damaged.mp4", QUICK)
    assert planned.warnings == ()
    sink = vodkit.MemorySink()
    with vodkit.start(planned, sink) as job:
        told = job.wait().warnings
        assert {each.kind for each in told} == {"damaged_data"}
        assert job.warnings == told
    with vodkit.start(planned, sink) as job:
        assert (job.wait().warnings, job.wait().segments_resumed > 0) == (told, True)


def test_has_the_closed_captions_of_the_video(clip: Path, tmp_path: Path) -> None:
    text, shown = "9420 9420 94ae 94ae 9470 9470 c845 4c4c 4f80", "942f 942f"
    (tmp_path / "a.scc").write_text(f"Scenarist_SCC V1.0\n\n00:00:00:00\t{text}\n\n00:00:00:15\t{shown}\n\n")
    source = make(tmp_path / "a.mov", f"-i {clip} -i {tmp_path / 'a.scc'} -map 0:v -map 1 -c copy")
    plan = vodkit.plan(source, QUICK)
    own = plan.renditions[-1]
    assert (own.name, own.role, own.caption_channel, plan.renditions[0].caption_channel) == (
        "CC1",
        "hearing_impaired",
        "CC1",
        None,
    )


def test_has_the_text_of_the_video(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nHello <i>there</i>\n")
    marks = "-metadata:s:s:0 language=ger -disposition:s:0 forced"
    source = make(tmp_path / "a.mkv", f"-i {clip} -i {tmp_path / 'a.srt'} -c copy -c:s srt {marks}")
    plan = vodkit.plan(source, QUICK)
    text = plan.renditions[-1]
    assert (text.id, text.type, text.codecs, text.init_key) == ("text", "text", "webvtt", None)
    assert (text.language, text.name, text.role, text.forced) == ("de", "Deutsch (forced)", "subtitles", True)
    assert (text.segments()[0].key, plan.renditions[0].forced) == ("text/00000.vtt", None)
    assert b"Hello <i>there</i>" in plan.segment("text", 0)
    without = vodkit.plan(source, vodkit.Ladder(rungs=[120], text=False))
    assert [each.type for each in without.renditions] == ["video", "audio"]
    with pytest.raises(TypeError, match="text must be a bool"):
        vodkit.Ladder(text=1)  # type: ignore[arg-type]


def test_has_the_chapters_of_the_video(clip: Path, tmp_path: Path) -> None:
    chapter = "[CHAPTER]\nTIMEBASE=1/1000\nSTART={}\nEND={}\ntitle={}\n"
    (tmp_path / "a.txt").write_text(";FFMETADATA1\n" + chapter.format(0, 5000, "One") + chapter.format(5000, 12000, "Two"))
    source = make(tmp_path / "a.mkv", f"-i {clip} -i {tmp_path / 'a.txt'} -map_metadata 1 -map_chapters 1 -c copy")
    assert [each.title for each in vodkit.probe(source).chapters] == ["One", "Two"]
    first, second = vodkit.plan(source, QUICK).chapters
    assert (first.title, second.title) == ("One", "Two")
    assert first.start < Fraction(1, 10) and first.end == second.start and abs(second.start - 5) < Fraction(1, 10)


def test_is_the_plan_of_the_command(plan: vodkit.Plan, clip: Path, command: Run, tmp_path: Path) -> None:
    command("plan", clip, "-o", tmp_path / "plan.json", "--rungs", "180,120", "--preset", "ultrafast")
    assert plan.to_json() == (tmp_path / "plan.json").read_text()


def test_comes_back_from_json(plan: vodkit.Plan, clip: Path) -> None:
    again = vodkit.Plan.from_json(plan.to_json(), clip.read_bytes())
    assert again == plan and hash(again) == hash(plan)
    assert again.segment("120p", 2) == plan.segment(plan.renditions[1], 2)
    assert again.init_segment("audio") == plan.init_segment("audio")


def test_without_a_source_has_no_segments(plan: vodkit.Plan) -> None:
    alone = vodkit.Plan.from_json(plan.to_json())
    assert alone.init_segment("180p") == plan.init_segment("180p")
    with pytest.raises(vodkit.InvalidArgumentError, match="no source"):
        alone.segment("180p", 0)


def test_refuses_another_source(plan: vodkit.Plan, other: Path) -> None:
    with pytest.raises(vodkit.SourceChangedError):
        vodkit.Plan.from_json(plan.to_json(), other).segment("180p", 0)


@pytest.mark.parametrize("text", ["", "{}", "[1]", "null"])
def test_refuses_what_is_no_plan(text: str) -> None:
    with pytest.raises(vodkit.InvalidPlanError):
        vodkit.Plan.from_json(text)


def test_refuses_a_plan_that_was_changed(plan: vodkit.Plan) -> None:
    with pytest.raises(vodkit.InvalidPlanError, match="changed"):
        vodkit.Plan.from_json(plan.to_json().replace('"crf": 23', '"crf": 24'))


@pytest.mark.parametrize(("rendition", "index"), [("1080p", 0), ("180p", 3), ("", 0), ("180p", 2**32 - 1), ("180p", -1), ("180p", 2**40)])
def test_says_what_is_out_of_range(plan: vodkit.Plan, rendition: str, index: int) -> None:
    with pytest.raises(vodkit.OutOfRangeError):
        plan.segment(rendition, index)


def test_manifests_name_all_tracks(plan: vodkit.Plan) -> None:
    assert plan.hls().count("#EXT-X-STREAM-INF") == 2 and "audio/playlist.m3u8" in plan.hls()
    assert plan.hls_playlist("180p").count("#EXTINF") == 3
    space = "{urn:mpeg:dash:schema:mpd:2011}"
    mpd = xml.etree.ElementTree.fromstring(plan.dash())
    assert {each.get("id") for each in mpd.iter(f"{space}Representation")} == {"180p", "120p", "audio"}
    with pytest.raises(vodkit.OutOfRangeError):
        plan.hls_playlist("240p")


def test_a_manifest_has_what_a_bandwidth_carries_and_its_lowest(plan: vodkit.Plan) -> None:
    def videos(rate: int) -> tuple[list[str], list[str]]:
        hls, dash = (vodkit.manifest_within_bandwidth(text, rate) for text in (plan.hls(), plan.dash()))
        sets = xml.etree.ElementTree.fromstring(dash).iter("{urn:mpeg:dash:schema:mpd:2011}Representation")
        return re.findall(r"\n(\d+p)/", hls), [each.attrib["id"] for each in sets if each.get("width")]

    highest = max(int(rate) for rate in re.findall(r"INF:BANDWIDTH=(\d+)", plan.hls()))
    assert videos(0) == videos(highest - 1) == (["120p"], ["120p"])
    assert videos(highest) == videos(2**64 - 1) == (["120p", "180p"], ["180p", "120p"])
    assert "audio/playlist.m3u8" in vodkit.manifest_within_bandwidth(plan.hls(), 0)
    assert vodkit.manifest_within_bandwidth(plan.dash(), 2**64 - 1) == plan.dash()


@pytest.mark.parametrize(("manifest", "said"), [("#EXTM3U", "no variants"), ("<MPD", "no XML"), ("", "neither")])
def test_what_is_no_manifest_is_refused(manifest: str, said: str) -> None:
    with pytest.raises(vodkit.InvalidArgumentError, match=said):
        vodkit.manifest_within_bandwidth(manifest, 1)


def test_a_bandwidth_is_a_number_of_bits(plan: vodkit.Plan) -> None:
    for rate in (-1, 2**64):
        with pytest.raises(vodkit.InvalidArgumentError, match="bits_per_second"):
            vodkit.manifest_within_bandwidth(plan.hls(), rate)
    with pytest.raises(TypeError, match="bits_per_second"):
        vodkit.manifest_within_bandwidth(plan.hls(), 1.8)  # type: ignore[arg-type]


def test_files_of_packages_have_a_type_and_nothing_else_has() -> None:
    assert vodkit.media_type("720p/00000.m4s") == "video/iso.segment"
    assert vodkit.media_type("captions/en.vtt") == "text/vtt; charset=utf-8"
    assert [vodkit.media_type(key) for key in ("../plan.json", "/etc/a.mp4", "host.sqlite")] == [None] * 3
    with pytest.raises(TypeError):
        vodkit.media_type(b"master.m3u8")  # type: ignore[arg-type]


def test_manifests_tell_the_rates_that_were_measured(plan: vodkit.Plan) -> None:
    sizes = [100_000] * 9
    # Video and sound, each of 3 segments in 12 seconds.
    rates = re.findall(r"AVERAGE-BANDWIDTH=(\d+)", plan.hls(sizes))
    assert [round(int(rate), -4) for rate in rates] == [400_000, 400_000]
    assert plan.hls(sizes) != plan.hls() and plan.dash(sizes) != plan.dash()
    with pytest.raises(vodkit.InvalidArgumentError):
        plan.hls(sizes[1:])


@pytest.fixture(scope="module")
def board(clip: Path) -> vodkit.Plan:
    return vodkit.plan(clip, vodkit.Ladder([120], "ultrafast", storyboard=vodkit.Storyboard(2.5, columns=2, width=64)))


def test_has_a_storyboard_where_one_is_wished(board: vodkit.Plan, plan: vodkit.Plan) -> None:
    rendition = board.renditions[-1]
    assert (rendition.id, rendition.type, rendition.segment_count, rendition.codecs) == ("storyboard", "storyboard", 1, "jpeg")
    assert (rendition.init_key, rendition.cues_key) == (None, "storyboard/storyboard.vtt")
    assert rendition.segments()[0].key == "storyboard/00001.jpg"
    assert (rendition.width, rendition.height, rendition.columns, rendition.rows, rendition.interval) == (64, 36, 2, 3, Fraction(5, 2))
    sheet = board.segment(rendition, 0)
    # Five tiles need three rows of two: the JPEG's frame header says 108 by 128.
    assert sheet[:2] == b"\xff\xd8" and bytes([0, 108, 0, 128]) in sheet[:700]
    with pytest.raises(vodkit.OutOfRangeError, match="no init segment"):
        board.init_segment(rendition)
    assert board.storyboard_vtt().count("00001.jpg#xywh=") == 5
    assert "IMAGE-STREAM-INF" in board.hls() and "image/jpeg" in board.dash()
    assert "#EXT-X-TILES:RESOLUTION=64x36,LAYOUT=2x3,DURATION=2.5" in board.hls_playlist(rendition)
    with pytest.raises(vodkit.OutOfRangeError, match="no storyboard"):
        plan.storyboard_vtt()


def test_storyboard_is_that_of_a_package(board: vodkit.Plan, tmp_path: Path) -> None:
    vodkit.package(board, tmp_path)
    assert (tmp_path / "storyboard/00001.jpg").read_bytes() == board.segment("storyboard", 0)
    assert (tmp_path / "storyboard/storyboard.vtt").read_text() == board.storyboard_vtt()


def test_clip_is_a_part_moved_to_0(clip: Path, plan: vodkit.Plan) -> None:
    part = vodkit.plan(clip, vodkit.Ladder([120], "ultrafast", clip=(1.5, Fraction(5, 2))))
    # Whole frames of sound last a little longer.
    assert 1 <= part.duration < 1.1
    rest = vodkit.plan(clip, vodkit.Ladder([120], "ultrafast", clip=(2, None)))
    assert abs(rest.duration - plan.duration + 2) < 0.1
    with pytest.raises(vodkit.InvalidArgumentError, match="begins at 60 s"):
        vodkit.plan(clip, vodkit.Ladder(clip=(60, None)))


def test_watermark_is_in_the_plan_and_has_to_be_a_picture(clip: Path) -> None:
    logo = bytes(vodkit.thumbnail(clip, format="png", width=32))
    plan = vodkit.plan(clip, vodkit.Ladder([120], "ultrafast", watermark=vodkit.Watermark(logo, "center", scale=0.5)))
    plain = vodkit.plan(clip, vodkit.Ladder([120], "ultrafast"))
    assert plan.hash != plain.hash and plan.segment("120p", 0) != plain.segment("120p", 0)
    assert pickle.loads(pickle.dumps(plan)) == plan
    with pytest.raises(vodkit.InvalidArgumentError, match="watermark cannot be read"):
        vodkit.Watermark(b"no picture").size()
    with pytest.raises(vodkit.InvalidArgumentError, match="watermark cannot be read"):
        vodkit.plan(clip, vodkit.Ladder(watermark=vodkit.Watermark(b"no picture")))


def test_thumbnail_of_a_plan_is_what_its_renditions_show(clip: Path, plan: vodkit.Plan) -> None:
    assert plan.thumbnail(at=1.5, height=90, format="png") == vodkit.thumbnail(clip, at=1.5, height=90, format="png")
    part = vodkit.plan(clip, vodkit.Ladder([120], clip=(1, None)))
    still = part.thumbnail(at=0.5, format="png")
    assert (still, still.time) == (vodkit.thumbnail(clip, at=1.5, format="png"), Fraction(1, 2))
    with pytest.raises(vodkit.InvalidArgumentError, match="format is 'tiff'"):
        plan.thumbnail(format="tiff")  # type: ignore[arg-type]


def test_captions_come_and_go(plan: vodkit.Plan) -> None:
    text = "WEBVTT\n\n00:00.500 --> 00:01.000\nGrüße!\n"
    with_captions = plan.with_captions("de", "Deutsch", text)
    assert (plan.captions, with_captions.captions) == ((), (vodkit.Captions("de", "Deutsch", text),))
    assert with_captions.without_captions("de") == plan
    assert "de.vtt" in with_captions.hls_captions("de") and "captions/de.m3u8" in with_captions.hls()
    assert pickle.loads(pickle.dumps(with_captions)) == with_captions
    with_captions.captions[0].check()
    with pytest.raises(vodkit.InvalidArgumentError, match="line 3"):
        vodkit.Captions("de", "Deutsch", "WEBVTT\n\n-->\n").check()
    with pytest.raises(vodkit.OutOfRangeError, match='"de"'):
        plan.without_captions("de")
    with pytest.raises(vodkit.InvalidArgumentError, match="not WebVTT"):
        plan.with_captions("de", "Deutsch", "1")


def test_animation_is_a_gif(plan: vodkit.Plan) -> None:
    gif = plan.animation(at=1, height=60, seconds=1.5, frame_rate=4)
    with PIL.Image.open(io.BytesIO(gif)) as image:
        assert (image.format, image.size) == ("GIF", (gif.width, gif.height)) and gif.height == 60
    assert repr(gif) == f"<vodkit.Animation {gif.width}x60, {len(gif)} bytes>"
    assert base64.b64decode(gif._repr_html_().split("base64,")[1].rstrip('">')) == gif
    # One graphic control extension a picture, of 25 hundredths of a second each.
    assert len(re.findall(rb"\x21\xf9\x04.\x19\x00", gif, re.DOTALL)) == 6
    with pytest.raises(vodkit.InvalidArgumentError, match="0.1 to 60"):
        plan.animation(seconds=0)


def test_goes_to_other_processes_with_its_source(
    plan: vodkit.Plan, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(clip.parent)
    pickled = pickle.dumps(vodkit.plan(vodkit.Source(clip.name, limits=vodkit.Limits(duration=20)), QUICK))
    monkeypatch.chdir(tmp_path)  # as another process may have another folder
    again = pickle.loads(pickled)
    assert again == vodkit.plan(clip, QUICK)
    assert (again.source.where, again.source.limits) == (str(clip), vodkit.Limits(duration=20))
    assert again.segment("180p", 1) == plan.segment("180p", 1)
    bare = pickle.loads(pickle.dumps(vodkit.Plan.from_json(plan.to_json())))
    assert bare == plan
    with open(clip, "rb") as file, pytest.raises(TypeError, match="to_json"):
        pickle.dumps(vodkit.plan(file, QUICK))


def test_renditions_know_their_segments(plan: vodkit.Plan) -> None:
    video, _, audio = plan.renditions
    assert [segment.key for segment in video.segments()] == [f"180p/0000{index}.m4s" for index in range(3)]
    assert [segment.start for segment in video.segments()] == [0, 4, 8]
    assert [segment.duration for segment in video.segments()] == [4, 4, 4]
    assert sum(segment.duration for segment in audio.segments()) == plan.duration
    assert (video.init_key, video.playlist_key, video.cues_key) == ("180p/init.mp4", "180p/playlist.m3u8", None)
    assert (audio.name, audio.default, audio.width, video.channels) == ("Deutsch", True, None, None)
    assert (audio.role, video.role) == ("programme", None)
    again = pickle.loads(pickle.dumps(audio))
    assert again == audio and again.segments() == audio.segments()
    assert plan.rendition("audio") is audio
    with pytest.raises(vodkit.OutOfRangeError, match="it has 180p, 120p, audio"):
        plan.rendition("1080p")


def test_all_segments_are_in_the_tasks(plan: vodkit.Plan) -> None:
    tasks = plan.tasks()
    parts = [(id, index) for task in tasks for id in task.renditions for index in range(task.first, task.first + task.count)]
    segments = [(each.id, segment.index) for each in plan.renditions for segment in each.segments()]
    assert sorted(parts) == sorted(segments)
    assert tasks[0].renditions == ("180p", "120p") and tasks[0].cost > tasks[-1].cost
    for task in tasks:
        assert vodkit.Task.from_json(task.to_json()) == pickle.loads(pickle.dumps(task)) == task
    with pytest.raises(vodkit.InvalidArgumentError):
        vodkit.Task.from_json("{}")


def test_gives_frames_as_pixels(plan: vodkit.Plan) -> None:
    frame = plan.frame(at=1.5, width=160)
    assert (frame.width, frame.height, frame.time, len(frame)) == (160, 90, Fraction(3, 2), 160 * 90 * 3)
    assert frame == vodkit.frame(plan.source, at=1.5, width=160) if plan.source else False
    frames = plan.frames(every=Fraction(5, 2), start=1, width=64, height=36)
    assert next(frames) == plan.frame(at=1, width=64, height=36)
    assert [frame.time for frame in frames] == [Fraction(7, 2), 6, Fraction(17, 2), 11]
    assert [frame.time for frame in plan.frames(every=1, end=2)] == [0, 1]
    # Memory is used again, but not while somebody has it.
    kept = [
        (one.time, one.to_numpy())
        for one in plan.frames(every=Fraction(1, 24), start=Fraction(47, 24), end=Fraction(51, 24), width=64)
    ]
    assert len(kept) == 4
    for time, array in kept:
        assert array.tobytes() == bytes(plan.frame(at=time, width=64))
    for wrong in (0, -1):
        with pytest.raises(vodkit.InvalidArgumentError, match="must be above 0"):
            plan.frames(every=wrong)
    with pytest.raises(TypeError, match="width must be an int, not str"):
        plan.frames(every=1, width="64")  # type: ignore[arg-type]


def test_pictures_are_kept(plan: vodkit.Plan, tmp_path: Path) -> None:
    cache, options = vodkit.ThumbnailCache(tmp_path / "kept", 1 << 20), vodkit.ThumbnailOptions(at=1, width=64)
    made = cache.thumbnail(plan, options)
    assert made == plan.thumbnail(at=1, width=64)
    (file,) = (tmp_path / "kept").iterdir()
    file.write_bytes(b"kept")
    assert cache.thumbnail(plan, options) == b"kept" != cache.thumbnail(plan, options, format="png")
    again = vodkit.ThumbnailCache(tmp_path / "kept", 1 << 20)
    assert again.thumbnail(plan, options) == b"kept"


def test_sources_have_limits_of_their_own(clip: Path) -> None:
    short = vodkit.Source(clip, limits=vodkit.Limits(duration=1))
    for work in (vodkit.probe, vodkit.plan, vodkit.thumbnail):
        with pytest.raises(vodkit.LimitExceededError):
            work(short)
    source = vodkit.Source(clip)
    assert vodkit.plan(source, QUICK) == vodkit.Plan.from_json(vodkit.plan(source, QUICK).to_json(), source)
    with pytest.raises(vodkit.InvalidArgumentError, match="give the limits to vodkit.Source"):
        vodkit.probe(source, vodkit.Limits())
    assert repr(source) == f"<vodkit.Source of {str(clip)!r}>"
    assert repr(vodkit.Source(b"12345")) == "<vodkit.Source of 5 bytes>"
