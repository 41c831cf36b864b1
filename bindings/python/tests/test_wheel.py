"""What the wheel is, and that it needs nothing of the machine's."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

import vodkit

# What the manylinux policy finds on every Linux: glibc, the runtimes of C and C++, and zlib.
EVERYWHERE = r"linux-vdso|ld-linux|lib(c|m|pthread|dl|rt|gcc_s|stdc\+\+|z)\.so"
PACKAGE = Path(vodkit.__file__).parent


def test_is_for_all_pythons_and_most_linuxes() -> None:
    wheel = importlib.metadata.distribution("vodkit").read_text("WHEEL")
    assert wheel is not None and re.search(r"^Tag: py3-none-manylinux_2_\d+_\w+$", wheel, re.MULTILINE)


def test_needs_no_library_of_the_machine() -> None:
    found = subprocess.run(["ldd", PACKAGE / "libvodkit.so"], check=True, capture_output=True, text=True).stdout
    own = [line.split()[2] for line in found.splitlines() if not re.search(EVERYWHERE, line)]
    assert any("x264" in path for path in own)
    assert all(Path(path).resolve().parent == PACKAGE.parent / "vodkit.libs" for path in own), found


def test_loads_no_library_of_the_machine(clip: Path) -> None:
    vodkit.package(clip, lambda key, data: None, vodkit.Ladder([180], preset="ultrafast"), thumbnail=0)
    loaded = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines() if "/" in line}
    for name in ("x264", "dav1d", "avcodec", "avformat", "swscale"):
        assert all(PACKAGE.parent in Path(path).parents for path in loaded if name in path)


def test_says_what_it_is() -> None:
    about = importlib.metadata.metadata("vodkit")
    assert about["Version"] == vodkit.__version__
    assert (PACKAGE / "py.typed").exists()
    # That of all that it holds: x264 and an FFmpeg under the GPL, and crates that version 2 does not admit.
    assert about["License-Expression"] == "GPL-3.0-or-later"
    assert "GPL" in about.get_payload()  # type: ignore[attr-defined]
    files = importlib.metadata.files("vodkit") or []
    texts = {Path(file).name: Path(file.locate()).read_text() for file in files if "licenses" in file.parts}
    assert set(about.get_all("License-File") or []) == set(texts)
    assert any("GNU GENERAL PUBLIC LICENSE" in text and "Version 3" in text for text in texts.values())
    told = "".join(texts.values())
    assert all(name in told for name in ("x264", "dav1d", "FFmpeg", "ureq", "MIT", "Apache"))


def test_documents_what_it_offers() -> None:
    offered = [getattr(vodkit, name) for name in vodkit.__all__]
    for each in filter(callable, offered):
        if each.__module__.startswith("vodkit"):
            assert each.__doc__ and not each.__doc__.startswith(f"{each.__name__}(")
