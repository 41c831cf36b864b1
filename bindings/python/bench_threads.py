"""Measures how much faster threads are than one: with the GIL released, about as many times as there are cores.

    python bench_threads.py [VIDEO]

Without a video it makes one of 30 seconds with the ffmpeg command.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import vodkit

MAKE = "ffmpeg -v error -f lavfi -i testsrc2=size=640x360:rate=24:duration=30 -c:v libx264 -preset veryfast"


def seconds(threads: int, work: Callable[[int], object], count: int) -> float:
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(count)))
    return time.perf_counter() - start


def bench(video: Path) -> None:
    cores = len(os.sched_getaffinity(0))
    plan = vodkit.plan(video, vodkit.Ladder([360], preset="veryfast"))
    count = plan.tracks[0].segments
    works: dict[str, tuple[Callable[[int], object], int]] = {
        "probe": (lambda _: vodkit.probe(video), 100),
        "thumbnail": (lambda number: vodkit.thumbnail(video, pct=number / 30, width=320), 30),
        "segment": (lambda number: plan.segment(plan.tracks[0], number), count),
    }
    print(f"| work | 1 thread | {cores} threads | times as fast |")
    print("| --- | --- | --- | --- |")
    for name, (work, count) in works.items():
        # The best of three, as other programs may be running.
        rounds = [(seconds(1, work, count), seconds(cores, work, count)) for _ in range(3)]
        alone, together = map(min, zip(*rounds, strict=True))
        print(f"| {count} x {name} | {alone:.2f} s | {together:.2f} s | {alone / together:.2f} |")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        bench(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder, "video.mp4")
            subprocess.run([*MAKE.split(), str(made)], check=True, stdin=subprocess.DEVNULL)
            bench(made)
