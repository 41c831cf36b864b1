"""The library, and cffi's declarations of include/vodkit.h; setup.py puts both into the wheel."""

from pathlib import Path
from typing import Any

from ._declarations import ffi as _ffi

ffi: Any = _ffi
lib: Any = ffi.dlopen(str(Path(__file__).with_name("libvodkit.so")))
