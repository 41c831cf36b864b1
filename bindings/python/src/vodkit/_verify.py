"""Packages read back."""

import json
import os
from dataclasses import dataclass
from functools import partial

from ._call import attempt, given, interruptible, path_bytes, take_text
from ._errors import named
from ._native import ffi, lib


@dataclass(frozen=True)
class Finding:
    """One rule that a package breaks.

    Attributes:
        file: The file's place in the package, such as ``"720p/00003.m4s"``.
        rule: The rule, by standard and section where there is one, such as ``"RFC 8216 4.3.3.1"``.
        message: One sentence that says what is wrong.
    """

    file: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.message} ({self.rule})"


@dataclass(frozen=True)
class Report:
    """What ``verify`` found in a package.

    Attributes:
        files: Number of files in the package, all of which were checked.
        segments: Number of media segments whose boxes and samples, or images, were read.
        findings: The rules that the package breaks, by file in the order of checking.
    """

    files: int
    segments: int
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Whether no rule is broken."""
        return not self.findings


def verify(folder: str | os.PathLike[str]) -> Report:
    """Reads a finished package back and reports each rule that it breaks: of HLS, DASH, CMAF, WebVTT and JPEG, and of
    its own plan. It shares no code with what writes packages, and reads every file.

        report = vodkit.verify("holiday")
        assert report.is_clean, "\\n".join(map(str, report.findings))

    A broken package is no error. Raises NotFoundError where there is no such folder or it has no ``master.m3u8``, and
    SourceReadError where it cannot be listed.
    """
    path, place = path_bytes(folder), ffi.new("char **")
    given(named(interruptible(partial(attempt, lib.vodkit_verify_to_json, path, place)), os.fspath(folder)))
    report = json.loads(take_text(place[0]))
    findings = tuple(Finding(**finding) for finding in report["findings"])
    return Report(report["files"], report["segments"], findings)
