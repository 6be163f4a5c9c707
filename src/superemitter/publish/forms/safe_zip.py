"""Look into a spreadsheet's archive before anything unpacks it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import Final

MAX_FILE_BYTES: Final = 10_000_000
MAX_UNPACKED_BYTES: Final = 40_000_000
MAX_MEMBERS: Final = 300
_ACTIVE: Final = re.compile(
    r"vbaproject|macrosheet|externallink|embeddings/|activex|oleobject|connections\.xml|querytable|customui", re.I
)
_EXTERNAL: Final = re.compile(rb"<[^<>]*TargetMode\s*=\s*[\"']External[\"'][^<>]*>", re.I)
_CHUNK: Final = 1 << 16
# What zipfile raises on a damaged archive; RuntimeError for one with a password.
_DAMAGED: Final = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, ValueError),
)


def faults_of(content: bytes) -> list[str]:
    """What is wrong with an Office archive: too large, no archive, active content; empty if it may be opened.

    Every member is unpacked once, in pieces, and counted: what an archive says of its own sizes is not believed.
    """
    if len(content) > MAX_FILE_BYTES:
        return [f"has {len(content):,} bytes; {MAX_FILE_BYTES:,} at most"]
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return _member_faults(archive)
    except _DAMAGED as error:
        return [f"is no whole spreadsheet: {error}"]


def _member_faults(archive: zipfile.ZipFile) -> list[str]:
    members = archive.infolist()
    if len(members) > MAX_MEMBERS:
        return [f"holds {len(members)} parts; {MAX_MEMBERS} at most"]
    if len({member.filename.lower() for member in members}) != len(members):
        return ["holds a part twice"]
    left, faults = MAX_UNPACKED_BYTES, []
    for member in members:
        if _ACTIVE.search(member.filename):
            faults.append(f"holds active or linked content: {member.filename}")
            continue
        if member.flag_bits & 0x1:
            return ["is encrypted"]
        data = _unpacked(archive, member, left)
        if data is None:
            return [f"unpacks to more than {MAX_UNPACKED_BYTES:,} bytes"]
        left -= len(data)
        faults += _content_faults(member.filename, data)
    return faults


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes | None:
    """The member's content, or None if it is larger than the limit."""
    out = bytearray()
    with archive.open(member) as source:
        while piece := source.read(_CHUNK):
            out += piece
            if len(out) > limit:
                return None
    return bytes(out)


def _content_faults(name: str, data: bytes) -> list[str]:
    if not name.lower().endswith((".xml", ".rels", ".vml")):
        return []
    plain = data.replace(b"\x00", b"").upper()  # UTF-16 hides nothing this way
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        return [f"holds a document type definition: {name}"]
    if b"MACROENABLED" in plain:
        return [f"is a workbook with macros: {name}"]
    # A mail address that somebody typed becomes a hyperlink, which nothing here follows; other links are refused.
    linked = [tag for tag in _EXTERNAL.findall(data.replace(b"\x00", b"")) if b"/hyperlink" not in tag.lower()]
    return [f"links to a place outside: {name}"] if linked else []
