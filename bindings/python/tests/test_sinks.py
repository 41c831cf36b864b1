"""Storages of the host's own, and the packages in them."""

import errno
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import vodkit

QUICK = vodkit.Ladder([180, 120], "ultrafast")
TEXT = "WEBVTT\n\n00:00.500 --> 00:01.000\nGrüße!\n"


class Memory:
    """A sink with all its methods."""

    name = "the memory"

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.lock = threading.Lock()

    def put(self, key: str, data: bytes, /) -> None:
        with self.lock:
            self.files[key] = data

    def get(self, key: str) -> bytes | None:
        return self.files.get(key)

    def size(self, key: str) -> int | None:
        return len(self.files[key]) if key in self.files else None

    def remove(self, key: str) -> None:
        with self.lock:
            self.files.pop(key, None)

    def put_new(self, key: str, data: bytes) -> bool:
        with self.lock:
            return self.files.setdefault(key, data) is data


class Bare:
    """A sink with put and get alone."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def put(self, key: str, data: bytes, /) -> None:
        self.files[key] = data

    def get(self, key: str) -> memoryview | None:
        return memoryview(self.files[key]) if key in self.files else None


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def plan(clip: Path) -> vodkit.Plan:
    return vodkit.plan(clip, QUICK)


@pytest.fixture(scope="module")
def packaged(plan: vodkit.Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("packaged") / "out"
    vodkit.package(plan, out)
    return out


KINDS = (Memory, Bare, vodkit.MemorySink)
Kind = type[Memory] | type[Bare] | type[vodkit.MemorySink]


@pytest.mark.parametrize("kind", KINDS)
def test_has_the_files_of_a_folder(kind: Kind, plan: vodkit.Plan, packaged: Path) -> None:
    sink = kind()
    vodkit.package(plan, sink)
    assert sink.files == files(packaged)


@pytest.mark.parametrize("kind", KINDS)
def test_a_job_goes_on_in_it(kind: Kind, plan: vodkit.Plan, packaged: Path) -> None:
    def stop(_: vodkit.Progress) -> None:
        raise StopIteration

    sink = kind()
    with pytest.raises(StopIteration):
        vodkit.package(plan, sink, workers=1, on_progress=stop)
    assert 0 < vodkit.package(plan, sink).segments_resumed < 9
    assert sink.files == files(packaged)


def test_is_played_from_while_it_is_made(plan: vodkit.Plan, packaged: Path) -> None:
    job = vodkit.start(plan, Memory(), on_request=True)
    assert job.get("120p/00002.m4s") == files(packaged)["120p/00002.m4s"]
    assert job.progress.ready_to_stream == job.ready_to_stream
    job.cancel()


@pytest.mark.parametrize("kind", [Memory, vodkit.MemorySink])
def test_another_package_is_left_alone(kind: Kind, plan: vodkit.Plan, other: Path) -> None:
    sink = kind()
    vodkit.package(plan, sink)
    with pytest.raises(vodkit.OutputConflictError, match="the memory"):
        vodkit.package(other, sink, QUICK)
    vodkit.package(other, sink, QUICK, overwrite=True)
    assert vodkit.Package.open(sink).plan == vodkit.plan(other, QUICK)


def test_memory_tells_its_files_as_they_are() -> None:
    sink = vodkit.MemorySink()
    assert (sink.put_new("b", b""), sink.put_new("b", b""), sink.size("b"), sink.size("a")) == (True, False, 0, None)
    files = sink.files
    sink.put("a", b"1")
    assert (files, sink.files, repr(sink)) == ({"b": b""}, {"b": b"", "a": b"1"}, "<vodkit.MemorySink of 2 files>")
    sink.remove("b")
    sink.remove("b")
    assert (sink.get("b"), sink.get("a")) == (None, b"1")


def test_of_many_that_begin_in_memory_one_alone_is_told_so() -> None:
    sink, together = vodkit.MemorySink(), threading.Barrier(8)

    def begin(number: int) -> int:
        together.wait()
        return sum(sink.put_new(str(key), b"%d" % number) for key in range(1000))

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, range(8))) == len(sink.files) == 1000


def test_captions_are_brought_into_a_package(plan: vodkit.Plan, tmp_path: Path) -> None:
    memory, folder = vodkit.MemorySink(), tmp_path / "package"
    vodkit.package(plan, memory)
    vodkit.package(plan, folder)
    captioned, made = plan.with_captions("de", "Deutsch", TEXT), set(memory.files)
    for out in (memory, folder):
        package = vodkit.Package.open(out)
        assert package.plan == plan and package.is_finished()
        assert set(package.keys) == {*made, "thumbnail.jpg", "damage.json"} and package.keys[-1] == "plan.json"
        package.update(captioned)
        assert package.plan == captioned == vodkit.Package.open(out).plan
        vodkit.Package.open(out).update(plan.with_captions("en", "English", TEXT))
        for change in (lambda: package.update(plan), lambda: package.write_mp4(io.BytesIO()), package.remove):
            with pytest.raises(vodkit.OutputConflictError, match="since it was opened"):
                change()
        vodkit.Package.open(out).update(captioned)
    assert memory.files == files(folder)
    assert memory.files["captions/de.vtt"].decode() == TEXT
    vodkit.Package.open(folder).update(plan)
    assert not (folder / "captions" / "de.vtt").exists()
    with pytest.raises(TypeError, match="vodkit.Plan"):
        vodkit.Package.open(folder).update("plan")  # type: ignore[arg-type]


def test_a_package_is_saved_as_one_mp4(plan: vodkit.Plan, packaged: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    package = vodkit.Package.open(packaged)
    assert package.save_mp4(film) == film.stat().st_size
    info = vodkit.probe(film)
    assert [track.codec for track in info.tracks] == ["h264", "aac"]
    assert abs(info.duration - plan.duration) < 0.1 and info.height == 180
    written = io.BytesIO()
    assert package.write_mp4(written) == film.stat().st_size
    assert written.getvalue() == film.read_bytes()
    with open(tmp_path / "raw.mp4", "wb", buffering=0) as raw:
        assert package.write_mp4(raw, plan.renditions[1]) == os.fstat(raw.fileno()).st_size
    assert vodkit.probe(tmp_path / "raw.mp4").height == 120
    with pytest.raises(vodkit.OutOfRangeError, match='"audio"'):
        package.save_mp4(film, "audio")


def test_a_film_is_written_as_bytes(packaged: Path) -> None:
    class Slow:
        def __init__(self) -> None:
            self.parts: list[bytes] = []

        def write(self, data: bytes, /) -> int:
            assert type(data) is bytes
            self.parts.append(data[:1000])
            return len(self.parts[-1])

    package, whole, slow = vodkit.Package.open(packaged), io.BytesIO(), Slow()
    assert package.write_mp4(slow) == package.write_mp4(whole) and b"".join(slow.parts) == whole.getvalue()
    with pytest.raises(TypeError, match="text mode: open it with mode 'wb'"):
        package.write_mp4(io.StringIO())  # type: ignore[arg-type]


def test_errors_of_saving_name_what_failed(plan: vodkit.Plan, tmp_path: Path) -> None:
    out, film = tmp_path / "out", tmp_path / "file" / "a" / "film.mp4"
    vodkit.package(plan, out)
    package = vodkit.Package.open(out)
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    for path, number in ((film, errno.ENOTDIR), (tmp_path / "folder", errno.EISDIR)):
        with pytest.raises(vodkit.SinkWriteError) as written:
            package.save_mp4(path)
        assert (written.value.errno, written.value.filename) == (number, str(path))
    assert package.save_mp4(tmp_path / "a" / "b" / "film.mp4") > 0
    segment = out / "180p" / "00001.m4s"
    segment.unlink()
    with pytest.raises(vodkit.NotFoundError) as missing:
        package.save_mp4(tmp_path / "film.mp4")
    assert missing.value.filename == str(out)
    segment.mkdir()
    with pytest.raises(vodkit.SinkWriteError) as unread:
        package.save_mp4(tmp_path / "film.mp4")
    assert unread.value.filename == str(out)


def test_what_write_raises_is_the_cause(packaged: Path) -> None:
    class Full:
        def write(self, data: bytes, /) -> None:
            raise OSError(errno.ENOSPC, "no space left")

    with pytest.raises(vodkit.VodkitError) as raised:
        vodkit.Package.open(packaged).write_mp4(Full())
    assert isinstance(raised.value, (vodkit.NoSpaceError, vodkit.SinkWriteError))
    assert (raised.value.errno, raised.value.filename) == (errno.ENOSPC, None)
    assert isinstance(raised.value.__cause__, OSError) and not isinstance(raised.value.__cause__, vodkit.VodkitError)
    with pytest.raises(TypeError, match="write"):
        vodkit.Package.open(packaged).write_mp4(3)  # type: ignore[arg-type]


def test_a_package_is_removed(plan: vodkit.Plan, tmp_path: Path) -> None:
    memory, folder = Memory(), tmp_path / "package"
    memory.files["mine"] = b""
    for out in (memory, folder):
        vodkit.package(plan, out)
        vodkit.Package.open(out).remove()
        with pytest.raises(vodkit.NotFoundError):
            vodkit.Package.open(out)
    assert memory.files == {"mine": b""} and not files(folder)


def test_there_has_to_be_a_package(plan: vodkit.Plan, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as raised:
        vodkit.Package.open(tmp_path / "none")
    assert raised.value.filename == str(tmp_path / "none")
    assert not (tmp_path / "none").exists()
    with pytest.raises(vodkit.NotFoundError, match="the memory"):
        vodkit.Package.open(Memory())
    with pytest.raises(vodkit.NotFoundError):
        vodkit.Package.open(lambda key, data: None)
    memory = Memory()
    vodkit.package(plan, memory)
    del memory.files["master.m3u8"]
    package = vodkit.Package.open(memory)
    assert not package.is_finished()
    with pytest.raises(vodkit.NotFoundError, match="finished"):
        package.update(plan.with_captions("de", "Deutsch", TEXT))


@pytest.mark.parametrize("method", ["put", "get", "size", "remove", "put_new"])
def test_what_a_method_raises_is_the_cause(method: str, plan: vodkit.Plan, packaged: Path) -> None:
    sink = Memory()
    if method in ("size", "remove"):  # of a job that goes on, and of a package
        sink.files = files(packaged)
        if method == "size":
            del sink.files["master.m3u8"]

    def fail(*_: object) -> None:
        raise ConnectionError(f"{method} is down")

    setattr(sink, method, fail)
    with pytest.raises(vodkit.SinkWriteError, match=f"the memory.*ConnectionError: {method} is down") as raised:
        if method == "remove":
            vodkit.Package.open(sink).remove()
        else:
            vodkit.package(plan, sink)
    assert isinstance(raised.value.__cause__, ConnectionError)


def test_a_full_sink_is_told_apart(plan: vodkit.Plan) -> None:
    def full(key: str, data: bytes) -> None:
        raise OSError(errno.EDQUOT, "full", key)

    with pytest.raises(vodkit.NoSpaceError) as raised:
        vodkit.package(plan, full)
    assert (raised.value.errno, raised.value.filename) == (errno.EDQUOT, "plan.json")
    assert isinstance(raised.value.__cause__, OSError)


@pytest.mark.parametrize(("method", "answer"), [("get", "text"), ("size", "many"), ("size", -1)])
def test_strange_answers_are_refused(method: str, answer: Any, plan: vodkit.Plan, packaged: Path) -> None:
    sink = Memory()
    sink.files = files(packaged)
    setattr(sink, method, lambda key: answer)
    with pytest.raises(vodkit.VodkitError) as raised:
        vodkit.Package.open(sink).is_finished()
    assert isinstance(raised.value.__cause__, (TypeError, vodkit.InvalidArgumentError))


def test_methods_must_be_plain_functions(plan: vodkit.Plan) -> None:
    class Async(Memory):
        async def get(self, key: str) -> bytes | None:  # type: ignore[override]
            return None

    with pytest.raises(TypeError, match="async"):
        vodkit.start(plan, Async())
    with pytest.raises(TypeError, match="a path, a function or a Sink"):
        vodkit.start(plan, {})  # type: ignore[arg-type]
