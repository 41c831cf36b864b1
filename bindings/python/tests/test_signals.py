"""Ctrl-C, in processes of their own."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# What is interrupted, from the moment on that it says "begun".
WORK = {
    "package": """vodkit.package(clip, out, slow, on_progress=print)""",
    "package to a function": """vodkit.package(clip, lambda key, data: None, slow)""",
    "package of a file object": """vodkit.package(open(clip, "rb"), out, slow)""",
    "planning of a file object": """vodkit.package(Slow(open(clip, "rb").read()), out, slow)""",
    "wait": """vodkit.start(clip, out, slow).wait()""",
    "with": """
    with vodkit.start(clip, out, slow):
        time.sleep(60)""",
    "segment": """vodkit.plan(clip, one).segment("720p", 0)""",
    "segment maker": """vodkit.SegmentMaker(vodkit.plan(clip, one)).segment("720p", 0)""",
    "get": """vodkit.start(clip, out, one, on_request=True).get("720p/00000.m4s")""",
    "await": """
    async def main():
        await vodkit.start(clip, out, slow)
    asyncio.run(main())""",
    "asyncio": """asyncio.run(vodkit.to_thread(vodkit.plan(clip, one).segment, "720p", 0))""",
    "probe of a file object": """vodkit.probe(Slow(open(clip, "rb").read()))""",
}

PROGRAM = """
import asyncio, io, sys, threading, time
import vodkit

clip, out = sys.argv[1:]
slow = vodkit.Ladder(rungs=[720, 480], preset="medium")
one = vodkit.Ladder(rungs=[720], preset="slower", segment_seconds=30)

class Slow(io.BytesIO):
    def read(self, size):
        time.sleep(0.05)
        return super().read(min(size, 1000))

threading.Timer(1, print, ["begun"], dict(flush=True)).start()
try:
    WORK
    print("came to its end")
except KeyboardInterrupt:
    print(time.monotonic())
    # Nothing goes on in the background: a processor's time is hardly used any more.
    time.sleep(0.5)
    used = time.process_time()
    time.sleep(0.5)
    print(time.process_time() - used)
"""


@pytest.mark.parametrize("work", WORK)
def test_ends_the_work(work: str, large: Path, tmp_path: Path) -> None:
    program = PROGRAM.replace("WORK", WORK[work])
    # Even where the tests were started with interrupts ignored, which is inherited.
    command = ["env", "--default-signal=INT", sys.executable, "-c", program, str(large), str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        answer, words = process.communicate(timeout=60)
    assert (process.returncode, words) == (0, "")
    # It takes less than 0.2 seconds; a machine that is busy with other things may need longer.
    at, used = map(float, answer.split())
    assert at - asked < 2
    assert used < 0.25


@pytest.mark.parametrize("wait", ["job.wait()", "job.get('720p/00000.m4s')"])
def test_ends_waiting_for_a_job_and_not_the_job(wait: str, large: Path, tmp_path: Path) -> None:
    program = """
import os, signal, sys, threading
import vodkit

job = vodkit.start(sys.argv[1], sys.argv[2], vodkit.Ladder([720], "slower", segment_seconds=30))
threading.Timer(0.5, os.kill, [os.getpid(), signal.SIGINT]).start()
try:
    WAIT
except KeyboardInterrupt:
    print(job.done, end=" ")
    try:
        job.wait(0.5)
    except TimeoutError:
        print("runs")
"""
    command = ["env", "--default-signal=INT", sys.executable, "-c", program.replace("WAIT", wait)]
    done = subprocess.run([*command, large, tmp_path / "out"], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("False runs\n", "")
