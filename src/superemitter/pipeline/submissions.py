"""Reports from the public form: judged when they come in, held until a person has looked, then filed."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from superemitter.model.errors import HeadMoved, InvalidForm, UnknownRecord
from superemitter.pipeline.identity import digest
from superemitter.pipeline.report_files import filing_of
from superemitter.pipeline.reports import Receipt, file_report
from superemitter.pipeline.uploads import Upload, faults_of, laid, lay
from superemitter.programme.report import read_report
from superemitter.programme.values import FieldError
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

#: What the form may say; nobody becomes a notifier by filling in a form.
FIELDS: Final = (
    *("reporter", "contact", "anonymous", "longitude", "latitude", "detected_at", "text", "language"),
    *("rate_kg_h", "rate_sigma_kg_h", "rate_method", "is_operator", "simulated"),
)


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
    if faults := check(values, uploads, now=now):
        told = "; ".join(f"{one.field}: {one.reason}" for one in faults)
        raise InvalidForm(f"the report cannot be taken: {told}", hint="correct the fields named and send it again")
    with laid(uploads) as paths:
        kinds = [inspect_attachment(path) for path in paths]
    evidence = []
    for upload, kind in zip(uploads, kinds, strict=True):
        sha256 = add_document(register, upload.content, name=kind.name, media_type=kind.media_type)
        evidence.append({"name": kind.name, "sha256": sha256, "media_type": kind.media_type})
    held = Submission(
        submission_id=digest(receipt), received_at=now, state=HELD, values=dict(values), evidence=evidence
    )
    add_submission(register, held)
    return submission(register, held.submission_id)


def check(values: Mapping[str, Any], uploads: Sequence[Upload], *, now: datetime) -> list[FieldError]:
    """Everything that is wrong with a report, fields and files; empty if it can be held.

    Parameters
    ----------
    values : mapping
    uploads : sequence of Upload
    now : datetime
        No report comes from the future.
    """
    faults = [
        FieldError(field=name, reason="is no field of this form") for name in sorted(set(values) - set(FIELDS))
    ]
    read = read_report({name: value for name, value in values.items() if name in FIELDS}, now=now)
    faults += read if isinstance(read, list) else []
    return faults + [
        FieldError(field="evidence", reason=fault, reason_zh=f"文件无法接受（{fault}）")
        for fault in faults_of(uploads)
    ]


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


def held_report(register: Register, submission_id: str) -> Submission:
    """A report from the form by its id, whatever became of it.

    Raises
    ------
    UnknownRecord
        There is none.
    """
    return submission(register, submission_id)


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
    files = [
        Upload(name=one["name"], content=document(register, one["sha256"]).content) for one in waiting.evidence
    ]
    with tempfile.TemporaryDirectory(prefix="superemitter-") as name:
        folder = Path(name)
        lay(files, folder)
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
