"""Builds the wheel around the shared library that cargo has made; scripts/python.sh calls it.

cffi's ABI mode: the wheel has no code that is compiled for Python, so one does for all its versions. The
declarations are those of include/vodkit.h, made into a module here so that nothing is parsed at import.
"""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from cffi import FFI
from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = os.environ.get("VODKIT_LIBRARY", ROOT / "target/release/libvodkit_capi.so")
# Nothing is left in the source tree.
SCRATCH = os.environ.get("VODKIT_SCRATCH", ROOT / "target/python/build")


def licences(*arguments: str) -> str:
    """What scripts/licenses.py says of the library."""
    return subprocess.check_output([sys.executable, ROOT / "scripts/licenses.py", LIBRARY, *arguments], text=True)


def declarations() -> str:
    """The header without what cffi does not read: comments, conditions and includes."""
    lines = (ROOT / "include/vodkit.h").read_text().splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith("#include"))
    return subprocess.check_output(["cc", "-E", "-P", "-"], input=text, text=True)


class Build(build_py):
    def run(self) -> None:
        super().run()
        package = Path(self.build_lib, "vodkit")
        ffi = FFI()
        ffi.cdef(declarations())
        ffi.set_source("vodkit._declarations", None)
        ffi.emit_python_code(str(package / "_declarations.py"))
        shutil.copy(LIBRARY, package / "libvodkit.so")


class Wheel(bdist_wheel):
    def get_tag(self) -> tuple[str, str, str]:
        return "py3", "none", super().get_tag()[2]

    def egg2dist(self, egginfo_path: str, distinfo_path: str) -> None:
        """Adds the licences: setuptools takes only files that lie beside pyproject.toml, and these are made."""
        super().egg2dist(egginfo_path, distinfo_path)
        folder = Path(distinfo_path, "licenses")
        licences(str(folder))
        metadata = Path(distinfo_path, "METADATA")
        before, expression, after = metadata.read_text().partition("License-Expression: ")
        line, rest = after.split("\n", 1)
        names = "".join(f"License-File: {path.name}\n" for path in sorted(folder.iterdir()))
        metadata.write_text(f"{before}{expression}{line}\n{names}{rest}")


class WithLibrary(Distribution):
    def has_ext_modules(self) -> bool:
        return True


Path(SCRATCH).mkdir(parents=True, exist_ok=True)
setup(
    version=tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"],
    license_expression=licences("--expression").strip(),
    license_files=[],
    distclass=WithLibrary,
    cmdclass={"build_py": Build, "bdist_wheel": Wheel},
    options={"build": {"build_base": str(SCRATCH)}, "egg_info": {"egg_base": str(SCRATCH)}},
)
