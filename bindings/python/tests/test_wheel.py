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
    for name in ("x264", "dav1d", "zimg", "avcodec", "avformat", "swscale"):
        assert all(PACKAGE.parent in Path(path).parents for path in loaded if name in path)


def test_says_what_it_is() -> None:
    about = importlib.metadata.metadata("vodkit")
    assert about["Version"] == vodkit.__version__
    assert about["License-Expression"] == "MIT OR Apache-2.0"
    assert "GPL" in importlib.metadata.metadata("vodkit").get_payload()  # type: ignore[attr-defined]
    assert (PACKAGE / "py.typed").exists()


def test_documents_what_it_offers() -> None:
    offered = [getattr(vodkit, name) for name in vodkit.__all__]
    for each in filter(callable, offered):
        if each.__module__.startswith("vodkit"):
            assert each.__doc__ and not each.__doc__.startswith(f"{each.__name__}(")
