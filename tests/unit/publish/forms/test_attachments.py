"""Attachments are what their content says, and stay what the list says."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from superemitter.model.errors import InvalidForm
from superemitter.programme.forms import Form
from superemitter.publish.forms import (
    inspect_attachment,
    manifest,
    manifest_bytes,
    read_manifest,
    with_attachments,
)

PDF = b"%PDF-1.7\n%%EOF\n"
JPEG = b"\xff\xd8\xff\xe0" + b"\x00" * 20


def put(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def test_name_size_checksum_and_kind_are_recorded(tmp_path: Path) -> None:
    found = inspect_attachment(put(tmp_path, "维修记录 1.PDF", PDF))
    assert found.name == "维修记录 1.PDF"
    assert found.bytes == len(PDF)
    assert found.sha256 == hashlib.sha256(PDF).hexdigest()
    assert found.media_type == "application/pdf"
    assert found.evidence("Repair").sha256 == found.sha256


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", JPEG),
        ("a.png", PDF),
        ("a.mp4", b"MZ\x90\x00" * 8),
        ("a.csv", b"a,b\x00"),
        ("a.txt", b"MZ\x90\x00"),
    ],
)
def test_content_that_is_not_what_the_name_says_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(InvalidForm, match="is not what its name says"):
        inspect_attachment(put(tmp_path, name, content))


@pytest.mark.parametrize("name", ["a.exe", "a.html", "a.svg", "a.zip", "a", "a.pdf.js", "a.xlsm"])
def test_kinds_that_can_run_or_hide_something_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidForm, match="not taken"):
        inspect_attachment(put(tmp_path, name, PDF))


@pytest.mark.parametrize("name", [".hidden.pdf", "a\u202efdp.pdf", "a\nb.pdf", "x" * 130 + ".pdf", "a:b.pdf"])
def test_names_that_deceive_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidForm, match="no name for an attachment"):
        inspect_attachment(put(tmp_path, name, PDF))


def test_links_folders_and_empty_files_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link.pdf").symlink_to(put(tmp_path, "a.pdf", PDF))
    (tmp_path / "folder.pdf").mkdir()
    put(tmp_path, "empty.pdf", b"")
    for name, why in (("link.pdf", "plain file"), ("folder.pdf", "plain file"), ("empty.pdf", "0 bytes")):
        with pytest.raises(InvalidForm, match=why):
            inspect_attachment(tmp_path / name)


def test_a_workbook_with_macros_is_refused_under_any_name(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.docx", "w") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    with pytest.raises(InvalidForm, match="active or linked content"):
        inspect_attachment(tmp_path / "a.docx")


def test_the_list_is_kept_and_checked(tmp_path: Path) -> None:
    files = [put(tmp_path, "b.pdf", PDF), put(tmp_path, "a.jpg", JPEG)]
    listed = manifest(files)
    assert [one.name for one in listed] == ["a.jpg", "b.pdf"]
    content = manifest_bytes(listed)
    assert read_manifest(content, tmp_path) == listed
    put(tmp_path, "b.pdf", PDF + b" ")
    with pytest.raises(InvalidForm, match=r"b\.pdf is not the file that was listed"):
        read_manifest(content, tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b'{"attachments": [{"name": "a.pdf"}]}', b'{"attachments": [1]}', b'{"attachments": 0}'],
)
def test_a_list_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(InvalidForm, match="cannot be read"):
        read_manifest(content, tmp_path)


def test_a_list_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    put(tmp_path, "secret.txt", b"x")
    entry = {
        "name": "../secret.txt",
        "bytes": 1,
        "sha256": hashlib.sha256(b"x").hexdigest(),
        "media_type": "text/plain",
    }
    with pytest.raises(InvalidForm, match="no name for an attachment"):
        read_manifest(json.dumps({"attachments": [entry]}).encode(), tmp_path / "in")


def test_names_that_some_file_systems_confuse_are_refused(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    with pytest.raises(InvalidForm, match="two attachments have the name"):
        manifest([put(tmp_path, "A.pdf", PDF), put(tmp_path / "x", "a.PDF", PDF)])


def test_files_named_in_a_form_carry_their_checksum(form: Form, tmp_path: Path) -> None:
    sent = manifest([put(tmp_path, "a.pdf", PDF)])
    out = with_attachments(form, {"attachments": ["a.pdf"], "report_id": "7"}, sent)
    assert out["attachments"] == [{"name": "a.pdf", "sha256": sent[0].sha256, "media_type": "application/pdf"}]
    assert out["report_id"] == "7"


def test_a_file_that_was_not_sent_or_is_another_is_named(form: Form, tmp_path: Path) -> None:
    sent = manifest([put(tmp_path, "a.pdf", PDF)])
    with pytest.raises(InvalidForm, match=r"attachments: the file 'b\.pdf' was not sent along"):
        with_attachments(form, {"attachments": ["b.pdf"]}, sent)
    with pytest.raises(InvalidForm, match="is not the file whose SHA-256 is stated"):
        with_attachments(form, {"attachments": [{"name": "a.pdf", "sha256": "0" * 64}]}, sent)
