"""``run.json``: the record that lets anyone recompute the numbers."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path

from superemitter.model import RunRecord
from superemitter.model.errors import OutputError


def write_run_record(record: RunRecord, path: Path) -> None:
    """Write ``run.json``: sorted keys, no NaN, whole or not at all.

    Raises
    ------
    OutputError
        The record holds a NaN or an infinity, or something that JSON cannot.
    """
    try:
        text = json.dumps(record.as_dict(), ensure_ascii=False, allow_nan=False, indent=1, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise OutputError(f"the record of run {record.run_id} cannot be written: {error}") from error
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces. Hexadecimal, lower case."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
