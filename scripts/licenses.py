#!/usr/bin/env python3
"""Gathers the licences of all that a built libvodkit holds and links, and finds what the whole is under.

    scripts/licenses.py LIBRARY --expression         print the licence of the whole, as an SPDX expression
    scripts/licenses.py LIBRARY FOLDER [--command]   write the texts into a folder; --command: of the vodkit command too

LIBRARY is a libvodkit.so, which is asked what it links. The texts come from the sources that cargo has, from the Rust
compiler's documentation, from the FFmpeg that is linked and from the system's packages; nothing is fetched. The same
build gives the same files. A licence that the tables below do not have is an error: docs/licenses.md says what is
meant by them, and deny.toml has the same list.
"""

import argparse
import html
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, NoReturn

ROOT = Path(__file__).resolve().parent.parent

# What may be part of a work under the GPL, version 2 as well as 3.
PERMISSIVE = {
    "0BSD", "Apache-2.0 WITH LLVM-exception", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0",
    "CDLA-Permissive-2.0", "IJG", "ISC", "MIT", "Unicode-3.0", "Unlicense", "WTFPL", "Zlib",
}  # fmt: skip
UNDER_GPL_2 = PERMISSIVE | {"GPL-2.0-or-later", "LGPL-2.1-or-later"}
# Its rules on patents keep the Apache licence out of version 2.
UNDER_GPL_3 = UNDER_GPL_2 | {"Apache-2.0", "GPL-3.0-or-later", "LGPL-3.0-or-later"}
WITHOUT_GPL = {text for text in UNDER_GPL_3 if not text.startswith("GPL")}

# What FFmpeg says of itself.
FFMPEG = {
    "LGPL version 2.1 or later": "LGPL-2.1-or-later",
    "LGPL version 3 or later": "LGPL-3.0-or-later",
    "GPL version 2 or later": "GPL-2.0-or-later",
    "GPL version 3 or later": "GPL-3.0-or-later",
}
# The libraries that FFmpeg is built with; what a system's own FFmpeg links besides is covered by what that one says.
LINKED = {"x264": "GPL-2.0-or-later", "dav1d": "BSD-2-Clause", "z": "Zlib"}
# What build scripts copy into the library.
COPIED = {"isolang"}
# Every Linux with a compiler or Python has these, and the GPL counts them as parts of the system.
SYSTEM = re.compile(r"(linux-vdso|ld-linux.*|lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+))\.so.*")

# What FFmpeg asks to be said, whatever is linked.
FFMPEG_NOTICE = """\
FFmpeg is a work of the FFmpeg developers. Most of its files are under the GNU Lesser General Public License, version 2.1
or later; parts that are chosen when it is built are under the GNU General Public License, version 2 or later. Some
files have licences in the style of MIT, X11 and BSD; the source has each one's terms at its top.

This software is based in part on the work of the Independent JPEG Group: jfdctfst.c, jfdctint_template.c and
jrevdct.c of FFmpeg's libavcodec come from libjpeg, as FFmpeg's developers have changed them.
"""


class Part(NamedTuple):
    """One work that the whole is made of."""

    kind: str
    name: str
    version: str
    licence: str
    texts: list[str]


def die(message: str) -> NoReturn:
    sys.exit(f"licenses: {message}")


def output(*command: str, **environment: str) -> str:
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT,
                          env=os.environ | environment).stdout  # fmt: skip


def setting(name: str) -> str | None:
    """From the environment, or as set-up has written it down."""
    config = ROOT / ".cargo/config.toml"
    written = tomllib.loads(config.read_text())["env"] if config.exists() else {}
    return os.environ.get(name, written.get(name))


def alternatives(expression: str) -> list[frozenset[str]]:
    """The sets of licences, one of which has to be kept."""
    tokens = re.findall(r"[()]|[^\s()]+", expression.replace("/", " OR "))

    def either() -> list[frozenset[str]]:
        found = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            found = found + both()
        return found

    def both() -> list[frozenset[str]]:
        found = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            other = one()
            found = [left | right for left in found for right in other]
        return found

    def one() -> list[frozenset[str]]:
        token = tokens.pop(0)
        if token == "(":
            found = either()
            tokens.pop(0)
            return found
        if tokens and tokens[0] == "WITH":
            tokens.pop(0)
            token += f" WITH {tokens.pop(0)}"
        return [frozenset([token])]

    return either()


def fits(part: Part, allowed: set[str]) -> bool:
    return any(choice <= allowed for choice in alternatives(part.licence))


def whole(parts: list[Part]) -> tuple[str, list[str]]:
    """The licence of all parts together, and the names of those which make it that one."""
    own = [part for part in parts if part.kind != "system"]
    because: list[str] = []
    if any(part.licence.startswith("GPL") for part in own):
        for licence, allowed in (("GPL-2.0-or-later", UNDER_GPL_2), ("GPL-3.0-or-later", UNDER_GPL_3)):
            unfit = [part.name for part in own if not fits(part, allowed)]
            if not unfit:
                return licence, because
            because = unfit
        die(f"these cannot be part of a work under the GPL: {', '.join(unfit)}")
    if unfit := [part.name for part in own if not fits(part, WITHOUT_GPL)]:
        die(f"these are under licences that scripts/licenses.py does not know: {', '.join(unfit)}")
    # All hold, each for its part; where there is a choice we take MIT, and for vodkit itself leave it open.
    kept = {"(MIT OR Apache-2.0)"}
    for part in own:
        choices = [choice for choice in alternatives(part.licence) if choice <= WITHOUT_GPL]
        kept |= min(choices, key=lambda choice: ("MIT" not in choice, len(choice), sorted(choice)))
    return " AND ".join(sorted(kept)), []


def crates(roots: list[str]) -> Iterator[Part]:
    """The crates that are compiled into the roots: no macros, no build scripts, nothing for tests."""
    host = re.search(r"^host: (.*)$", output("rustc", "-vV"), re.M)
    metadata = json.loads(
        output("cargo", "metadata", "--format-version=1", "--locked", "--filter-platform", host[1] if host else "")
    )
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    ours = set(metadata["workspace_members"])
    waiting = [id for id in ours if packages[id]["name"] in roots]
    seen = set()
    while waiting:
        id = waiting.pop()
        if id in seen or any("proc-macro" in target["kind"] for target in packages[id]["targets"]):
            continue
        seen.add(id)
        waiting += [dep["pkg"] for dep in nodes[id]["deps"] if any(kind["kind"] is None for kind in dep["dep_kinds"])]
        waiting += [dep["pkg"] for dep in nodes[id]["deps"] if dep["name"] in COPIED]
    for id in sorted(seen - ours, key=lambda id: (packages[id]["name"], packages[id]["version"])):
        package = packages[id]
        folder = Path(package["manifest_path"]).parent
        named = re.compile(r"(un)?licen[sc]e|copying|copyright|notice", re.I)
        files = sorted(path for path in folder.rglob("*") if path.is_file() and named.match(path.name) and
                       path.suffix not in {".rs", ".py", ".html"})  # fmt: skip
        if not files and "Apache-2.0" in (package["license"] or ""):
            # Its text is the same for all: it names no owner.
            files = [ROOT / "LICENSE-APACHE"]
        if not files or not package["license"]:
            die(f"the crate {package['name']} {package['version']} has no text of its licence")
        texts = [path.read_text(errors="replace") for path in files]
        yield Part("crate", package["name"], package["version"], package["license"], texts)


def rust() -> Part:
    """Rust's standard library, with the crates that it has inside."""
    version = output("rustc", "--version").split()[1]
    own = [(ROOT / name).read_text() for name in ("LICENSE-APACHE", "LICENSE-MIT")]
    page = Path(output("rustc", "--print", "sysroot").strip(), "share/doc/rust/COPYRIGHT-library.html")
    if not page.exists():
        print(f"licenses: {page} is missing, so notices of Rust's standard library are too", file=sys.stderr)
        return Part("crate", "Rust's standard library", version, "MIT OR Apache-2.0", own[:1])
    text = page.read_text()
    notices = [html.unescape(notice) for notice in re.findall(r"<pre>(.*?)</pre>", text, re.S)]
    told = html.unescape(re.sub(r"<pre>.*?</pre>|<head>.*?</head>|<[^>]+>", "", text, flags=re.S))
    told = re.sub(r"\n\s*\n\s*", "\n\n", told)
    licence = "(MIT OR Apache-2.0) AND Unicode-3.0"
    return Part("crate", "Rust's standard library", version, licence, [told, *notices])


def package_of(library: Path) -> tuple[str, str, str] | None:
    """The system's package that a file is of, its source and that one's version."""
    for path in (library, Path(str(library).removeprefix("/usr")), Path("/usr", str(library).lstrip("/"))):
        try:
            owner = output("dpkg-query", "-S", str(path)).split(": ")[0].split(",")[0]
            shown = output("dpkg-query", "-W", "-f=${Package}\t${source:Package}\t${source:Version}", owner)
            name, source, version = shown.split("\t")
            return name, source, version
        except (OSError, subprocess.CalledProcessError):
            continue
    return None


def linked(library: Path) -> Iterator[tuple[str, Path]]:
    """The shared libraries that it needs, but for the system's own."""
    for line in output("ldd", str(library)).splitlines():
        if found := re.match(r"\s*(\S+) => (/\S+)", line):
            if not SYSTEM.fullmatch(found[1]):
                yield found[1].split(".so")[0].removeprefix("lib"), Path(found[2]).resolve()


def libraries(library: Path) -> Iterator[Part]:
    """FFmpeg, and the shared libraries."""
    shared = dict(sorted(linked(library)))
    static = setting("FFMPEG_LINK_MODE") == "static"
    environment = {"PKG_CONFIG_PATH": asked} if (asked := setting("FFMPEG_PKG_CONFIG_PATH")) else {}
    libdir = Path(output("pkg-config", "--variable=libdir", "libavcodec", **environment).strip())
    code = (libdir / "libavcodec.a" if static else shared["avcodec"]).read_bytes()
    said = re.search(rb"libavcodec license: ([^\0]*)", code)
    licence = FFMPEG.get(said[1].decode() if said else "")
    if licence is None:
        die(f"FFmpeg is under {said[1].decode() if said else 'no known licence'}: it must not be distributed")
    configuration = re.search(rb"--[^\0]*--[^\0]*", code)
    switches = re.sub(r"--(prefix|[a-z]*dir)='?[^' ]*'? ?", "", configuration[0].decode() if configuration else "")
    includes = Path(output("pkg-config", "--variable=includedir", "libavcodec", **environment).strip())
    version = re.search(r'FFMPEG_VERSION "(.*)"', (includes / "libavutil/ffversion.h").read_text())
    notices = [FFMPEG_NOTICE + f"\nConfigured with:\n{switches}\n"]
    notices += [path.read_text() for path in sorted((libdir.parent / "share/doc/vodkit-ffmpeg").glob("*"))]
    yield Part("inside" if static else "source", "FFmpeg", version[1] if version else "?", licence, notices)
    for name, path in shared.items():
        package = package_of(path)
        notice = Path("/usr/share/doc", package[0], "copyright") if package else None
        if notice is None or not notice.exists():
            print(f"licenses: no notices of {path.name} were found on this system", file=sys.stderr)
        texts = [notice.read_text(errors="replace")] if notice and notice.exists() else []
        known = LINKED.get(name)
        yield Part("linked" if known else "system", f"{package[1]} (lib{name})" if package else f"lib{name}",
                   package[2] if package else "?", known or "see its text", texts)  # fmt: skip


def players() -> Iterator[Part]:
    """What `vodkit serve` gives to browsers."""
    folder = setting("VODKIT_PLAYERS")
    if not folder:
        return
    about = Path(folder, "about")
    if not about.exists():
        die("the players are without their licences: run scripts/setup.sh")
    for line in about.read_text().splitlines():
        name, version, licence = line.split()
        yield Part("player", name, version, licence, [Path(folder, f"{name}.license").read_text()])


def version_of_vodkit() -> str:
    return str(tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"])


def table(parts: list[Part]) -> str:
    return "".join(f"  {part.name} {part.version}: {part.licence}\n" for part in parts)


def readme(parts: list[Part], licence: str, because: list[str]) -> str:
    """What the whole is under, why, and where the source is to be had."""
    by: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by[part.kind].append(part)
    text = f"vodkit {version_of_vodkit()}: licences of this build\n\nAs a whole: {licence}\n\n"
    text += "vodkit's own code is under MIT or Apache-2.0, as you like: LICENSE-MIT, LICENSE-APACHE.\n"
    if licence.startswith("GPL"):
        text += "It is joined here with works under the GPL, so who passes on this build, or a program with it,\n"
        text += "passes on the whole under the GPL. Its text is beside this file.\n"
        if because:
            text += "Version 3, as these are under Apache-2.0 alone, or in part, which version 2 does not admit: "
            text += f"{', '.join(because)}.\n"
    else:
        text += "FFmpeg is under the LGPL: who gets this build must be able to change FFmpeg and to put it together\n"
        text += "again. Its text is beside this file; the other parts have texts of their own.\n"
    for kind, title in (
        ("inside", "Inside the library"),
        ("source", "Linked from the system, or copied into a wheel"),
        ("linked", "Linked from the system; a wheel has copies of all but zlib"),
        ("system", "Linked by the system's FFmpeg"),
        ("player", "Inside the command vodkit"),
    ):
        if by[kind]:
            text += f"\n{title}:\n{table(by[kind])}"
    text += f"\n{len(by['crate'])} libraries in Rust, each in THIRD-PARTY.txt.\n\nWhere the source is\n\n"
    text += f"  vodkit: its repository at version {version_of_vodkit()}; scripts/ has what builds and installs it.\n"
    text += "  The libraries in Rust: in a checkout, `cargo vendor --locked` gathers them all.\n"
    for part in by["inside"]:
        text += f"  FFmpeg {part.version}: unchanged; Debian's source package ffmpeg has it, `apt-get source ffmpeg`.\n"
        text += "    How it was configured stands in THIRD-PARTY.txt; scripts/build-ffmpeg.sh does it.\n"
    for part in by["linked"] + by["source"] + by["system"]:
        name = part.name.split(" ")[0].lower()
        text += f"  {part.name}: `apt-get source {name}={part.version}` on the system that this was built on.\n"
    text += "\nDebian's snapshot archive keeps all versions of its source packages.\n"
    return text


def third_party(parts: list[Part]) -> str:
    """All parts, and each text once."""
    users: dict[str, list[str]] = defaultdict(list)
    first: dict[str, str] = {}
    for part in parts:
        for text in part.texts:
            key = " ".join(text.split())
            first.setdefault(key, text.strip("\n"))
            who = f"{part.name} {part.version}"
            if who not in users[key]:
                users[key].append(who)
    rule = "=" * 100
    told = f"What vodkit is made of, and the texts of the licences.\n\n{table(parts)}"
    for key, text in first.items():
        told += f"\n{rule}\n{', '.join(users[key])}\n{rule}\n\n{text}\n"
    return told


def main() -> None:
    arguments = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    arguments.add_argument("library", type=Path)
    arguments.add_argument("folder", type=Path, nargs="?")
    arguments.add_argument("--expression", action="store_true")
    arguments.add_argument("--command", action="store_true")
    given = arguments.parse_args()
    roots = ["vodkit-capi", "vodkit-cli"] if given.command else ["vodkit-capi"]
    parts = [*libraries(given.library.resolve()), *(players() if given.command else []), rust(), *crates(roots)]
    licence, because = whole(parts)
    if given.expression:
        print(licence)
    if given.folder is None:
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    files = {"README.txt": readme(parts, licence, because), "THIRD-PARTY.txt": third_party(parts)}
    for name in ("LICENSE-APACHE", "LICENSE-MIT"):
        files[name] = (ROOT / name).read_text()
    # The GPL of the whole; the LGPL, of which version 3 is an addition to the GPL; and what parts came under.
    wanted = {part.licence.removesuffix("-or-later") for part in parts if "GPL" in part.licence} | (
        {licence.removesuffix("-or-later")} if licence.startswith("GPL") else set()
    )
    for name in wanted | ({"GPL-3.0"} if "LGPL-3.0" in wanted else set()):
        files[f"{name}.txt"] = (ROOT / f"licenses/{name}.txt").read_text()
    for name, text in files.items():
        (given.folder / name).write_text(text)


if __name__ == "__main__":
    main()
