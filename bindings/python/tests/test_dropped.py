"""Jobs that nothing holds any more."""

import contextlib
import gc
import threading
import time
import warnings
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest
import vodkit
from helpers import Run

QUICK = vodkit.Ladder(rungs=[120], preset="ultrafast")
SLOW = vodkit.Ladder(rungs=[720, 480], preset="medium")


def native_threads() -> int:
    count = 0
    for task in Path("/proc/self/task").iterdir():
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # it ended meanwhile
            count += (task / "comm").read_text().startswith("vodkit")
    return count


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_running_one_is_cancelled_and_warned_of(large: Path, tmp_path: Path) -> None:
    job = vodkit.start(large, tmp_path, SLOW)
    wait_until(lambda: native_threads() > 1)
    with pytest.warns(ResourceWarning, match="running vodkit job was dropped"):
        del job
    wait_until(lambda: native_threads() == 0)


@pytest.mark.parametrize("end", ["wait", "cancel", "token", "failure"])
def test_one_that_has_come_to_its_end_is_not_warned_of(end: str, clip: Path, large: Path, tmp_path: Path) -> None:
    def fail(key: str, data: bytes) -> None:
        raise ConnectionError(key)

    token = vodkit.CancelToken()
    source = clip if end in ("wait", "failure") else large
    out = fail if end == "failure" else tmp_path
    job = vodkit.start(source, out, QUICK if source == clip else SLOW, cancel=token)
    if end == "wait":
        job.wait()
    elif end == "failure":
        wait_until(lambda: job.done)
    else:
        (job if end == "cancel" else token).cancel()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        unraisable: list[object] = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("sys.unraisablehook", unraisable.append)
            del job
    assert not unraisable


def test_one_that_is_held_at_the_exit_is_not_warned_of(large: Path, run: Run) -> None:
    program = """
import sys, warnings
import vodkit

warnings.simplefilter("always")
job = vodkit.start(sys.argv[1], lambda key, data: None, vodkit.Ladder([720], "medium"))
"""
    run(program, large)


def test_lets_go_of_functions_that_hold_it(clip: Path) -> None:
    class Upload:
        def __init__(self) -> None:
            self.job = vodkit.start(clip, self.put, QUICK)

        def put(self, key: str, data: bytes) -> None:
            pass

    upload = Upload()
    upload.job.wait()
    gone = weakref.ref(upload)
    del upload
    gc.collect()
    assert gone() is None
