"""Files as a browser sends them: a name that the sender chose, and bytes. Judged in a folder that goes away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from superemitter.model.errors import InvalidForm
from superemitter.publish.forms import inspect_attachment

#: Files that go with one form, and the largest of them. [byte]
MOST_FILES: Final = 5
LARGEST_FILE: Final = 15_000_000
_LONGEST_NAME: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came in: the name that the sender gave it, and its bytes."""

    name: str
    content: bytes


@contextmanager
def laid(uploads: Sequence[Upload]) -> Iterator[tuple[Path, ...]]:
    """The uploads as files of a folder of their own, which is gone afterwards.

    Raises
    ------
    InvalidForm
        A name is no name for a file, two are the same, or a file is empty or too large.
    """
    with tempfile.TemporaryDirectory(prefix="superemitter-") as name:
        yield lay(uploads, Path(name))


def lay(uploads: Sequence[Upload], folder: Path) -> tuple[Path, ...]:
    """Put uploads into a folder under their own names, once these are names and nothing else."""
    seen: set[str] = set()
    paths = []
    for upload in uploads:
        if fault := name_fault(upload.name):
            raise InvalidForm(f"evidence: {fault}")
        if upload.name.casefold() in seen:
            raise InvalidForm(f"evidence: two files have the name {upload.name}")
        if not 0 < len(upload.content) <= LARGEST_FILE:
            raise InvalidForm(
                f"evidence: {upload.name} has {len(upload.content):,} bytes",
                hint=f"1 to {LARGEST_FILE // 1_000_000} MB",
            )
        seen.add(upload.name.casefold())
        path = folder / upload.name
        path.write_bytes(upload.content)
        paths.append(path)
    return tuple(paths)


def name_fault(name: str) -> str:
    """What is wrong with a file's name; empty if it may be one."""
    plain = Path(name).name == name and name not in ("", ".", "..")
    if not plain or "\x00" in name or "\\" in name or len(name) > _LONGEST_NAME:
        return f"{name[:60]!r} is no name for a file"
    return ""


def faults_of(uploads: Sequence[Upload]) -> list[str]:
    """Everything that is wrong with the files of a form, each by itself; empty if they can be taken."""
    faults = []
    if len(uploads) > MOST_FILES:
        faults.append(f"{len(uploads)} files were sent; {MOST_FILES} at most")
    names = [one.name.casefold() for one in uploads]
    faults += [f"two files have the name {name[:60]}" for name in sorted({n for n in names if names.count(n) > 1})]
    for upload in uploads[: MOST_FILES + 1]:
        try:
            with laid([upload]) as (path,):
                inspect_attachment(path)
        except InvalidForm as error:
            faults.append(f"{error.message}{f' ({error.hint})' if error.hint else ''}".removeprefix("evidence: "))
    return faults
