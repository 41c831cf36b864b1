"""Whole packages: the same as the command's, resumed, cancelled, observed."""

import errno
import io
import shutil
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import vodkit
from helpers import Run

QUICK = vodkit.Ladder(rungs=[180, 120], preset="ultrafast")
SLOW = vodkit.Ladder(rungs=[720, 480], preset="medium")


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def packaged(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packaged") / "out"
    vodkit.package(clip, out, QUICK, thumbnail=0.5)
    return out


def test_has_the_same_bytes_as_the_command(packaged: Path, clip: Path, command: Run, tmp_path: Path) -> None:
    command("package", clip, "-o", tmp_path, "--rungs", "180,120", "--preset", "ultrafast", "--quiet")
    assert files(packaged) == files(tmp_path)
    command("verify", packaged)


def test_a_package_is_verified(packaged: Path, tmp_path: Path) -> None:
    report = vodkit.verify(packaged)
    assert report.is_clean and report.findings == ()
    assert report.files == len(files(packaged)) and report.segments > 6
    broken = tmp_path / "broken"
    shutil.copytree(packaged, broken)
    (broken / "180p/00001.m4s").write_bytes(b"no segment")
    report = vodkit.verify(broken)
    assert not report.is_clean and {finding.file for finding in report.findings} == {"180p/00001.m4s"}
    finding = report.findings[0]
    assert finding.rule and finding.message in str(finding)
    with pytest.raises(vodkit.NotFoundError, match="master.m3u8") as caught:
        vodkit.verify(tmp_path)
    assert caught.value.filename == str(tmp_path)


def test_functions_get_the_same_files(packaged: Path, clip: Path) -> None:
    put: dict[str, bytes] = {}
    cover = vodkit.ThumbnailOptions(fraction=0.5)
    with clip.open("rb") as file:
        summary = vodkit.package(file, put.__setitem__, QUICK, workers=2, thumbnail=cover)
    assert put == files(packaged)
    for rendition in summary.renditions:
        sizes = [len(data) for key, data in put.items() if key.startswith(f"{rendition.id}/") and key.endswith(".m4s")]
        assert (rendition.segments, rendition.bytes) == (len(sizes), sum(sizes))
        assert 0 < rendition.average_rate <= rendition.peak_rate
    assert summary.segments_resumed == 0 and summary.elapsed > 0


def test_goes_on_where_an_earlier_one_stopped(packaged: Path, clip: Path, tmp_path: Path) -> None:
    plan = vodkit.plan(clip, QUICK)

    def stop(_: vodkit.Progress) -> None:
        raise StopIteration

    with pytest.raises(StopIteration):
        vodkit.package(plan, tmp_path, workers=1, on_progress=stop)
    assert not (tmp_path / "master.m3u8").exists()
    summary = vodkit.package(plan, tmp_path, thumbnail=0.5)
    assert 0 < summary.segments_resumed < 9
    assert files(tmp_path) == files(packaged)
    told: list[vodkit.Progress] = []
    vodkit.package(plan, tmp_path, on_progress=told.append)
    assert [(progress.segments_done, progress.fraction) for progress in told] == [(9, 1.0)]


def test_folders_above_it_are_made_and_other_files_stay(clip: Path, other: Path, tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    vodkit.package(clip, out, QUICK)
    (out / "mine").write_text("mine")
    vodkit.package(other, out, QUICK, overwrite=True)
    vodkit.Package.open(out).remove()
    assert files(out) == {"mine": b"mine"}


def test_replaces_another_package_only_if_asked(packaged: Path, other: Path, clip: Path, tmp_path: Path) -> None:
    vodkit.package(other, tmp_path, QUICK)
    with pytest.raises(vodkit.OutputConflictError) as raised:
        vodkit.package(clip, tmp_path, QUICK)
    assert isinstance(raised.value, FileExistsError)
    vodkit.package(clip, tmp_path, QUICK, overwrite=True, thumbnail=0.5)
    assert files(tmp_path) == files(packaged)


def test_tells_its_progress_in_order(clip: Path, tmp_path: Path) -> None:
    told: list[vodkit.Progress] = []
    inside = threading.Semaphore(1)

    def tell(progress: vodkit.Progress) -> None:
        assert inside.acquire(blocking=False), "called twice at once"
        told.append(progress)
        time.sleep(0.01)
        inside.release()

    vodkit.package(clip, tmp_path, QUICK, workers=4, on_progress=tell)
    done = [progress.segments_done for progress in told]
    assert done == sorted(set(done)) and done[-1] == told[-1].segments_total == 9
    assert told[-1].fraction == 1 and told[-1].time_left is not None


def test_runs_in_the_background(large: Path, tmp_path: Path) -> None:
    job = vodkit.start(large, tmp_path, SLOW)
    assert not job.done
    assert (job.progress.segments_total, job.progress.time_left) == (16, None)
    assert job.plan.renditions[0].id == "720p"
    with pytest.raises(TimeoutError, match="still runs after 0.1 s$"):
        job.wait(timeout=0.1)
    job.cancel()
    for _ in range(2):
        with pytest.raises(vodkit.CancelledError):
            job.wait()
    assert job.done


def test_with_waits_or_cancels(clip: Path, large: Path, tmp_path: Path) -> None:
    with vodkit.start(clip, tmp_path / "well", QUICK) as job:
        pass
    assert job.done and (tmp_path / "well/master.m3u8").exists()
    with pytest.raises(KeyError), vodkit.start(large, tmp_path / "badly", SLOW) as job:
        raise KeyError
    assert job.done
    with pytest.raises(vodkit.CancelledError):
        job.wait()


def test_what_put_raises_is_the_cause(clip: Path) -> None:
    cause, error = ValueError("beneath"), OSError("the line is down")

    def fail(*_: object) -> None:
        raise error from cause

    job = vodkit.start(clip, fail, QUICK)
    for _ in range(2):
        with pytest.raises(vodkit.SinkWriteError, match="plan.json.*OSError: the line is down") as raised:
            job.wait()
        assert raised.value.__cause__ is error and error.__cause__ is cause and error.__context__ is None


def test_what_on_progress_raises_comes_out_as_it_is(clip: Path, tmp_path: Path) -> None:
    cause, error = ValueError("beneath"), OSError("full")

    def fail(*_: object) -> None:
        raise error from cause

    job = vodkit.start(clip, tmp_path, QUICK, on_progress=fail)
    for _ in range(2):
        with pytest.raises(OSError) as raised:
            job.wait()
        assert raised.value is error and error.__cause__ is cause and error.__context__ is None


def test_what_a_file_object_raises_is_the_cause(clip: Path, tmp_path: Path) -> None:
    class Breaking(io.BytesIO):
        broken = False

        def read(self, size: int | None = -1, /) -> bytes:
            if self.broken:
                raise ConnectionError("the line is down")
            return super().read(size)

    file = Breaking(clip.read_bytes())
    plan = vodkit.plan(file, QUICK)
    file.broken = True
    for make in (lambda: plan.segment("180p", 1), lambda: vodkit.package(plan, tmp_path)):
        with pytest.raises(vodkit.SourceReadError, match="cannot read the file object.*the line is down") as raised:
            make()
        assert isinstance(raised.value.__cause__, ConnectionError)
    file.broken = False
    assert plan.segment("180p", 1) == vodkit.plan(clip, QUICK).segment("180p", 1)
    file.close()
    with pytest.raises(ValueError, match="closed file"):
        plan.segment("180p", 1)


def test_refuses_to_be_waited_for_by_itself(clip: Path, tmp_path: Path) -> None:
    jobs: list[vodkit.Job] = []
    started = threading.Event()

    def wait(_: vodkit.Progress) -> None:
        started.wait()
        jobs[0].wait()

    jobs.append(vodkit.start(clip, tmp_path, QUICK, on_progress=wait))
    started.set()
    with pytest.raises(vodkit.InvalidArgumentError, match="own thread"):
        jobs[0].wait()


def test_a_plan_has_its_ladder(clip: Path, tmp_path: Path) -> None:
    plan = vodkit.plan(clip, QUICK)
    with pytest.raises(vodkit.InvalidArgumentError):
        vodkit.package(plan, tmp_path, QUICK)
    with pytest.raises(vodkit.InvalidArgumentError, match="no source"):
        vodkit.package(vodkit.Plan.from_json(plan.to_json()), tmp_path)


def test_refuses_a_file_for_a_folder(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(vodkit.SinkWriteError) as raised:
        vodkit.package(clip, tmp_path / "file", QUICK)
    assert (raised.value.errno, raised.value.filename) == (errno.ENOTDIR, str(tmp_path / "file"))


def test_refuses_functions_that_cannot_be_called_back(clip: Path, tmp_path: Path) -> None:
    async def put(key: str, data: bytes) -> None: ...

    wrong: Any
    for wrong in (put, 3):
        with pytest.raises(TypeError):
            vodkit.start(clip, wrong, QUICK)
        with pytest.raises(TypeError):
            vodkit.start(clip, tmp_path, QUICK, on_progress=wrong)


def test_an_empty_path_is_not_the_current_folder(clip: Path) -> None:
    with pytest.raises(vodkit.InvalidArgumentError, match="empty"):
        vodkit.start(clip, "", QUICK)
    with pytest.raises(vodkit.InvalidArgumentError, match="empty"):
        vodkit.probe("")


def test_what_was_raised_does_not_grow(clip: Path) -> None:
    def fail(key: str, data: bytes) -> None:
        raise ConnectionError(key)

    job = vodkit.start(clip, fail, QUICK)
    lengths = []
    for _ in range(3):
        with pytest.raises(vodkit.SinkWriteError) as raised:
            job.wait()
        cause = raised.value.__cause__
        assert isinstance(cause, ConnectionError)
        lengths.append((len(raised.traceback), len(list(traceback.walk_tb(cause.__traceback__)))))
    assert lengths[0] == lengths[2]


def test_is_played_from_while_it_is_made(packaged: Path, clip: Path, tmp_path: Path) -> None:
    expected = {key: data for key, data in files(packaged).items() if not key.startswith("m")}
    job = vodkit.start(clip, tmp_path, QUICK, on_request=True, thumbnail=0.5)
    at_first = job.ready_to_stream
    assert job.get("180p/99999.m4s") is None
    with ThreadPoolExecutor(4) as pool:
        for _ in range(2):
            assert dict(zip(expected, pool.map(job.get, expected), strict=True)) == expected
    assert (at_first, job.ready_to_stream) == (False, True)
    job.wait()
    assert files(tmp_path) == files(packaged)
    assert job.get("master.m3u8") == files(packaged)["master.m3u8"]
    with pytest.raises(TypeError):
        job.get(7)  # type: ignore[arg-type]


def test_what_a_function_took_cannot_be_asked_for(clip: Path) -> None:
    job = vodkit.start(clip, lambda key, data: None, QUICK, on_request=True)
    with pytest.raises(vodkit.SinkWriteError, match="cannot be read back"):
        job.get("180p/00000.m4s")
    job.cancel()


def test_jobs_share_a_pool(clip: Path, other: Path, tmp_path: Path) -> None:
    pool = vodkit.Pool(2)
    assert (pool.workers, repr(pool), vodkit.Pool().workers > 0) == (2, "<vodkit.Pool of 2>", True)
    jobs = [
        vodkit.start(source, tmp_path / source.name, QUICK, pool=pool, priority=priority)
        for source, priority in ((clip, -1), (other, 2**31 - 1))
    ]
    for job in jobs:
        job.wait()
    assert vodkit.Pool(5000).workers == 1024
    with pytest.raises(vodkit.InvalidArgumentError, match="workers"):
        vodkit.Pool(-1)
    with pytest.raises(vodkit.InvalidArgumentError, match="priority"):
        vodkit.start(clip, tmp_path, QUICK, priority=2**31)
    with pytest.raises(TypeError, match="vodkit.Pool"):
        vodkit.start(clip, tmp_path, QUICK, pool=4)  # type: ignore[arg-type]


def test_tells_when_it_is_done(clip: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    done: list[tuple[int, vodkit.Job, bool]] = []
    told = threading.Event()

    def fail(_: vodkit.Job) -> None:
        raise KeyError("mine")

    job = vodkit.start(clip, tmp_path, QUICK)
    job.add_done_callback(fail)
    job.add_done_callback(lambda job: done.append((1, job, job.done)))
    job.add_done_callback(lambda _: told.set())
    assert told.wait(30)
    assert done == [(1, job, True)]
    assert any("done callback" in record.getMessage() for record in caplog.records)
    job.add_done_callback(lambda job: done.append((2, job, job.done)))
    assert done == [(1, job, True), (2, job, True)]
    with pytest.raises(TypeError):
        job.add_done_callback(3)  # type: ignore[arg-type]
