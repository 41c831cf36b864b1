"""Runs commands, and says what they took."""

import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

Command = list[str]


@dataclass(frozen=True)
class Run:
    wall: float  # seconds
    cpu: float  # seconds of all cores together
    peak: float  # MB


@dataclass(frozen=True)
class Pairs:
    """What ours and theirs took, run in turns; medians, and the median of the ratios."""

    ours: Run
    theirs: Run
    wall: float
    cpu: float
    peak: float
    interval: tuple[float, float]  # of the median of the ratios of wall time, at 95 %


def run(command: Command, cores: slice = slice(None)) -> Run:
    """Runs a command to its end, on some of the cores; its output is shown where it fails."""

    def pin() -> None:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[cores])

    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, preexec_fn=pin
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command)}\nfailed:\n{output.read().decode(errors='replace')}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def busy_cpu(command: Command) -> float:
    """CPU seconds of a command while it runs on every core, once on each."""
    cores = len(os.sched_getaffinity(0))
    with ThreadPoolExecutor(cores) as pool:
        runs = pool.map(lambda core: run(command, slice(core, core + 1)), range(cores))
        return statistics.mean(each.cpu for each in runs)


def middle(runs: list[Run]) -> Run:
    return Run(*(statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu", "peak")))


def pairs(count: int, ours: Callable[[], Run], theirs: Callable[[], Run]) -> Pairs:
    """Runs both in turns; whoever is first in one pair is second in the next."""
    both: list[tuple[Run, Run]] = []
    for turn in range(count):
        if turn % 2:
            second = theirs()
            both.append((ours(), second))
        else:
            both.append((ours(), theirs()))

    def ratio(name: str) -> float:
        return float(statistics.median(getattr(one, name) / getattr(other, name) for one, other in both))

    one, other = ([pair[side] for pair in both] for side in (0, 1))
    interval = around_median([one.wall / other.wall for one, other in both])
    return Pairs(middle(one), middle(other), ratio("wall"), ratio("cpu"), ratio("peak"), interval)


def around_median(values: list[float]) -> tuple[float, float]:
    """The interval that the median of what they are drawn from lies in with 95 %: by the ranks, whatever their distribution."""
    values, count, outside, rank = sorted(values), len(values), 0.0, 0
    while (outside := outside + math.comb(count, rank) / 2**count) <= 0.025:
        rank += 1
    low = max(rank - 1, 0)
    return values[low], values[count - 1 - low]


def folder_size(folder: Path, pattern: str) -> int:
    return sum(path.stat().st_size for path in folder.rglob(pattern))
