"""The library's log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import vodkit


@pytest.fixture(autouse=True)
def quiet_again() -> Iterator[None]:
    yield
    vodkit.disable_logging()
    logging.getLogger("vodkit").setLevel(logging.NOTSET)


def test_goes_to_a_logger(clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    vodkit.enable_logging("DEBUG")
    vodkit.probe(clip)
    assert any(record.name == "vodkit" and str(clip) in record.getMessage() for record in caplog.records)


def test_says_no_more_than_was_asked_for(clip: Path, caplog: pytest.LogCaptureFixture) -> None:
    vodkit.probe(clip)
    vodkit.enable_logging(logging.ERROR)
    vodkit.probe(clip)
    vodkit.enable_logging(5)
    vodkit.disable_logging()
    vodkit.probe(clip)
    assert not caplog.records


def test_may_come_from_many_threads(clip: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    vodkit.enable_logging(5)
    vodkit.package(clip, tmp_path, vodkit.Ladder([180, 120], preset="ultrafast"), workers=4)
    assert caplog.records


def test_a_level_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError):
        vodkit.enable_logging("LOUD")
