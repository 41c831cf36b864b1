"""Stills: by a source and by its plan, asked for again, as small files, and as arrays in a row."""

import http.client
import io
import os
import re
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import PIL.Image
import vodkit
from measure import pairs, run
from report import Row
from tools import Tools

Call = Callable[[], object]


def took(call: Call) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def in_turns(count: int, ours: Call, theirs: Call) -> tuple[float, str]:
    """The median ratio of two calls in this process, and what they took."""
    both = []
    for turn in range(count):
        if turn % 2:
            other = took(theirs)
            both.append((took(ours), other))
        else:
            both.append((took(ours), took(theirs)))
    one, other = (statistics.median(side) * 1000 for side in zip(*both, strict=True))
    return statistics.median(one / other for one, other in both), f"{one:.3g} / {other:.3g} ms"


def of_files(tools: Tools, count: int, video: Path, before: str, at: str, picture: Path) -> Iterator[Row]:
    """Stills in the video's own size, by the commands; `before` is the keyframe before `at`."""
    ours = [tools.vodkit, "thumbnail", str(video), "--at", at, "-o", str(picture)]
    theirs = [tools.ffmpeg, "-v", "error", "-y", "-ss", at, "-i", str(video), "-frames:v", "1", str(picture)]
    exact = pairs(count, lambda: run(ours), lambda: run(theirs))
    cpu = f"{exact.ours.cpu:.2f} / {exact.theirs.cpu:.2f} s"
    bare = [tools.ffmpeg, "-v", "error", "-skip_frame", "noref", "-threads", "1", "-ss", before, "-to", at]
    bare += ["-i", str(video), "-an", "-fps_mode", "passthrough", "-f", "null", "-"]
    alone = pairs(count, lambda: run(bare), lambda: run(theirs))
    limit = (
        f"the processor time is {cpu}. ffmpeg with one thread, which only decodes the pictures that others may need from the "
        f"keyframe on and makes nothing of them, takes {alone.cpu:.2f} of ffmpeg -ss."
    )
    measured = f"{exact.ours.wall * 1000:.0f} / {exact.theirs.wall * 1000:.0f} ms"
    yield Row("still of a time in 1080p, far from a keyframe", "ffmpeg -ss", 0.55, exact.wall, measured, limit)
    keyframe = [tools.ffmpeg, "-v", "error", "-y", "-skip_frame", "nokey", "-ss", at, "-i", str(video)]
    keyframe += ["-frames:v", "1", str(picture)]
    near = pairs(count, lambda: run([*ours, "--nearest-keyframe"]), lambda: run(keyframe))
    cpu = f"{near.ours.cpu * 1000:.0f} / {near.theirs.cpu * 1000:.0f} ms"
    limit = f"the processor time is {cpu}: ours reads the index, and makes exact red, green and blue before the JPEG."
    measured = f"{near.ours.wall * 1000:.0f} / {near.theirs.wall * 1000:.0f} ms"
    yield Row("still at the nearest keyframe in 1080p", "ffmpeg -skip_frame nokey", 0.55, near.wall, measured, limit)


def by_plan(count: int, video: Path) -> Iterator[Row]:
    """At a keyframe that no segment begins with."""
    plan = vodkit.plan(video)
    ratio, measured = in_turns(count, lambda: plan.thumbnail(at=15), lambda: vodkit.thumbnail(video, at=15))
    limit = "the packets from the segment's first one on are read."
    yield Row("still by plan at a keyframe", "a still by source", 1.0, ratio, measured, limit)


@contextmanager
def served(tools: Tools, video: Path, *options: str) -> Iterator[tuple[http.client.HTTPConnection, Callable[[], float]]]:
    """`vodkit serve` that has made nothing yet, and how many seconds ago it was started."""
    with tempfile.TemporaryDirectory(prefix="vodkit-compare-") as scratch:
        command = [tools.vodkit, "serve", str(video), "--port", "0", "--quiet", "-o", f"{scratch}/served", *options]
        environment = os.environ | {"XDG_CACHE_HOME": f"{scratch}/cache"}
        start = time.monotonic()
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        try:
            said = server.stdout.readline() if server.stdout else ""
            found = re.search(r"http://([^/]*)", said)
            yield http.client.HTTPConnection(found[1] if found else said), lambda: time.monotonic() - start
        finally:
            server.kill()
            server.wait()


def once_more(server: http.client.HTTPConnection, path: str, count: int, name: str) -> Row:
    """Stills of a server that it has not made yet, and the same once more."""

    def ask(second: int) -> float:
        def answer() -> None:
            server.request("GET", f"{path}?time={second}s")
            given = server.getresponse()
            assert given.status == 200 and len(given.read()) > 1000, given.status

        return took(answer)

    ask(0)
    both = [(ask(second), ask(second)) for second in range(1, count + 1)]
    first, second = (statistics.median(side) * 1000 for side in zip(*both, strict=True))
    ratio = statistics.median(second / first for first, second in both)
    limit = "what is left is the request itself."
    return Row(name, "the first time", 0.02, ratio, f"{second:.3g} / {first:.3g} ms", limit)


def again(tools: Tools, count: int, video: Path) -> Iterator[Row]:
    """The same still once more, of `vodkit serve`."""
    with served(tools, video, "--on-request") as (server, _):
        yield once_more(server, "/thumbnail.jpg", count, "the same still asked for again")


def ssim(tools: Tools, picture: bytes, exact: Path, scratch: Path) -> float:
    made = scratch / "made"
    made.write_bytes(picture)
    same = "[0:v]format=yuv444p[made];[1:v]format=yuv444p[exact];[made][exact]ssim"
    command = [tools.ffmpeg, "-nostdin", "-i", str(made), "-i", str(exact), "-lavfi", same, "-f", "null", "-"]
    said = subprocess.run(command, check=True, text=True, capture_output=True).stderr
    return float(re.findall(r"SSIM .*All:([\d.]+)", said)[-1])


def files(tools: Tools, video: Path, scratch: Path) -> Iterator[Row]:
    """The size of a still beside Pillow's that is as good: its sizes for the qualities around, and what lies between."""
    exact = scratch / "exact.png"
    exact.write_bytes(vodkit.thumbnail(video, at=20, format="png"))
    image = PIL.Image.open(exact).convert("RGB")

    def by_pillow(format: str, quality: int) -> tuple[float, int]:
        file = io.BytesIO()
        image.save(file, format, quality=quality)
        return ssim(tools, file.getvalue(), exact, scratch), len(file.getvalue())

    for format in ("jpeg", "webp"):
        ours = vodkit.thumbnail(video, at=20, format=format)
        good = ssim(tools, ours, exact, scratch)
        known = [by_pillow(format, quality) for quality in range(60, 97)]
        below = max((one for one in known if one[0] <= good), default=known[0])
        above = min((one for one in known if one[0] >= good), default=known[-1])
        share = (good - below[0]) / (above[0] - below[0]) if above[0] > below[0] else 0
        size = below[1] + share * (above[1] - below[1])
        measured = f"{len(ours) / 1000:.1f} / {size / 1000:.1f} kB at SSIM {good:.4f}"
        yield Row(f"{format} still of a real clip", "Pillow at equal SSIM: size", 1.05, len(ours) / size, measured)


def in_sequence(count: int, video: Path, frames: int = 120) -> Iterator[Row]:
    """Consecutive frames as arrays."""
    plan = vodkit.plan(video)
    rate = next(track.video.frame_rate for track in vodkit.probe(video).tracks if track.video)

    def ours() -> None:
        assert sum(1 for frame in plan.frames(every=1 / rate, end=frames / rate) if frame.to_numpy().any()) > frames / 2

    def theirs() -> None:
        with av.open(str(video)) as container:
            made = (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
            assert sum(1 for _, array in zip(range(frames), made, strict=False) if array.any()) > frames / 2

    ratio, measured = in_turns(count, ours, theirs)
    limit = f"for {frames} frames; red, green and blue are reckoned exactly, PyAV's have the nearest colour sample."
    yield Row("consecutive frames as arrays, Python", "PyAV in sequence", 1.3, ratio, measured, limit)
