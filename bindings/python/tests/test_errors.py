"""Errors, and wrong use: it raises and never crashes."""

import asyncio
import errno
import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
import vodkit
from vodkit import _errors
from vodkit._native import lib

KINDS = sorted(_errors.BY_CODE.values(), key=lambda kind: kind.code)


def test_there_is_a_class_for_each_status() -> None:
    statuses = {name: getattr(lib, name) for name in dir(lib) if name.startswith("VODKIT_")}
    assert [kind.code for kind in KINDS] == list(range(1, 23))
    for kind in KINDS:
        assert statuses[f"VODKIT_ERROR_{kind.kind.upper()}"] == kind.code
        assert kind is getattr(vodkit, kind.__name__)
        assert kind.kind.replace("_", "") + "error" == kind.__name__.lower()


@pytest.mark.parametrize("kind", KINDS)
def test_errors_go_to_other_processes(kind: type[vodkit.VodkitError]) -> None:
    again = pickle.loads(pickle.dumps(kind("in full: a cause", "in full")))
    assert (type(again), str(again), again.message) == (kind, "in full: a cause", "in full")


def test_errors_are_what_python_programs_expect(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        vodkit.probe(tmp_path / "not there")
    assert (missing.value.errno, getattr(missing.value, "kind")) == (errno.ENOENT, "not_found")
    assert missing.value.filename == str(tmp_path / "not there")
    with pytest.raises(ValueError):
        vodkit.Ladder(crf=99)
    with pytest.raises(LookupError):
        raise vodkit.OutOfRangeError("")


def test_errors_of_the_system_say_which_and_where(tmp_path: Path) -> None:
    with pytest.raises(OSError) as raised:
        vodkit.probe(tmp_path)
    assert (type(raised.value), raised.value.filename) == (vodkit.SourceReadError, str(tmp_path))
    assert raised.value.errno == errno.EISDIR
    told = vodkit.SinkWriteError("cannot write: Input/output error (os error 5)", filename="out")
    again = pickle.loads(pickle.dumps(told))
    for error in (told, again):
        assert (error.errno, error.strerror, error.filename) == (errno.EIO, os.strerror(errno.EIO), "out")
        assert str(error) == "cannot write: Input/output error (os error 5)"
    assert vodkit.NoSpaceError("full").errno == errno.ENOSPC
    assert vodkit.AddressRefusedError("refused").errno == errno.EACCES
    assert vodkit.SinkWriteError("").errno is None
    assert not hasattr(vodkit.CorruptError(""), "errno")


def test_a_folder_that_may_not_be_written_to_is_named(clip: Path, tmp_path: Path) -> None:
    # Below a file: refused for root as well.
    (tmp_path / "file").touch()
    out = tmp_path / "file" / "out"
    with pytest.raises(vodkit.SinkWriteError) as raised:
        vodkit.package(clip, out, vodkit.Ladder([180], "ultrafast"))
    assert (raised.value.errno, raised.value.filename) == (errno.ENOTDIR, str(out))


def test_messages_name_the_source(tmp_path: Path) -> None:
    class Named(io.BytesIO):
        name = "strange\0\udcff name"

    with pytest.raises(vodkit.NotMediaError, match="strange\\?\\? name") as raised:
        vodkit.probe(Named(b"no video" * 1000))
    assert raised.value.message in str(raised.value)


def test_garbage_is_refused() -> None:
    for data in (b"", b"x", os.urandom(100_000)):
        with pytest.raises((vodkit.NotMediaError, vodkit.TruncatedError)):
            vodkit.probe(data)


class Stub:
    """A file object that answers what it is told to."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {"read": b"", "seek": None, "tell": 1000} | answers

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in self.answers:
            raise AttributeError(name)
        return lambda *_: self.answers[name]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ({"read": b""}, vodkit.VodkitError),  # ends before its length
        ({"tell": -1}, vodkit.InvalidArgumentError),
        ({"tell": "far"}, TypeError),
    ],
)
def test_strange_file_objects_are_refused(answers: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        vodkit.probe(Stub(**answers))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (bytes(10**6), ValueError),  # more than was asked for
        ("text", TypeError),
        (5, TypeError),
        (None, BlockingIOError),
    ],
)
def test_strange_reads_are_the_cause(answer: Any, error: type[Exception]) -> None:
    for source in (Stub(read=answer), Stored(answer)):
        with pytest.raises(vodkit.SourceReadError, match="cannot read the ") as raised:
            vodkit.probe(source)
        expected = TypeError if answer is None and isinstance(source, Stored) else error
        assert isinstance(raised.value.__cause__, expected)
        assert str(raised.value.__cause__) in str(raised.value)


class Stored:
    """A storage that answers each read the same."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def size(self) -> int:
        return 1000

    def read_at(self, offset: int, size: int, /) -> Any:
        return self.answer


def test_wrong_types_are_refused(clip: Path, tmp_path: Path) -> None:
    wrong: Any
    plan = vodkit.plan(clip, vodkit.Ladder([180], preset="ultrafast"))
    for wrong in (None, 5, 1.5, object(), ["clip.mp4"], io.StringIO("text"), vodkit.Limits()):
        with pytest.raises(TypeError):
            vodkit.probe(wrong)
    for wrong in (None, 5, b"180p", 1.5):
        with pytest.raises(TypeError):
            plan.segment(wrong, 0)
    for call in (
        lambda wrong: vodkit.Plan.from_json(wrong),
        lambda wrong: plan.segment("180p", wrong),
        lambda wrong: plan.hls([wrong]),
        lambda wrong: vodkit.thumbnail(clip, at=wrong),
        lambda wrong: vodkit.thumbnail(clip, width=wrong),
        lambda wrong: vodkit.probe(clip, vodkit.Limits(tracks=wrong)),
        lambda wrong: vodkit.start(clip, tmp_path, workers=wrong),
        lambda wrong: vodkit.start(clip, wrong),
        lambda wrong: vodkit.Ladder(segment_seconds=wrong),
        lambda wrong: vodkit.plan(clip, wrong),
        lambda wrong: vodkit.thumbnail(clip, limits=wrong),
        lambda wrong: vodkit.thumbnail(clip, fit=wrong),
    ):
        for wrong in (object(), [1], {}):
            with pytest.raises(TypeError):
                call(wrong)


def test_wrong_types_are_named(clip: Path, tmp_path: Path) -> None:
    wrong: Any = "high"
    for call, words in (
        (lambda: vodkit.start(clip, tmp_path, priority=wrong), "priority must be an int, not str"),
        (lambda: vodkit.start(clip, tmp_path, thumbnail=wrong), "thumbnail must be a number, not str"),
        (lambda: vodkit.start(clip, tmp_path, workers=True), "workers must be an int, not bool"),
        (lambda: vodkit.Pool(True), "workers must be an int, not bool"),
        (lambda: vodkit.thumbnail(clip, at=True), "at must be a number, not bool"),
        (lambda: vodkit.Limits(tracks=wrong), "tracks must be an int, not str"),
        (lambda: vodkit.SegmentMaker(wrong), "plan must be a vodkit.Plan, not str"),
        (lambda: vodkit.Package(wrong), "packages come from vodkit.Package.open"),
        (lambda: vodkit.start(clip, cast(Any, {})), r"a Sink \(an object with put\), not dict"),
        (lambda: vodkit.start(clip, lambda *_: None).wait(timeout=wrong), "timeout must be a number, not str"),
        (lambda: asyncio.run(vodkit.to_thread(vodkit.probe, clip, cancel=wrong)), "cancel must be a vodkit.CancelToken"),
    ):
        with pytest.raises(TypeError, match=words):
            call()


def test_sources_that_cannot_seek_say_what_to_do(clip: Path) -> None:
    closed = clip.open("rb")
    closed.close()
    ends = os.pipe()
    with os.fdopen(ends[0], "rb") as buffered, os.fdopen(ends[1], "wb"), os.fdopen(os.dup(ends[0]), "rb", 0) as raw:
        for source in (closed, buffered, raw, memoryview(clip.read_bytes())[::2]):
            with pytest.raises(vodkit.InvalidArgumentError, match="read it into bytes first"):
                vodkit.probe(source)


def test_a_size_that_cannot_be_had_is_an_error_of_reading() -> None:
    class Gone(Stored):
        name = "the bucket"

        def size(self) -> int:
            raise ConnectionResetError(errno.ECONNRESET, "reset", "a.mp4")

    with pytest.raises(vodkit.SourceReadError, match="cannot read the bucket: ConnectionResetError: .*reset") as raised:
        vodkit.probe(Gone(b""))
    assert (raised.value.errno, raised.value.filename) == (errno.ECONNRESET, "a.mp4")
    assert isinstance(raised.value.__cause__, ConnectionResetError)


def test_numbers_that_c_cannot_hold_are_refused(clip: Path, tmp_path: Path) -> None:
    plan = vodkit.plan(clip, vodkit.Ladder([180], preset="ultrafast"))
    for call in (
        lambda: plan.hls([-1, 0, 0]),
        lambda: vodkit.Limits(source_bytes=2**64),
        lambda: vodkit.Limits(duration=-1),
        lambda: vodkit.start(clip, tmp_path, workers=-1),
    ):
        with pytest.raises(vodkit.InvalidArgumentError):
            call()


def test_text_that_c_cannot_hold_is_refused(clip: Path) -> None:
    plan = vodkit.plan(clip, vodkit.Ladder([180], preset="ultrafast"))
    for call in (
        lambda: vodkit.probe("clip.mp4\0"),
        lambda: plan.segment("180p\0", 0),
        lambda: plan.segment("\ud800", 0),
        lambda: vodkit.package(clip, "out\0"),
        lambda: vodkit.Plan.from_json(plan.to_json() + "\0"),
    ):
        with pytest.raises(vodkit.InvalidArgumentError):
            call()
