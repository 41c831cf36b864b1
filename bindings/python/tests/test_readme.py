"""The programs in the README and the guide run as they stand."""

import re
from pathlib import Path

import pytest
from helpers import Run, make

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("page", ["docs/guide/python.md", "bindings/python/README.md"])
def test_program_runs(page: str, run: Run, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (PROJECT / page).read_text(), re.DOTALL)
    video = "-f lavfi -i testsrc2=size=1280x720:rate=24:duration=2"
    make(tmp_path / "holiday.mp4", f"{video} -c:v libx264 -pix_fmt yuv420p")
    assert "1280x720, 2.0 seconds" in run(program).stdout
    assert (tmp_path / "holiday/master.m3u8").exists()
