"""What the tests share: sources that they make themselves with the ffmpeg command, and the vodkit command."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from helpers import Run, make

@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sources")


@pytest.fixture(scope="session")
def clip(folder: Path) -> Path:
    """12 seconds, 320x180, 24 frames per second, sound in German."""
    video = "-f lavfi -i testsrc2=size=320x180:rate=24:duration=12"
    sound = "-f lavfi -i sine=frequency=440:sample_rate=48000:duration=12 -metadata:s:a:0 language=deu"
    return make(folder / "clip.mp4", f"{video} {sound} -c:v libx264 -preset ultrafast -g 48 -c:a aac")


@pytest.fixture(scope="session")
def other(folder: Path) -> Path:
    """Another video than the clip."""
    return make(folder / "other.mp4", "-f lavfi -i testsrc=size=160x120:rate=30000/1001:duration=2 -c:v libx264")


@pytest.fixture(scope="session")
def large(folder: Path) -> Path:
    """30 seconds, 1280x720: with a ladder that is not quick, work for longer than any test waits."""
    video = "-f lavfi -i testsrc2=size=1280x720:rate=24:duration=30"
    return make(folder / "large.mp4", f"{video} -c:v libx264 -preset ultrafast -pix_fmt yuv420p")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a program in an interpreter of its own, which must end well and say nothing on stderr."""

    def run(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        # From Python 3.12 on, forking beside threads is warned of.
        quietly = ("-W", "ignore::DeprecationWarning")
        command = [sys.executable, *quietly, "-c", program, *map(str, arguments)]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done

    return run


@pytest.fixture(scope="session")
def command() -> Run:
    """The vodkit command."""
    program = os.environ.get("VODKIT_COMMAND")
    if program is None:
        pytest.skip("VODKIT_COMMAND does not say where the vodkit command is")

    def run(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run([program, *map(str, arguments)], check=True, capture_output=True, text=True)

    return run
