"""Documents: photographs, forms, notices, kept in the register under their SHA-256."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select

from superemitter.model.errors import InvalidValue, UnknownRecord, VerificationFailed
from superemitter.register.engine import Register
from superemitter.register.schema import documents

LARGEST_DOCUMENT: Final = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A document with its content; equal contents are kept once, under the name they first came with."""

    sha256: str
    name: str
    media_type: str
    size: int
    stored_at: datetime
    content: bytes


def add_document(register: Register, content: bytes, *, name: str, media_type: str) -> str:
    """Keep a document and return its SHA-256; one that is there already is not stored again.

    Raises
    ------
    InvalidValue
        It is empty or larger than 100 MB.
    """
    if not 0 < len(content) <= LARGEST_DOCUMENT:
        raise InvalidValue(
            f"the document {name} has {len(content)} bytes",
            hint=f"1 to {LARGEST_DOCUMENT // 1_000_000} MB are kept",
        )
    sha256 = hashlib.sha256(content).hexdigest()
    with register.writing(grouping=True) as connection:
        if connection.scalar(select(documents.c.sha256).where(documents.c.sha256 == sha256)) is None:
            row = {"sha256": sha256, "name": name, "media_type": media_type, "size": len(content)}
            connection.execute(insert(documents), {**row, "stored_at": register.clock(), "content": content})
    return sha256


def document(register: Register, sha256: str) -> Document:
    """A document by its SHA-256.

    Raises
    ------
    UnknownRecord
        The register does not hold it.
    VerificationFailed
        Its content is not what its SHA-256 says.
    """
    with register.reading() as connection:
        row = connection.execute(select(documents).where(documents.c.sha256 == sha256)).one_or_none()
    if row is None:
        raise UnknownRecord(f"there is no document {sha256}")
    if hashlib.sha256(row.content).hexdigest() != sha256:
        raise VerificationFailed(f"document {sha256} ({row.name}) was changed after it was stored")
    return Document(**row._mapping)
