"""What tests import."""

import subprocess
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., subprocess.CompletedProcess[str]]


def make(path: Path, arguments: str) -> Path:
    """Makes a source: `arguments` are what stands before the output's name."""
    command = ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *arguments.split(), str(path)]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return path
