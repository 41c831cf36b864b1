"""The programs in the README and the guide run as they stand."""

import re
from pathlib import Path

import pytest
import vodkit
from helpers import Run, make

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("page", ["README.md", "docs/guide/python.md", "bindings/python/README.md"])
def test_program_runs(page: str, run: Run, tmp_path: Path) -> None:
    """All of a page is one program, from top to bottom."""
    parts = re.findall(r"```python\n(.*?)```", (PROJECT / page).read_text(), re.DOTALL)
    video = "-f lavfi -i testsrc2=size=1280x720:rate=24:duration=2"
    make(tmp_path / "holiday.mp4", f"{video} -c:v libx264 -pix_fmt yuv420p")
    # Each job is kept, and those that are not waited for are cancelled.
    run("import warnings\nwarnings.simplefilter('error', ResourceWarning)\n" + "\n".join(parts))
    assert vodkit.verify(tmp_path / "holiday").is_clean
