"""Builds the wheel around the shared library that cargo has made; scripts/python.sh calls it.

cffi's ABI mode: the wheel has no code that is compiled for Python, so one does for all its versions. The
declarations are those of include/vodkit.h, made into a module here so that nothing is parsed at import.
"""

import os
import shutil
import subprocess
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


class WithLibrary(Distribution):
    def has_ext_modules(self) -> bool:
        return True


Path(SCRATCH).mkdir(parents=True, exist_ok=True)
setup(
    version=tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"],
    distclass=WithLibrary,
    cmdclass={"build_py": Build, "bdist_wheel": Wheel},
    options={"build": {"build_base": str(SCRATCH)}, "egg_info": {"egg_base": str(SCRATCH)}},
)
