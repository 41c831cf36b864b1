"""What the rate cap costs: segments that share one decoder's buffer beside ffmpeg's one stream under the same cap."""

from collections.abc import Iterator
from pathlib import Path

from measure import folder_size, run
from report import Row
from tools import Tools, ffmpeg_ladder, of_equal_size, plan_of, rate, videos, vmaf

RUNG = "720"
PRESETS = ("ultrafast", "superfast", "veryfast")


def rows(tools: Tools, video: Path, scratch: Path) -> Iterator[Row]:
    for preset in PRESETS:
        options = ["--rungs", RUNG, "--preset", preset]
        ours, theirs = scratch / f"{preset}-ours", scratch / f"{preset}-theirs"
        theirs.mkdir()
        plan = plan_of(tools, video, *options)
        [track] = videos(plan)
        run([tools.vodkit, "package", str(video), "-o", str(ours), "--no-thumbnail", "-q", *options])
        run(ffmpeg_ladder(tools, video, theirs, of_equal_size(tools, video, plan, ours, theirs)))
        size = (track["width"], track["height"])
        good = vmaf(tools, ours / track["id"] / "playlist.m3u8", video, size)
        reference = vmaf(tools, theirs / "0" / "playlist.m3u8", video, size)
        sizes = [folder_size(folder, "*.m4s") / 1e6 for folder in (ours / track["id"], theirs / "0")]
        measured = f"{good:.2f} / {reference:.2f}, {sizes[0]:.2f} / {sizes[1]:.2f} MB"
        most = max(path.stat().st_size for path in (theirs / "0").glob("*.m4s")) * 8
        seconds = plan["source_video"]["windows"][1]["first_frame"] / rate(plan)
        limit = (
            f"a segment of ffmpeg's has up to {most / seconds / track['max_rate']:.2f} of what the cap brings in its time, out of the "
            "buffer that easier ones before left full; ours may not, as each is made without a look at others."
        )
        work = f"VMAF of {RUNG}p with {preset} under its rate cap"
        yield Row(work, "ffmpeg's one stream of that size: how much less", 0.3, reference - good, measured, limit)
