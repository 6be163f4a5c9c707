"""Files that go with an answer, a report or a notice: what they are by their content, and their checksums."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from superemitter.model.errors import InvalidForm
from superemitter.programme.forms import Form
from superemitter.programme.notification import Evidence
from superemitter.publish.forms.safe_zip import faults_of

SCHEMA_ID: Final = "superemitter/attachments/1"
MAX_BYTES: Final = 200_000_000
MAX_FILES: Final = 50
_NAME: Final = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|\u202a-\u202e\u2066-\u2069]{1,120}")
_OFFICE: Final = "application/vnd.openxmlformats-officedocument."
#: Media type by the name's ending, and what such a file begins with (offset, bytes); empty for text.
KINDS: Final[Mapping[str, tuple[str, tuple[tuple[int, bytes], ...]]]] = {
    ".pdf": ("application/pdf", ((0, b"%PDF-"),)),
    ".png": ("image/png", ((0, b"\x89PNG\r\n\x1a\n"),)),
    ".jpg": ("image/jpeg", ((0, b"\xff\xd8\xff"),)),
    ".jpeg": ("image/jpeg", ((0, b"\xff\xd8\xff"),)),
    ".tif": ("image/tiff", ((0, b"II*\x00"), (0, b"MM\x00*"), (0, b"II+\x00"))),
    ".tiff": ("image/tiff", ((0, b"II*\x00"), (0, b"MM\x00*"), (0, b"II+\x00"))),
    ".webp": ("image/webp", ((8, b"WEBP"),)),
    ".heic": ("image/heic", ((4, b"ftyphei"), (4, b"ftypmif1"))),
    ".mp4": ("video/mp4", ((4, b"ftyp"),)),
    ".mov": ("video/quicktime", ((4, b"ftyp"), (4, b"moov"), (4, b"mdat"), (4, b"wide"))),
    ".xlsx": (f"{_OFFICE}spreadsheetml.sheet", ((0, b"PK\x03\x04"),)),
    ".docx": (f"{_OFFICE}wordprocessingml.document", ((0, b"PK\x03\x04"),)),
    ".csv": ("text/csv", ()),
    ".txt": ("text/plain", ()),
    ".json": ("application/json", ()),
    ".geojson": ("application/geo+json", ()),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file as it was received: name, size, SHA-256 and what its content shows it to be."""

    name: str
    bytes: int
    sha256: str
    media_type: str

    def evidence(self, caption: str = "") -> Evidence:
        """The same file as a notice lists it."""
        return Evidence(name=self.name, sha256=self.sha256, media_type=self.media_type, caption=caption)


def inspect_attachment(path: Path) -> Attachment:
    """What a file is. Its ending and its content must agree; it is never opened by anything else.

    Raises
    ------
    InvalidForm
        Its name or kind is not taken, its content is of another kind, or it is empty, too large or unreadable.
    """
    if not _NAME.fullmatch(path.name) or path.name.startswith("."):
        raise InvalidForm(f"{path.name!r} is no name for an attachment")
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise InvalidForm(f"{path.name}: files of this kind are not taken", hint=f"one of: {', '.join(KINDS)}")
    try:
        if path.is_symlink() or not path.is_file():
            raise InvalidForm(f"{path.name} is no plain file")
        size = path.stat().st_size
        if not 0 < size <= MAX_BYTES:
            raise InvalidForm(f"{path.name} has {size:,} bytes", hint=f"1 to {MAX_BYTES:,}")
        fault = _content_fault(path, kind)
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InvalidForm(f"cannot read {path}: {error.strerror or error}") from error
    if fault:
        raise InvalidForm(f"{path.name} {fault}")
    return Attachment(name=path.name, bytes=size, sha256=digest, media_type=kind[0])


def _content_fault(path: Path, kind: tuple[str, tuple[tuple[int, bytes], ...]]) -> str:
    media_type, marks = kind
    with path.open("rb") as file:
        start = file.read(64)
    if marks:
        if not any(start[offset : offset + len(mark)] == mark for offset, mark in marks):
            return f"is not what its name says: no {media_type}"
        return "; ".join(faults_of(path.read_bytes())) if media_type.startswith(_OFFICE) else ""
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            if b"\x00" in piece:
                return f"is not what its name says: no {media_type}"
    return ""


def manifest(paths: Iterable[Path]) -> tuple[Attachment, ...]:
    """What each of some files is, sorted by name.

    Raises
    ------
    InvalidForm
        As :func:`inspect_attachment`; there are too many, or two have names that a file system may confuse.
    """
    found = sorted((inspect_attachment(path) for path in paths), key=lambda one: one.name)
    if len(found) > MAX_FILES:
        raise InvalidForm(f"{len(found)} attachments were given", hint=f"{MAX_FILES} at most")
    names = [one.name.casefold() for one in found]
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise InvalidForm(f"two attachments have the name {doubled[0]}")
    return tuple(found)


def manifest_bytes(attachments: Sequence[Attachment]) -> bytes:
    """The list of attachments as JSON, to be kept beside them."""
    content = {"schema": SCHEMA_ID, "attachments": [asdict(one) for one in attachments]}
    return (json.dumps(content, ensure_ascii=False, indent=2) + "\n").encode("utf-8")


def read_manifest(content: bytes, folder: Path) -> tuple[Attachment, ...]:
    """The attachments a list names, each checked against the file in `folder`.

    Raises
    ------
    InvalidForm
        The list cannot be read, or a file is missing or is not the one listed.
    """
    try:
        listed = tuple(Attachment(**entry) for entry in json.loads(content)["attachments"])
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidForm(f"the list of attachments cannot be read: {error}") from error
    for one in listed:
        if not _NAME.fullmatch(one.name):
            raise InvalidForm(f"{one.name!r} is no name for an attachment")
        if inspect_attachment(folder / one.name) != one:
            raise InvalidForm(f"{one.name} is not the file that was listed")
    return listed


def with_attachments(form: Form, values: Mapping[str, Any], attachments: Sequence[Attachment]) -> dict[str, Any]:
    """Values whose files carry checksum and media type, taken from the attachments they name.

    Raises
    ------
    InvalidForm
        The form names a file that was not sent, or states another checksum.
    """
    sent = {one.name: one for one in attachments}
    files = {field.id for field in form.fields if field.kind == "file"}
    out = dict(values)
    for name in files & set(values):
        many = isinstance(values[name], list)
        entries = [_entry(name, one, sent) for one in (values[name] if many else [values[name]])]
        out[name] = entries if many else entries[0]
    return out


def _entry(field: str, value: Any, sent: Mapping[str, Attachment]) -> dict[str, str]:
    given = value if isinstance(value, Mapping) else {"name": value}
    attachment = sent.get(str(given.get("name")))
    if attachment is None:
        known = ", ".join(sent) or "none"
        raise InvalidForm(f"{field}: the file {given.get('name')!r} was not sent along", hint=f"sent: {known}")
    if given.get("sha256") not in (None, "", attachment.sha256):
        raise InvalidForm(f"{field}: {attachment.name} is not the file whose SHA-256 is stated")
    entry = {"name": attachment.name, "sha256": attachment.sha256, "media_type": attachment.media_type}
    return entry | ({"caption": str(given["caption"])} if given.get("caption") else {})
