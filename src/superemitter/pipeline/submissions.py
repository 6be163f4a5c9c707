"""Reports from the public form: judged when they come in, held until a person has looked, then filed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from superemitter.model.errors import HeadMoved, InvalidForm, UnknownRecord
from superemitter.pipeline.identity import digest
from superemitter.pipeline.report_files import filing_of
from superemitter.pipeline.reports import Receipt, file_report
from superemitter.publish.forms import inspect_attachment
from superemitter.register import Register, add_document, document
from superemitter.register.submissions import (
    ACCEPTED,
    HELD,
    REJECTED,
    Submission,
    add_submission,
    decide_submission,
    list_submissions,
    submission,
)

#: Files that go with one report, and the largest of them. [byte]
MOST_FILES: Final = 5
LARGEST_FILE: Final = 15_000_000
#: What the form may say; nobody becomes a notifier by filling in a form.
FIELDS: Final = (
    *("reporter", "contact", "anonymous", "longitude", "latitude", "detected_at", "text", "language"),
    *("rate_kg_h", "rate_sigma_kg_h", "rate_method", "is_operator", "simulated"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it came in: the name that the sender gave it, and its bytes."""

    name: str
    content: bytes


def submit(
    register: Register, values: Mapping[str, Any], uploads: Sequence[Upload], *, receipt: str, now: datetime
) -> Submission:
    """Hold a report for review. The same receipt again changes nothing.

    Parameters
    ----------
    register : Register
    values : mapping
        See :data:`FIELDS`; others are refused.
    uploads : sequence of Upload
    receipt : str
        What the reporter will ask with; only its SHA-256 is kept.
    now : datetime

    Raises
    ------
    InvalidForm
        Every field and file that cannot be taken is named; nothing is stored.
    """
    if unknown := sorted(set(values) - set(FIELDS)):
        raise InvalidForm(f"{', '.join(unknown)}: not a field of this form")
    if len(uploads) > MOST_FILES:
        raise InvalidForm(f"evidence: {len(uploads)} files", hint=f"{MOST_FILES} at most")
    with tempfile.TemporaryDirectory(prefix="superemitter-") as name:
        folder = Path(name)
        _lay(uploads, folder)
        filing_of({**values, "evidence": [one.name for one in uploads]}, folder=folder, now=now)
        kinds = [inspect_attachment(folder / one.name) for one in uploads]
    evidence = []
    for upload, kind in zip(uploads, kinds, strict=True):
        sha256 = add_document(register, upload.content, name=kind.name, media_type=kind.media_type)
        evidence.append({"name": kind.name, "sha256": sha256, "media_type": kind.media_type})
    held = Submission(
        submission_id=digest(receipt), received_at=now, state=HELD, values=dict(values), evidence=evidence
    )
    add_submission(register, held)
    return submission(register, held.submission_id)


def status(register: Register, receipt: str) -> Submission:
    """What became of a report, for whoever holds its receipt.

    Raises
    ------
    UnknownRecord
        There is no report of that receipt.
    """
    return submission(register, digest(receipt))


def held(register: Register) -> tuple[Submission, ...]:
    """Reports that await review, the longest waiting first."""
    return list_submissions(register, state=HELD)


def accept(
    register: Register, submission_id: str, *, programme_id: str, by: str, reason: str = "", now: datetime
) -> Receipt:
    """File a held report: it opens a case or joins that of the same leak.

    Were this to be killed in between, doing it again files nothing twice.

    Raises
    ------
    HeadMoved
        It was decided before.
    """
    waiting = _held(register, submission_id)
    with tempfile.TemporaryDirectory(prefix="superemitter-") as name:
        folder = Path(name)
        files = [(one["name"], document(register, one["sha256"]).content) for one in waiting.evidence]
        _lay([Upload(name=called, content=content) for called, content in files], folder)
        values = {**waiting.values, "evidence": [dict(one) for one in waiting.evidence]}
        filing = filing_of(values, folder=folder, now=now)
        receipt = file_report(
            register, filing, programme_id=programme_id, now=now, received=min(waiting.received_at, now)
        )
    decide_submission(
        register, submission_id, state=ACCEPTED, at=now, by=by, reason=reason, case_id=receipt.case.case_id
    )
    return receipt


def reject(register: Register, submission_id: str, *, by: str, reason: str, now: datetime) -> None:
    """Say that a held report is not taken further, and why: the reporter reads the reason.

    Raises
    ------
    InvalidForm
        There is no reason.
    HeadMoved
        It was decided before.
    """
    if not reason.strip():
        raise InvalidForm("reason: a rejection gives its reason")
    decide_submission(register, submission_id, state=REJECTED, at=now, by=by, reason=reason.strip())


def evidence_of(register: Register, submission_id: str, sha256: str) -> tuple[str, str, bytes]:
    """Name, media type and content of a file that came with a report.

    Raises
    ------
    UnknownRecord
        The report has no such file.
    """
    for one in submission(register, submission_id).evidence:
        if one["sha256"] == sha256:
            return str(one["name"]), str(one["media_type"]), document(register, sha256).content
    raise UnknownRecord("the report has no such file")


def _held(register: Register, submission_id: str) -> Submission:
    found = submission(register, submission_id)
    if found.state != HELD:
        raise HeadMoved(f"the report was {found.state} by {found.decided_by} already", hint="look at it again")
    return found


def _lay(uploads: Sequence[Upload], folder: Path) -> None:
    """Put uploads into a folder under their own names, once these are names and nothing else."""
    seen: set[str] = set()
    for upload in uploads:
        name = upload.name
        if Path(name).name != name or name in ("", ".", "..") or "\x00" in name or "\\" in name or len(name) > 120:
            raise InvalidForm(f"evidence: {name[:60]!r} is no name for a file")
        if name.casefold() in seen:
            raise InvalidForm(f"evidence: two files have the name {name}")
        if not 0 < len(upload.content) <= LARGEST_FILE:
            raise InvalidForm(
                f"evidence: {name} has {len(upload.content):,} bytes", hint=f"1 to {LARGEST_FILE // 1_000_000} MB"
            )
        seen.add(name.casefold())
        (folder / name).write_bytes(upload.content)
