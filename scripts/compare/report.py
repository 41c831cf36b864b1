"""The page that people read: docs/performance.md and its chart."""

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Row:
    """One comparison; ratios are ours to theirs, so that less is better."""

    work: str
    against: str
    goal: float
    ratio: float
    measured: str
    limit: str = ""  # what keeps it from the goal, for where it is missed

    def line(self) -> str:
        met = "met" if self.ratio <= self.goal else "**not met**"
        return f"| {self.work} | {self.against} | ≤ {self.goal:.2f} | {self.ratio:.3g} | {met} | {self.measured} |"


HEAD = "| work | against | goal | ratio | | vodkit / the other |\n| --- | --- | --- | --- | --- | --- |"


def machine() -> str:
    with open("/proc/cpuinfo") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return f"{len(models)} x {models[0] if models else platform.processor()}, {platform.system()} {platform.machine()}"


def chart(rows: Sequence[Row]) -> str:
    """Bars of the ratios on a scale to 1.5, with a mark at each goal and a line where both take as long."""
    width, left, height, most = 860, 430, 26, 1.5

    def x(ratio: float) -> float:
        return left + (width - left - 60) * min(ratio, most) / most

    size = f'width="{width}" height="{height * len(rows) + 40}"'
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="12">']
    lines.append('<rect width="100%" height="100%" fill="white"/>')
    lines.append(f'<text x="{left}" y="16" fill="#555">ratio: shorter is better; the mark is the goal</text>')
    for number, row in enumerate(rows):
        top = 28 + number * height
        colour = "#2a7f62" if row.ratio <= row.goal else "#c0552b"
        name = escape(f"{row.work}: {row.against}")
        lines.append(f'<text x="{left - 8}" y="{top + 13}" text-anchor="end">{name}</text>')
        lines.append(f'<rect x="{left}" y="{top + 2}" width="{x(row.ratio) - left:.1f}" height="15" fill="{colour}"/>')
        lines.append(f'<rect x="{x(row.goal) - 1:.1f}" y="{top}" width="2" height="19" fill="black"/>')
        lines.append(f'<text x="{x(row.ratio) + 5:.1f}" y="{top + 14}">{row.ratio:.2f}</text>')
    one, end = f"{x(1.0):.1f}", 28 + height * len(rows)
    lines.append(f'<line x1="{one}" y1="24" x2="{one}" y2="{end}" stroke="#999" stroke-dasharray="3 3"/>')
    return "\n".join([*lines, "</svg>", ""])


def page(rows: Sequence[Row], versions: Sequence[str], video: Path, pairs: int) -> str:
    listed = "\n".join(f"- {version}" for version in versions)
    table = "\n".join([HEAD, *(row.line() for row in rows)])
    missed = [row for row in rows if row.limit and row.ratio > row.goal]
    limits = "\n".join(f"- **{row.work}** against {row.against}: {row.limit}" for row in missed)
    table += f"\n\n## What keeps the rest from their goals\n\n{limits}" if missed else ""
    return f"""# Performance

vodkit beside the programs that people use for the same work, in turns on the same machine, the same input and
the same encoder settings. Ratios are ours to theirs: below 1 vodkit takes less. Medians of {pairs} pairs or more.

`make compare` makes this page anew.

![Ratios](performance.svg)

{table}

Machine: {machine()}. Input: {video.name}.

{listed}
"""
