"""Memory stays flat."""

from pathlib import Path

from helpers import Run

# In a process of its own, where nothing else takes memory.
PROGRAM = """
import ctypes, io, os, sys
import vodkit

# M_ARENA_MAX: with an arena for each thread it is luck how many there are, and what each of them keeps.
ctypes.CDLL(None).mallopt(-8, 1)
clip = sys.argv[1]
file = io.BytesIO(open(clip, "rb").read())
plan = vodkit.plan(clip, vodkit.Ladder([120], preset="ultrafast"))

def resident():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

def work(count):
    for number in range(count):
        for _ in range(4):
            vodkit.probe(clip)
        vodkit.probe(file)
        vodkit.thumbnail(clip, fraction=0.5, width=96)
        try:
            vodkit.probe(b"no video")
        except vodkit.VodkitError:
            pass
        plan.init_segment("120p")
        if number % 10 == 0:
            plan.segment("120p", 0)

def least_after(count):
    # The least of several looks: what the allocator keeps comes and goes.
    return min(work(count // 10) or resident() for _ in range(10))

work(50)
print(-least_after(50) + least_after(200))
"""


def test_a_thousand_probes_and_two_hundred_thumbnails_leave_nothing(other: Path, run: Run) -> None:
    assert int(run(PROGRAM, other).stdout) < 2 << 20
