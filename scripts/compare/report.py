"""The page that people read: docs/performance.md and its chart; and what it is made of, docs/performance.json."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
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
        return f"| {self.work} | {self.against} | ≤ {self.goal:.3g} | {self.ratio:.3g} | {met} | {self.measured} |"


@dataclass(frozen=True)
class Work:
    """The comparisons of one work, which was run so many times in turns on one machine."""

    pairs: int
    rows: list[Row]
    machine: str


def read(docs: Path) -> dict[str, Work]:
    """What was measured before."""
    try:
        works = json.loads((docs / "performance.json").read_text())
    except FileNotFoundError:
        return {}
    return {name: Work(**{**work, "rows": [Row(**row) for row in work["rows"]]}) for name, work in works.items()}


def write(docs: Path, works: dict[str, Work], versions: Sequence[str], video: Path) -> None:
    docs.mkdir(exist_ok=True)
    text = json.dumps({name: asdict(work) for name, work in works.items()}, indent=1, ensure_ascii=False)
    (docs / "performance.json").write_text(text + "\n")
    rows = [row for work in works.values() for row in work.rows]
    (docs / "performance.md").write_text(page(works, versions, video, docs))
    (docs / "performance.svg").write_text(chart(rows))


HEAD = "| work | against | goal | ratio | | vodkit / the other |\n| --- | --- | --- | --- | --- | --- |"


def machine() -> str:
    with open("/proc/cpuinfo") as file:
        models = [line.partition(":")[2].strip() for line in file if line.startswith("model name")]
    return f"{len(models)} x {models[0] if models else platform.processor()}, {platform.system()} {platform.machine()}"


def chart(rows: Sequence[Row]) -> str:
    """Bars of the ratios on a scale to 1.5, with a mark at each goal and a line where both take as long."""
    width, left, height, most = 1060, 620, 26, 1.5

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


def scaling(docs: Path) -> str:
    """What scripts/scaling.sh found, if somebody kept it as docs/scaling.json."""
    goal = "the ladder of ten minutes on 1 to 16 cores: at most 0.5 of ffmpeg's wall time, efficiency at least 0.85"
    try:
        found = json.loads((docs / "scaling.json").read_text())
    except FileNotFoundError:
        return f"Not measured, as no machine of this page has the cores: {goal}. `scripts/scaling.sh` measures it."
    most = found["points"][-1]
    figures = f"{most['ratio']:.2f} of ffmpeg's wall time and efficiency {most['efficiency']:.2f} on {most['cores']} cores"
    return f"Of {goal}: {figures} of {found['machine']} (`scripts/scaling.sh`)."


def page(works: dict[str, Work], versions: Sequence[str], video: Path, docs: Path) -> str:
    rows = [row for work in works.values() for row in work.rows]
    pairs = min(work.pairs for work in works.values())
    on: dict[str, list[str]] = {}
    for name, work in works.items():
        on.setdefault(work.machine, []).append(name)
    machines = "; ".join(f"{machine} ({', '.join(names)})" for machine, names in on.items())
    listed = "\n".join(f"- {version}" for version in versions)
    table = "\n".join([HEAD, *(row.line() for row in rows)])
    missed = [row for row in rows if row.limit and row.ratio > row.goal]
    limits = "\n".join(f"- **{row.work}** against {row.against}: {row.limit}" for row in missed)
    table += f"\n\n## What keeps the rest from their goals\n\n{limits}" if missed else ""
    return f"""# Performance

vodkit beside the programs that people use for the same work, in turns on the same machine, the same input and
the same encoder settings. Ratios are ours to theirs: below 1 vodkit takes less. Medians of {pairs} pairs or more.

`make compare` makes this page anew, `ONLY=ladder PAIRS=9 make compare` one work of it: each row was measured in one
run. The machine is shared, so that ratios of single pairs differ by a fifth and more.

![Ratios](performance.svg)

{table}

{scaling(docs)}

Machine: {machines}. Input: {video.name}.

{listed}
"""
