"""The programs that are compared, and what they are told so that they do the same work."""

import copy
import json
import math
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import Command, busy_cpu, folder_size, run


@dataclass(frozen=True)
class Tools:
    vodkit: str
    ffmpeg: str
    ffprobe: str
    packager: str

    def versions(self) -> list[str]:
        def first_line(command: Command) -> str:
            return subprocess.check_output(command, text=True, stderr=subprocess.STDOUT).splitlines()[0]

        lines = [first_line([self.vodkit, "--version"])]
        lines += [re.sub(r" Copyright.*", "", first_line([tool, "-version"])) for tool in (self.ffmpeg, self.ffprobe)]
        return [*lines, f"Shaka {first_line([self.packager, '--version'])}"]


RUNGS = "720,480,360"


def vodkit_ladder(tools: Tools, video: Path, out: Path, *options: str) -> Command:
    return [tools.vodkit, "package", str(video), "-o", str(out), "--rungs", RUNGS, "--no-thumbnail", "-q", *options]


def plan_of(tools: Tools, video: Path, *options: str) -> dict[str, Any]:
    options = options or ("--rungs", RUNGS)
    made = subprocess.check_output([tools.vodkit, "plan", str(video), *options], stdin=subprocess.DEVNULL)
    plan: dict[str, Any] = json.loads(made)
    return plan


def x264(track: dict[str, Any], plan: dict[str, Any]) -> dict[str, str]:
    """ffmpeg's options for the encode that a plan asks for."""
    distance = str(plan["source_video"]["keyframe_interval"])
    encode = track["coding"]["encode"]
    return {
        "c:v": "libx264",
        "preset": encode["preset"],
        "profile:v": track["profile"],
        "level": f"{track['level'] / 10}",
        "crf": str(encode["crf"]),
        "maxrate": str(track["max_rate"]),
        "bufsize": str(track["buffer_size"]),
        "refs": str(encode["references"]),
        "g": distance,
        "keyint_min": distance,
        "sc_threshold": "0",
        "flags": "+cgop",
    }


def videos(plan: dict[str, Any]) -> list[dict[str, Any]]:
    return [track for track in plan["renditions"] if track["type"] == "video"]


def ffmpeg_ladder(tools: Tools, video: Path, out: Path, plan: dict[str, Any]) -> Command:
    """One command: decoded once, scaled to each size, encoded with the plan's settings, cut into HLS."""
    tracks = videos(plan)
    names = [f"v{number}" for number in range(len(tracks))]
    splits = f"[0:v]split={len(tracks)}" + "".join(f"[s{name}]" for name in names)
    scales = [
        f"[s{name}]scale={track['width']}:{track['height']}:flags=bicubic[{name}]"
        for name, track in zip(names, tracks, strict=True)
    ]
    command = [tools.ffmpeg, "-nostdin", "-v", "error", "-y", "-i", str(video)]
    command += ["-filter_complex", ";".join([splits, *scales])]
    for number, (name, track) in enumerate(zip(names, tracks, strict=True)):
        command += ["-map", f"[{name}]"]
        for option, value in x264(track, plan).items():
            option = option if option.endswith(":v") else f"{option}:v"
            command += [f"-{option}:{number}", value]
    command += ["-map", "0:a:0", "-c:a", "aac", "-b:a", "128k"]
    seconds = plan["source_video"]["windows"][1]["first_frame"] / rate(plan)
    streams = " ".join(f"v:{number},agroup:sound" for number in range(len(tracks))) + " a:0,agroup:sound"
    command += ["-f", "hls", "-hls_time", f"{seconds}", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4"]
    command += ["-master_pl_name", "master.m3u8", "-var_stream_map", streams]
    return [*command, "-hls_segment_filename", f"{out}/%v/%05d.m4s", f"{out}/%v/playlist.m3u8"]


def vodkit_copy(tools: Tools, video: Path, out: Path) -> Command:
    copy = ["--copy-top", "always", "--rungs", "none", "--no-thumbnail", "-q"]
    return [tools.vodkit, "package", str(video), "-o", str(out), *copy]


def ffmpeg_copy(tools: Tools, video: Path, out: Path) -> Command:
    command = [tools.ffmpeg, "-nostdin", "-v", "error", "-i", str(video), "-c", "copy", "-f", "dash"]
    return [*command, "-seg_duration", "4", "-hls_playlist", "1", f"{out}/manifest.mpd"]


def shaka_copy(tools: Tools, video: Path, out: Path) -> Command:
    def stream(kind: str) -> str:
        names = f"init_segment={out}/{kind}/init.mp4,segment_template={out}/{kind}/$Number$.m4s"
        return f"in={video},stream={kind},{names},playlist_name={kind}.m3u8"

    manifests = ["--mpd_output", f"{out}/manifest.mpd", "--hls_master_playlist_output", f"{out}/master.m3u8"]
    return [tools.packager, stream("video"), stream("audio"), "--segment_duration", "4", *manifests, "--quiet"]


SHEETS = 4


def vodkit_storyboard(tools: Tools, video: Path, out: Path) -> Command:
    """The plan, and then all sheets by one command."""
    plan = '"$0" plan "$1" --storyboard -o "$2/plan.json"'
    sheets = f'"$0" segment "$2/plan.json" --source "$1" --rendition storyboard --index 0-{SHEETS - 1} -d "$2"'
    return ["sh", "-ec", f'{plan}; {sheets}; mv "$2"/storyboard/*.jpg "$2"', tools.vodkit, str(video), str(out)]


def ffmpeg_storyboard(tools: Tools, video: Path, out: Path) -> Command:
    command = [tools.ffmpeg, "-nostdin", "-v", "error", "-y", "-i", str(video)]
    return [*command, "-vf", "fps=1/10,scale=160:-2,tile=5x5", f"{out}/out%d.jpg"]


def keyframes_alone(tools: Tools, video: Path) -> tuple[float, int]:
    """Seconds of one core for decoding all keyframes, as tiles are, and how many there are."""
    decode = [tools.ffmpeg, "-nostdin", "-v", "error", "-threads", "1", "-skip_frame", "nokey", "-skip_loop_filter", "all"]
    decode += ["-i", str(video), "-an", "-fps_mode", "passthrough"]
    made = subprocess.check_output([*decode, "-f", "framecrc", "-"], text=True)
    return run([*decode, "-f", "null", "-"]).cpu, sum(not line.startswith("#") for line in made.splitlines())


def rate(plan: dict[str, Any]) -> float:
    number, _, by = str(plan["source_video"]["frame_rate"]).partition("/")
    return int(number) / int(by or 1)


def vmaf(tools: Tools, playlist: Path, video: Path, size: tuple[int, int]) -> float:
    """The mean VMAF of a rendition against the source in the rendition's size."""
    # One name for the colours on both sides: where they differ, ffmpeg converts what is to be compared.
    same = "setpts=PTS-STARTPTS,setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
    reference = f"[1:v]scale={size[0]}:{size[1]}:flags=bicubic,format=yuv420p,{same}[reference]"
    compared = f"[0:v]{same}[made];[made][reference]libvmaf=n_threads=2:log_fmt=json:log_path=/dev/stdout"
    command = [tools.ffmpeg, "-nostdin", "-v", "error", "-i", str(playlist), "-i", str(video)]
    command += ["-filter_complex", f"{reference};{compared}", "-f", "null", "-"]
    report = json.loads(subprocess.check_output(command, stdin=subprocess.DEVNULL))
    return float(report["pooled_metrics"]["vmaf"]["mean"])


def of_equal_size(tools: Tools, video: Path, plan: dict[str, Any], ours: Path, theirs: Path) -> dict[str, Any]:
    """The plan with the rate factors by which ffmpeg makes files of the size of ours: one stream for all segments has other bits."""
    plan = copy.deepcopy(plan)
    for _ in range(2):
        run(ffmpeg_ladder(tools, video, theirs, plan))
        for number, track in enumerate(videos(plan)):
            ratio = folder_size(theirs / str(number), "*.m4s") / folder_size(ours / track["id"], "*.m4s")
            # Six more halve the bits.
            track["coding"]["encode"]["crf"] += round(6 * math.log2(ratio), 2)
    return plan


def cpu_of_parts(tools: Tools, video: Path, plan: dict[str, Any], scratch: Path) -> dict[str, float]:
    """CPU seconds of each part of the ladder, on one thread each, with the same part on every other core: cores share caches and
    memory."""
    base = [tools.ffmpeg, "-nostdin", "-v", "error", "-y", "-filter_threads", "1", "-threads", "1"]
    decode = busy_cpu([*base, "-i", str(video), "-map", "0:v:0", "-f", "null", "-"])
    parts = {"decode": decode}
    for track in videos(plan):
        size = f"{track['width']}:{track['height']}"
        raw = scratch / "raw.y4m"
        scale = ["-vf", f"scale={size}:flags=bicubic,format=yuv420p", "-map", "0:v:0"]
        scaled = busy_cpu([*base, "-i", str(video), *scale, "-f", "null", "-"])
        parts[f"scale {track['id']}"] = max(scaled - decode, 0.0)
        run([*base, "-i", str(video), *scale, "-f", "yuv4mpegpipe", str(raw)])
        read = busy_cpu([*base, "-i", str(raw), "-f", "null", "-"])
        options = [text for name, value in x264(track, plan).items() for text in (f"-{name}", value)]
        encode = busy_cpu([*base, "-i", str(raw), *options, "-threads", "1", "-f", "null", "-"])
        parts[f"encode {track['id']}"] = encode - read
        raw.unlink()
    parts["sound"] = busy_cpu([*base, "-i", str(video), "-map", "0:a:0", "-c:a", "aac", "-b:a", "128k", "-f", "null", "-"])
    return parts
