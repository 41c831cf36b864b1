"""Segment makers."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import vodkit

QUICK = vodkit.Ladder([180, 120], "ultrafast", storyboard=vodkit.Storyboard())


@pytest.fixture(scope="module")
def plan(clip: Path) -> vodkit.Plan:
    return vodkit.plan(clip, QUICK)


def test_makes_the_bytes_of_a_package(plan: vodkit.Plan, tmp_path: Path) -> None:
    vodkit.package(plan, tmp_path)
    made = {}
    with vodkit.SegmentMaker(plan) as maker:
        for task in plan.tasks():
            for segment in maker.run(task):
                made[segment.key] = segment.data
                assert segment.key == plan.rendition(segment.rendition).segments()[segment.index].key
        for rendition in plan.renditions:
            if rendition.init_key is not None:
                made[rendition.init_key] = maker.init(rendition)
        assert maker.segment("180p", 1) == made["180p/00001.m4s"]
    files = {str(path.relative_to(tmp_path)): path.read_bytes() for path in tmp_path.glob("*/*.[mj]*[g4s]")}
    assert made == files


def test_tasks_are_made_as_they_are_asked_for(plan: vodkit.Plan) -> None:
    maker = vodkit.SegmentMaker(plan)
    task = vodkit.Task(("180p", "120p"), 1, 2, 0)
    made = maker.run(task)
    assert [(each.rendition, each.index) for each in (next(made), next(made))] == [("180p", 1), ("120p", 1)]
    assert maker.segment("audio", 0) == plan.segment("audio", 0)
    assert next(made).data == plan.segment("180p", 2)


def test_wrong_use_is_refused(plan: vodkit.Plan, other: Path) -> None:
    maker = vodkit.SegmentMaker(plan)
    for call in (
        lambda: maker.segment("180p", 3),
        lambda: maker.segment("180p", -1),
        lambda: maker.init("storyboard"),
        lambda: next(maker.run(vodkit.Task(("180p",), 3, 1, 0))),
    ):
        with pytest.raises(vodkit.OutOfRangeError):
            call()
    with pytest.raises(TypeError, match="vodkit.Task"):
        next(maker.run("180p"))  # type: ignore[arg-type]
    maker.close()
    maker.close()
    for call in (lambda: maker.segment("180p", 0), lambda: maker.init("180p")):
        with pytest.raises(vodkit.InvalidArgumentError, match="closed"):
            call()
    with pytest.raises(vodkit.InvalidArgumentError, match="no source"):
        vodkit.SegmentMaker(vodkit.Plan.from_json(plan.to_json()))
    with pytest.raises(vodkit.SourceChangedError):
        vodkit.SegmentMaker(plan.with_source(other))


def test_threads_take_turns(plan: vodkit.Plan) -> None:
    expected = [plan.segment("120p", index) for index in range(3)]
    with vodkit.SegmentMaker(plan) as maker, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda index: maker.segment("120p", index % 3), range(12))) == expected * 4


def test_file_objects_are_read_from(clip: Path, plan: vodkit.Plan) -> None:
    with clip.open("rb") as file, vodkit.SegmentMaker(plan.with_source(file)) as maker:
        assert maker.segment("180p", 2) == plan.segment("180p", 2)
        file.close()
        with pytest.raises(vodkit.SourceReadError) as raised:
            maker.segment("180p", 0)
        assert isinstance(raised.value.__cause__, ValueError)


def test_is_cancelled_for_good(large: Path) -> None:
    token = vodkit.CancelToken()
    maker = vodkit.SegmentMaker(vodkit.plan(large, vodkit.Ladder([720], "slower", segment_seconds=30)), cancel=token)
    threading.Timer(0.5, token.cancel).start()
    for _ in range(2):
        with pytest.raises(vodkit.CancelledError):
            maker.segment("720p", 0)
