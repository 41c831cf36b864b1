"""What belongs to the whole process: its end, its children, and who else is in it."""

import subprocess
import sys
from pathlib import Path

import pytest
from helpers import Run


@pytest.mark.parametrize(
    "work",
    [
        "job = vodkit.start(clip, out, slow)",
        "job = vodkit.start(clip, lambda key, data: time.sleep(0.1), slow)",
        "job = vodkit.start(open(clip, 'rb'), out, slow, on_progress=lambda progress: None)",
        "class Holder: pass\nholder = Holder(); holder.job = vodkit.start(clip, lambda *_: holder, slow)",
        "vodkit.enable_logging(5); job = vodkit.start(clip, out, slow)",
        "thread(lambda: vodkit.probe(Slow(data)))",
        "thread(lambda: vodkit.plan(clip, slow).segment('720p', 0))",
        "thread(lambda: vodkit.package(Slow(data), out, slow))",
        "thread(lambda: vodkit.package(clip, out, slow))",
    ],
)
def test_exit_ends_what_is_under_way(work: str, large: Path, tmp_path: Path) -> None:
    prelude = """
import io, sys, threading, time
import vodkit

clip, out = sys.argv[1:]
data = open(clip, "rb").read()
slow = vodkit.Ladder(rungs=[720, 480], preset="medium")

class Slow(io.BytesIO):
    def read(self, size):
        time.sleep(0.01)
        return super().read(1000)

def thread(work):
    threading.Thread(target=work, daemon=True).start()
    time.sleep(0.3)
"""
    # What such a daemon thread then raises is told on stderr, as threads do.
    command = [sys.executable, "-c", prelude + work, str(large), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, timeout=30)
    assert done.returncode == 0 and b"Fatal" not in done.stderr, done.stderr


def test_exit_waits_for_a_function_that_is_being_called(clip: Path, run: Run) -> None:
    # It comes back into Python again and again, for longer than anything else needs to end.
    program = """
import sys, threading, time
import vodkit

def put(key, data):
    for _ in range(6000):
        time.sleep(0.001)
    print("done", flush=True)

threading.Thread(target=lambda: vodkit.package(sys.argv[1], put), daemon=True).start()
time.sleep(0.5)
"""
    done = subprocess.run([sys.executable, "-c", program, str(clip)], capture_output=True, timeout=60)
    assert done.returncode == 0 and done.stdout.startswith(b"done"), done.stderr


def test_a_forked_child_may_go_on(clip: Path, large: Path, run: Run, tmp_path: Path) -> None:
    program = """
import os, sys
import vodkit

clip, large, out = sys.argv[1:]
info = vodkit.probe(clip)
job = vodkit.start(large, out, vodkit.Ladder(rungs=[720, 480], preset="medium"))
child = os.fork()
if child == 0:
    assert vodkit.probe(clip) == info
    try:
        job.wait()
    except vodkit.InvalidArgumentError as error:
        assert "forked" in str(error)
    sys.exit(7)  # with all that is done at an orderly exit
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
assert not job.done
"""
    run(program, clip, large, tmp_path / "out")


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_make_segments_from_json(method: str, clip: Path, run: Run, tmp_path: Path) -> None:
    # A file, as the methods other than fork import the program.
    (tmp_path / "program.py").write_text("""
import multiprocessing, sys
import vodkit

def segment(index):
    return vodkit.Plan.from_json(open("plan.json").read(), sys.argv[1]).segment("180p", index)

if __name__ == "__main__":
    plan = vodkit.plan(sys.argv[1], vodkit.Ladder([180], preset="ultrafast"))
    open("plan.json", "w").write(plan.to_json())
    with multiprocessing.get_context(sys.argv[2]).Pool(2) as pool:
        assert pool.map(segment, range(3)) == [plan.segment("180p", index) for index in range(3)]
""")
    run("import runpy; runpy.run_path('program.py', run_name='__main__')", clip, method)


@pytest.mark.parametrize("imports", ["import av, vodkit", "import vodkit, av"])
def test_lives_beside_another_ffmpeg(imports: str, clip: Path, run: Run) -> None:
    """PyAV's wheel brings an FFmpeg, x264 and dav1d of its own."""
    program = """
import sys, threading
import numpy

clip = sys.argv[1]
plan = vodkit.plan(clip, vodkit.Ladder([180], preset="ultrafast"))
expected = plan.segment("180p", 0)

def theirs():
    with av.open(clip) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]

def ours():
    for _ in range(10):
        assert plan.segment("180p", 0) == expected

threads = [threading.Thread(target=ours) for _ in range(2)]
for thread in threads: thread.start()
while any(thread.is_alive() for thread in threads):
    frames = theirs()
for thread in threads: thread.join()

assert len(frames) == 288
for number in (0, 100, 287):
    frame = vodkit.frame(clip, at=number / 24).to_numpy()
    assert abs(frame.astype(int) - frames[number]).mean() < 4
    assert abs(frame.astype(int) - frames[number - 5]).mean() > 4
"""
    run(f"{imports}\n{program}", clip)
