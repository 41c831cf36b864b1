#!/usr/bin/env python3
"""Checks that data flows one way through the library: called by `make lint`.

- A folder of src/ imports only folders that stand above it in ARCHITECTURE.md's list.
- No file imports itself by way of others.
- Nothing inside imports lib.rs, which only re-exports.
- One folder alone names FFmpeg.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SRC = ROOT / "src"
PATH = re.compile(r"\b(crate|super)((?:::(?:\w+|\{[^;]*?\}(?=[;,\s])))+)")


def layers() -> list[str]:
    """The folders of src/, as ARCHITECTURE.md lists them."""
    rows = re.findall(r"^\| `(\w+)/` \|", (ROOT / "ARCHITECTURE.md").read_text(), re.M)
    return [name for name in rows if (SRC / name).is_dir()]


def code(path: Path) -> str:
    """A file without its comments and texts."""
    return re.sub(r'//[^\n]*|"(?:[^"\\]|\\.)*"', "", path.read_text())


def expand(path: str) -> list[list[str]]:
    """`::a::{b, c::{d}}` as [a, b], [a, c, d]."""
    path = path.strip().removeprefix("::")
    head, brace, rest = path.partition("{")
    names = [name.strip() for name in head.split("::") if name.strip()]
    if not brace:
        return [names]
    parts, depth, part = [], 0, ""
    for character in rest.rsplit("}", 1)[0] + ",":
        depth += (character == "{") - (character == "}")
        if character == "," and depth == 0:
            parts.append(part)
            part = ""
        else:
            part += character
    return [names + inner for part in parts if part.strip() for inner in expand(part)]


def paths(text: str):
    """All paths into the crate that a file names."""
    for match in re.finditer(r"\b(crate|super)\s*::", text):
        end, depth = match.end(), 0
        while end < len(text) and (depth or re.match(r"[\w:{]", text[end])):
            depth += (text[end] == "{") - (text[end] == "}")
            end += 1
        supers = text[match.start() : end]
        for names in expand("::" + supers):
            yield [name.split(" as ")[0].strip() for name in names]


def module_file(module: list[str]) -> Path | None:
    """The file of a module."""
    base = SRC.joinpath(*module)
    return next((file for file in (base.with_suffix(".rs"), base / "mod.rs") if file.is_file()), None)


def resolve(module: list[str], name: str) -> list[str]:
    """The module that a name comes from which `module` re-exports."""
    file = module_file(module)
    if file and file.name == "mod.rs":
        for match in re.finditer(r"\buse ([^;]+);", code(file)):
            for names in expand("::" + match.group(1)):
                if names[-1].split(" as ")[-1].strip() == name and module_file(module + [names[0]]):
                    return resolve(module + names[:-1], names[-1].split(" as ")[0].strip())
    return module


def imports(file: Path) -> set[Path]:
    """The files that a file takes names from."""
    place = list(file.relative_to(SRC).with_suffix("").parts)
    found = set()
    for names in paths(code(file)):
        # A block of tests inside a file is one module further down.
        here = place[:-1] if place[-1] == "mod" else place
        if names[0] == "crate":
            module, rest = [], names[1:]
        else:
            ups = sum(1 for name in names if name == "super")
            module, rest = here[: max(len(here) - ups, 0)], names[ups:]
        while rest and module_file(module + rest[:1]):
            module, rest = module + rest[:1], rest[1:]
        if rest and rest[0] != "*":
            module = resolve(module, rest[0])
        target = module_file(module) if module else SRC / "lib.rs"
        if target and target != file and (rest or target.name != "mod.rs"):
            found.add(target)
    return found


def circle(graph: dict[Path, set[Path]]) -> list[Path] | None:
    """A way from a file back to itself."""
    done: set[Path] = set()

    def walk(file: Path, way: list[Path]) -> list[Path] | None:
        if file in way:
            return way[way.index(file) :] + [file]
        if file in done:
            return None
        done.add(file)
        return next((found for other in sorted(graph.get(file, ())) if (found := walk(other, way + [file]))), None)

    return next((found for file in sorted(graph) if (found := walk(file, []))), None)


def main() -> int:
    order = layers()
    faults = [f"src/{name}/ is not in ARCHITECTURE.md's list" for name in sorted(
        folder.name for folder in SRC.iterdir() if folder.is_dir() and folder.name not in order)]
    files = [file for file in sorted(SRC.rglob("*.rs")) if file != SRC / "lib.rs"]
    graph = {file: imports(file) for file in files}
    for file, others in graph.items():
        name = file.relative_to(ROOT)
        own = file.relative_to(SRC).parts[0]
        for other in sorted(others):
            if other == SRC / "lib.rs":
                faults.append(f"{name} imports lib.rs: name the folder that has what it needs")
                continue
            folder = other.relative_to(SRC).parts[0]
            if own != folder and own in order and folder in order and order.index(folder) > order.index(own):
                faults.append(f"{name} imports {other.relative_to(ROOT)}, but {folder}/ stands below {own}/")
        if own != "ffmpeg" and re.search(r"\b(rsmpeg|ffi)::", code(file)):
            faults.append(f"{name} names FFmpeg, which src/ffmpeg/ alone may")
    way = circle({file: {other for other in others if other.name != "lib.rs"} for file, others in graph.items()})
    if way:
        faults.append("a circle: " + " -> ".join(str(file.relative_to(ROOT)) for file in way))
    print("\n".join(faults) or f"layers: {len(files)} files, one direction")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
