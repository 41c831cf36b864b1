"""What a viewer waits for: the first segment of `vodkit serve`, and the first picture of a link in a browser; with this build and
with the one before."""

import json
import math
import os
import re
import statistics
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

from measure import Run, around_median, pairs
from report import Row
from stills import served
from tools import Tools

BROWSER = Path(__file__).resolve().parents[2] / "tests/browser"
FAR = "100 Mbit/s, 40 ms"


def text(server: HTTPConnection, path: str) -> str:
    server.request("GET", path)
    answer = server.getresponse()
    assert answer.status == 200, f"{path}: {answer.status}"
    return answer.read().decode(errors="replace")


def first_segment(tools: Tools, video: Path) -> Run:
    """From the start of the command until the first segment of the lowest rung has been received."""
    with served(tools, video) as (server, since):
        rungs = re.findall(r"^(\d+)p/playlist\.m3u8", text(server, "/master.m3u8"), re.MULTILINE)
        folder = f"/{min(map(int, rungs))}p"
        first = next(line for line in text(server, f"{folder}/playlist.m3u8").splitlines() if line.endswith(".m4s"))
        assert len(text(server, f"{folder}/{first}")) > 1000
        return Run(since(), math.nan, math.nan)


def segment(tools: Tools, base: Tools, count: int, video: Path) -> Row:
    took = pairs(count, lambda: first_segment(tools, video), lambda: first_segment(base, video))
    measured = f"{took.ours.wall:.3f} / {took.theirs.wall:.3f} s"
    limit = "planning and the pictures before the segment's end, decoded, are what is left."
    return Row("first segment of the lowest rung of `serve`", "the build before", 0.45, took.wall, measured, limit)


def link(tools: Tools, base: Tools, count: int, videos: dict[str, tuple[Path, float]]) -> Iterator[Row]:
    """Each video's most seconds are beside it."""
    if not (BROWSER / "node_modules/playwright-core").exists():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=BROWSER, check=True)
    command = ["node", "link.mjs", str(count), *(str(video) for video, _ in videos.values())]
    environment = os.environ | {"VODKIT_COMMAND": tools.vodkit, "BASE": base.vodkit}
    lines = subprocess.check_output(command, cwd=BROWSER, env=environment, text=True).splitlines()
    for (name, (_, most)), line in zip(videos.items(), lines, strict=True):
        found = json.loads(line)
        ratios = [one / other for one, other in zip(found["ours"], found["base"], strict=True)]
        ours, theirs = (statistics.median(found[side]) / 1000 for side in ("ours", "base"))
        low, high = around_median(ratios)
        measured, limit = f"{ours:.2f} / {theirs:.2f} s", f"the ratio lies between {low:.2f} and {high:.2f} (95 %)."
        work = f"link to {name} of 1080p, {FAR}: first picture in Chromium"
        yield Row(work, "the build before", 0.6, statistics.median(ratios), measured, limit)
        yield Row(work, f"{most} s", 1.0, ours / most, f"{ours:.2f} s", limit)
