#!/usr/bin/env python3
"""Whether plans of schema 3 hold the values of those of schema 2, under their new names.

    scripts/compare-plans.py OLD NEW      two plans, or two folders with packages of the same names
"""

import json
import sys
from pathlib import Path
from typing import Any

# What a field of schema 2 is called in schema 3.
RENAMES = {
    "configuration": "audio_specific_config",
    "copy": "passthrough",
    "frame": "first_frame",
    "from": "seek",
    "images": "storyboard",  # the type of a rendition
    "keyframe_frames": "keyframe_interval",
    "not_copied": "encoded_because",
    "skip": "priming",
    "tracks": "renditions",
    "video": "source_video",  # at the top; as a type it keeps its name
}
OWN = {"schema", "hash"}
NEW_IN_BUILD = {"architecture"}


def renamed(value: Any, top: bool = False) -> Any:
    if isinstance(value, list):
        return [renamed(each) for each in value]
    if not isinstance(value, dict):
        return value
    named = {}
    for name, each in value.items():
        if name == "type":
            each = "storyboard" if each == "images" else each
        named[RENAMES.get(name, name) if top or name != "video" else name] = renamed(each)
    return named


def differences(old: Any, new: Any, where: str) -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        found = [f"{where}: {sorted(old.keys() ^ new.keys())} in one alone"] if old.keys() != new.keys() else []
        return found + [word for name in old.keys() & new.keys() for word in differences(old[name], new[name], f"{where}.{name}")]
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [word for index, pair in enumerate(zip(old, new)) for word in differences(*pair, f"{where}[{index}]")]
    return [] if old == new else [f"{where}: {old!r} is {new!r}"]


def compare(old: Path, new: Path) -> list[str]:
    plans = [{name: each for name, each in json.loads(path.read_text()).items() if name not in OWN} for path in (old, new)]
    for name in NEW_IN_BUILD:
        plans[1]["build"].pop(name)
    return differences(renamed(plans[0], top=True), plans[1], str(new))


def main() -> None:
    old, new = map(Path, sys.argv[1:])
    pairs = [(old, new)]
    if old.is_dir():
        pairs = [(path, new / path.relative_to(old)) for path in sorted(old.rglob("plan.json"))]
    found = [word for pair in pairs for word in compare(*pair)]
    print("\n".join(found[:50]) or f"{len(pairs)} plans hold the same values")
    sys.exit(bool(found) or not pairs)


main()
