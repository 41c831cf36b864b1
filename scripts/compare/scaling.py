"""How a ladder's speed grows with cores. Called by scripts/scaling.sh, which says how."""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from measure import Run, run
from report import machine
from tools import RUNGS, Tools, ffmpeg_ladder, plan_of, vodkit_ladder

FULL = 600.0  # seconds of video


@dataclass(frozen=True)
class Point:
    cores: int
    video: float  # seconds of it
    ours: float  # seconds of wall time
    theirs: float
    speed: float  # seconds of video in a second
    efficiency: float  # of ours, by as many single cores
    theirs_efficiency: float
    ratio: float  # ours to theirs


class Scaling:
    def __init__(self, tools: Tools, clip: Path, scratch: Path) -> None:
        self.tools, self.scratch = tools, scratch
        self.full = scratch / "full.mp4"
        times = int(FULL // max(duration(tools, clip), 0.1)) + 1
        self.copy(clip, self.full, "-stream_loop", str(times), limit=FULL)

    def copy(self, source: Path, target: Path, *options: str, limit: float) -> None:
        command = [self.tools.ffmpeg, "-nostdin", "-v", "error", "-y", *options, "-i", str(source)]
        run([*command, "-map", "0:v:0", "-map", "0:a:0?", "-t", f"{limit:.3f}", "-c", "copy", str(target)])

    def part(self, seconds: float) -> Path:
        path = self.scratch / "part.mp4"
        self.copy(self.full, path, limit=seconds)
        return path

    def fresh(self, name: str) -> Path:
        folder = self.scratch / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def ours(self, video: Path, cores: int) -> Run:
        return run(vodkit_ladder(self.tools, video, self.fresh("ours"), "--workers", str(cores)), slice(cores))

    def theirs(self, video: Path, cores: int) -> Run:
        return run(ffmpeg_ladder(self.tools, video, self.fresh("theirs"), plan_of(self.tools, video)), slice(cores))

    def measure(self, counts: list[int], limit: float) -> list[Point]:
        end = time.monotonic() + limit
        video = self.part(8)
        single = 8 / self.ours(video, 1).wall
        points: list[Point] = []
        for left, cores in zip(range(len(counts), 0, -1), counts, strict=True):
            # Half of the time for each program, and a tenth to spare, as neither grows as it should.
            each = (end - time.monotonic()) / left / 2 * 0.9
            seconds = min(FULL, max(single * cores * each * 0.8, 8))
            video = self.part(seconds)
            seconds = min(seconds, duration(self.tools, video))
            ours, theirs = self.ours(video, cores).wall, self.theirs(video, cores).wall
            first = points[0] if points else None
            base, theirs_base = (seconds / ours, seconds / theirs) if first is None else bases(first)
            by = cores / (first.cores if first else cores)
            efficiency, other = seconds / ours / base / by, seconds / theirs / theirs_base / by
            points.append(Point(cores, seconds, ours, theirs, seconds / ours, efficiency, other, ours / theirs))
            print(line(points[-1]), flush=True)
        return points


def bases(first: Point) -> tuple[float, float]:
    return first.video / first.ours, first.video / first.theirs


def duration(tools: Tools, video: Path) -> float:
    """By vodkit, as ffprobe may not be there."""
    made = subprocess.check_output([tools.vodkit, "probe", "--quick", "--json", str(video)], stdin=subprocess.DEVNULL)
    number, _, by = str(json.loads(made)["duration"]).partition("/")
    return int(number) / int(by or 1)


HEAD = "| cores | video | vodkit | x real time | efficiency | ffmpeg | efficiency | vodkit / ffmpeg |\n" + "| ---: " * 8 + "|"


def line(point: Point) -> str:
    ours = f"{point.ours:.1f} s | {point.speed:.2f} | {point.efficiency:.2f}"
    theirs = f"{point.theirs:.1f} s | {point.theirs_efficiency:.2f} | {point.ratio:.2f}"
    return f"| {point.cores} | {point.video:.0f} s | {ours} | {theirs} |"


def default_counts(cores: int) -> list[int]:
    return [count for count in (1, 2, 4, 8, 16) if count <= cores] or [1]


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/scaling.sh", description="How a ladder's speed grows with cores.")
    parser.add_argument("clip", type=Path)
    parser.add_argument("--cores", help="numbers of cores (default: 1,2,4,8,16, as far as there are)")
    parser.add_argument("--seconds", type=float, default=270, help="time that it may take (default: 270)")
    parser.add_argument("--json", type=Path, help="a file for the numbers")
    parser.add_argument("--vodkit", default="target/release/vodkit")
    parser.add_argument("--ffmpeg", default="ffmpeg")
    arguments = parser.parse_args()
    there = len(os.sched_getaffinity(0))
    try:
        counts = sorted({int(count) for count in arguments.cores.split(",")}) if arguments.cores else default_counts(there)
    except ValueError:
        sys.exit(f"--cores {arguments.cores}: numbers with commas between them are wanted, such as 1,2,4")
    if counts[0] < 1 or counts[-1] > there:
        sys.exit(f"--cores {arguments.cores}: this process may use {there} cores")
    for what in (arguments.vodkit, arguments.ffmpeg):
        if not shutil.which(what):
            sys.exit(f"{what} is not there: build it, or name another by --vodkit or --ffmpeg")
    if not arguments.clip.is_file():
        sys.exit(f"{arguments.clip} is not there: name a clip")
    tools = Tools(arguments.vodkit, arguments.ffmpeg, "", "")
    with tempfile.TemporaryDirectory() as scratch:
        begun = time.monotonic()
        scaling = Scaling(tools, arguments.clip, Path(scratch))
        print(f"{machine()}; ladder {RUNGS} of {arguments.clip.name}, repeated to ten minutes\n\n{HEAD}", flush=True)
        points = scaling.measure(counts, arguments.seconds - (time.monotonic() - begun))
    if arguments.json:
        found = {"machine": machine(), "clip": arguments.clip.name, "points": [asdict(point) for point in points]}
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
