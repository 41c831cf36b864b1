#!/usr/bin/env python3
"""What damage costs: the processor time and peak memory of `vodkit probe` and `vodkit plan` for damaged inputs, as
multiples of those for the same input undamaged, which are to be at most 2. Called by `make bench`.

    scripts/damaged.py [--each N] [--only NAME] [--ffmpeg COMMAND] VODKIT

The inputs are those that the tests damage, and for each container N more: a bit here and there, numbers of headers at
their limits, ends cut off, stretches of zeros. Which ones is the same in every run.

Where the beginning is lost, 60 milliseconds are left out: FFmpeg looks at up to a megabyte to recognise a format.
"""

import argparse
import os
import random
import resource
import statistics
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

LIMIT = 2.0
# Seconds of processor time and bytes of memory after which a process is stopped: that is far above the limit.
MAX_SECONDS, MAX_BYTES = 4, 4 << 30
# What is above this share of the limit is measured again, as others may have the machine too.
NEAR, RUNS = 0.7, 5
# Seconds that it takes to recognise no format.
RECOGNITION = 0.06

PICTURES = "-f lavfi -i testsrc2=s=160x120:r=25:d=10 -f lavfi -i sine=d=10:r=48000"
SOUND = "-f lavfi -i sine=d=10:r=48000"
H264 = f"{PICTURES} -pix_fmt yuv420p -c:v libx264 -preset ultrafast -bf 2 -b_strategy 0 -g 25 -c:a aac"

INPUTS = {
    "mp4": f"{H264} -movflags +faststart",
    "fragments.mp4": f"{H264} -movflags frag_keyframe+empty_moov+default_base_moof",
    "sidx.mp4": f"{H264} -movflags dash+frag_keyframe",
    "mov": f"{PICTURES} -c:v mjpeg -pix_fmt yuvj420p -c:a pcm_s16le",
    "mkv": f"{H264} -cluster_time_limit 1000",
    "webm": f"{PICTURES} -c:v libvpx -deadline realtime -cpu-used 8 -c:a libvorbis",
    "ts": H264,
    "mpg": f"{PICTURES} -c:v mpeg2video -q:v 5 -g 12 -c:a mp2",
    "avi": f"{PICTURES} -c:v mpeg4 -q:v 5 -g 25 -c:a libmp3lame",
    "flv": f"{H264} -ar 44100",
    "wmv": f"{PICTURES} -c:v wmv2 -c:a wmav2",
    "gif": "-f lavfi -i testsrc2=s=160x120:r=10:d=4",
    "h264": H264.replace("-c:a aac", "-an"),
    "ogg": f"{SOUND} -c:a libvorbis",
    "opus": f"{SOUND} -c:a libopus",
    "flac": f"{SOUND} -c:a flac",
    "wav": f"{SOUND} -c:a pcm_s16le",
    "mp3": f"{SOUND} -c:a libmp3lame",
    "aac": f"{SOUND} -c:a aac",
}
# What it is, and the bytes.
Damage = tuple[str, bytes]
# How it begins where the beginning of the file is lost.
LOST = ("without the first", "noise alone")


def flipped(whole: bytes, place: int, mask: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ mask]) + whole[place + 1 :]


def put(whole: bytes, place: int, new: bytes) -> bytes:
    return whole[:place] + new + whole[place + len(new) :]


def places(whole: bytes, mark: bytes) -> list[int]:
    return [place for place in range(len(whole)) if whole.startswith(mark, place)]


def anywhere(whole: bytes, each: int) -> Iterator[Damage]:
    """Half of it within the first 4 KiB, where headers are."""
    choose = random.Random(1)
    for number in range(each):
        place = choose.randrange(min(len(whole), 4096) if number % 2 else len(whole))
        match number % 8:
            case 6 | 7:
                length = choose.randrange(1, min(2000, len(whole) - place) + 1)
                yield f"{length} zeros at {place}", put(whole, place, bytes(length))
            case 5:
                yield f"cut at {place}", whole[: max(place, 1)]
            case 4:
                yield f"without the first {place}", whole[max(place, 1) :]
            case _:
                mask = choose.choice([0x80, 0x40, 0x01, 0xFF])
                yield f"{place} ^ {mask:#x}", flipped(whole, place, mask)


def boxes(whole: bytes, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """The boxes of an MP4 that have no others in them: type, and where their content begins and ends."""
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", whole, start)
        stop = min(start + size, end) if size >= 8 else end
        if name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts", b"moof", b"traf", b"mvex", b"mfra"):
            yield from boxes(whole, start + 8, stop)
        elif name != b"mdat":
            yield name, start + 8, stop
        start = stop


def numbers_of_boxes(whole: bytes, each: int) -> Iterator[Damage]:
    seen: dict[bytes, int] = {}
    for name, start, end in boxes(whole, 0, len(whole)):
        seen[name] = seen.get(name, 0) + 1
        if seen[name] > 2:
            continue
        for place in list(range(start, end - 3, 4))[: max(each // 8, 6)]:
            for value in (0, 0x7FFFFFFF, 0xFFFFFFFF, 0x00100000):
                label = f"{name.decode()} {seen[name]}, {place - start}: {value:#x}"
                yield label, put(whole, place, value.to_bytes(4, "big"))


def times_of_units(whole: bytes, each: int) -> Iterator[Damage]:
    """A bit of the first 24 bytes of a unit of a transport stream."""
    units = [place for place in range(0, len(whole), 188) if whole[place + 1] & 0x40]
    tried = [(unit, bit) for number, unit in enumerate(units) for bit in range(number % 37, 192, 37)]
    for unit, bit in tried[:: max(len(tried) // (4 * each), 1)]:
        yield f"bit {bit} of unit {unit // 188}", flipped(whole, unit + bit // 8, 1 << bit % 8)


def matroska(whole: bytes, _: int) -> Iterator[Damage]:
    for cluster in places(whole, b"\x1f\x43\xb6\x75"):
        time = whole.find(b"\xe7", cluster, cluster + 16)
        if time > 0:
            yield f"time of the cluster at {cluster}", flipped(whole, time + 2, 0x80)
            yield f"size of the cluster at {cluster}", flipped(whole, cluster + 6, 0x40)
    for codec in (b"A_AAC", b"V_MPEG4/ISO/AVC"):
        for place in places(whole, codec):
            yield f"{codec.decode()} of no codec", put(whole, place + 2, b"XYZ")


def damaged_setup(whole: bytes, _: int) -> Iterator[Damage]:
    place = whole.index(b"\x05vorbis")
    yield "Vorbis with a damaged set-up", put(whole, place + 7, b"\xff" * 393)


def noise(whole: bytes, _: int) -> Iterator[Damage]:
    yield "noise alone", random.Random(2).randbytes(len(whole))
    yield "noise behind the first 4 KiB", whole[:4096] + random.Random(3).randbytes(max(len(whole) - 4096, 0))


KINDS: dict[str, list[Callable[[bytes, int], Iterator[Damage]]]] = {
    "mp4": [numbers_of_boxes],
    "fragments.mp4": [numbers_of_boxes],
    "sidx.mp4": [numbers_of_boxes],
    "mov": [numbers_of_boxes],
    "ts": [times_of_units],
    "mkv": [matroska],
    "webm": [damaged_setup],
}


def limited() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_BYTES, MAX_BYTES))


def cost(vodkit: str, command: str, path: Path) -> tuple[float, int, int]:
    """Seconds of processor time, KiB of memory at the peak, and the exit status."""
    process = subprocess.Popen(
        [vodkit, command, path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=limited
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss, process.returncode


def ratios(vodkit: str, command: str, path: Path, usual: tuple[float, int], spared: float) -> tuple[float, float, int]:
    seconds, memory, status = cost(vodkit, command, path)
    for _ in range(RUNS):
        if max((seconds - spared) / usual[0], memory / usual[1]) < LIMIT * NEAR:
            break
        again = cost(vodkit, command, path)
        seconds, memory = min(seconds, again[0]), min(memory, again[1])
    return max(seconds - spared, 0) / usual[0], memory / usual[1], status


def measure(vodkit: str, name: str, whole: bytes, folder: Path, each: int, keep: Path | None) -> list[str]:
    """Prints a row of the table, and gives a line for each input above the limit."""
    path = folder / f"damaged.{name}"
    path.write_bytes(whole)
    usual = {}
    for command in ("probe", "plan"):
        runs = [cost(vodkit, command, path) for _ in range(2 * RUNS)]
        if any(status for *_, status in runs):
            sys.exit(f"{name}: the undamaged input is refused")
        usual[command] = (statistics.median(run[0] for run in runs), int(statistics.median(run[1] for run in runs)))
    kinds = [noise, anywhere, *KINDS.get(name, [])]
    found = []
    for label, bytes_ in (damage for kind in kinds for damage in kind(whole, each)):
        path.write_bytes(bytes_)
        for command, before in usual.items():
            spared = RECOGNITION if label.startswith(LOST) else 0
            time, memory, status = ratios(vodkit, command, path, before, spared)
            found.append((max(time, memory), time, memory, status, command, label))
            if keep and max(time, memory) > LIMIT:
                (keep / f"{len(found)}.{name}").write_bytes(bytes_)
    made = sum(status == 0 for *_, status, _, _ in found)
    time, memory = max(row[1] for row in found), max(row[2] for row in found)
    print(f"| {name} | {len(found) // 2} | {made / len(found):.0%} | {time:.2f} | {memory:.2f} |", flush=True)
    bad = sorted((row for row in found if row[0] > LIMIT or row[3] not in (0, 1)), reverse=True)
    return [
        f"{command} of {name}, {label}: time {time:.2f}, memory {memory:.2f}, status {status}"
        for _, time, memory, status, command, label in bad
    ]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("vodkit")
    options.add_argument("--ffmpeg", default="ffmpeg")
    options.add_argument("--each", type=int, default=24)
    options.add_argument("--only", help="one of the inputs")
    options.add_argument("--keep", type=Path, help="a folder for the inputs that are above the limit")
    options = options.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    print("| input | damaged | still read | most time | most memory |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    above = []
    with tempfile.TemporaryDirectory() as folder:
        for name, arguments in INPUTS.items():
            if options.only not in (None, name):
                continue
            made = Path(folder) / f"whole.{name}"
            subprocess.run([options.ffmpeg, "-v", "error", "-y", *arguments.split(), made], check=True)
            above += measure(options.vodkit, name, made.read_bytes(), Path(folder), options.each, options.keep)
    print(f"\nAbove {LIMIT}:", *(above or ["none"]), sep="\n")


if __name__ == "__main__":
    main()
