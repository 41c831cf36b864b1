"""What help(vodkit) says."""

import dataclasses
import inspect
import pydoc
import re

import pytest
import vodkit

OFFERED = {name: getattr(vodkit, name) for name in vodkit.__all__}
CLASSES = {name: each for name, each in OFFERED.items() if inspect.isclass(each)}
DATA = [each for each in CLASSES.values() if dataclasses.is_dataclass(each)]
OTHERS = (vodkit.Plan, vodkit.Source, vodkit.Job, vodkit.SegmentMaker, vodkit.Thumbnail, vodkit.Frame, vodkit.VodkitError)


@pytest.mark.parametrize("kind", [*DATA, *OTHERS])
def test_every_field_is_told(kind: type) -> None:
    fields = {name for each in kind.__mro__ for name in inspect.get_annotations(each) if not name.startswith("_")}
    told = re.findall(r"^    (\w+): \S", inspect.getdoc(kind) or "", re.MULTILINE)
    assert sorted(told) == sorted(fields)


def test_begins_with_all_that_there_is() -> None:
    contents = (vodkit.__doc__ or "").split("Any number of threads")[0]
    errors = {name for name, each in CLASSES.items() if issubclass(each, Exception)}
    named = {name for name, each in OFFERED.items() if name in CLASSES or inspect.isfunction(each)} - errors
    assert [name for name in named if not re.search(rf"\b{name}s?\b", contents)] == []
    functions = contents.partition("What comes in:")[0]
    listed = re.findall(r"^    (\w+)  +\S", functions, re.MULTILINE)
    assert sorted(listed) == sorted(name for name, each in OFFERED.items() if inspect.isfunction(each))


def test_is_shown_by_help() -> None:
    text = pydoc.plain(pydoc.render_doc(vodkit))
    for words in ("short_side: The shorter side", "probe                         what is in a video", "wall_time: "):
        assert words in text
