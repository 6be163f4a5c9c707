"""The pages: every required content in both languages, who and what on each, nothing outside the paper."""

from __future__ import annotations

import dataclasses
import io
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pypdf
import pytest

from superemitter.programme.notification import Notification
from superemitter.programme.programmes import Programme, load_programmes
from superemitter.publish.notice import NoticeMaterial
from superemitter.publish.notice.sheet import MARGIN, Sheet
from superemitter.publish.notice.write import pdf_bytes

LANGUAGES = ("en", "zh")


def squeezed(text: str) -> str:
    """Without white space: readers differ in where they see some between the letters of a page."""
    return "".join(text.split())


def pages_of(pdf: bytes) -> list[str]:
    return [squeezed(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


@pytest.fixture(scope="module")
def made(module_notice: tuple[Notification, Programme, NoticeMaterial]) -> dict[str, bytes]:
    """A complete notice in both languages."""
    return {language: pdf_bytes(*module_notice, language) for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_required_content_is_there(
    made: dict[str, bytes], language: str, notification: Notification
) -> None:
    text = "".join(pages_of(made[language]))
    assert notification.rate is not None
    assert notification.owners_nearby is not None
    wanted = [
        *("N-0042", "Clean Skies Watch 清空观察"),  # (c)(1)
        "2027年2月1日 13:30" if language == "zh" else "1 February 2027 13:30",  # (c)(2)
        *("31.8999", "-102.1012", "NAD83"),  # (c)(3)
        *(owner.operator for owner in notification.owners_nearby),  # (c)(4)
        *(owner.facility_name for owner in notification.owners_nearby),
        *("EPA-ALT-0099", "卫星" if language == "zh" else "Satellite"),  # (c)(5)
        *(evidence.sha256 for evidence in notification.evidence),  # (c)(6)
        *("1,240 kg/h", "830–1,760", "400–2,600", "390", "31 %"),  # (c)(7)
        *("I certify that I have been approved", "Ana Núñez, Director"),  # (c)(8)
        "15 个日历日" if language == "zh" else "15 calendar days after detection",  # (c)(9)
        *(f"40 CFR 60.5371b(c)({number})" for number in range(1, 10)),
        notification.chain_head,
        "superemitter verify",
    ]
    assert [one for one in wanted if squeezed(one) not in text] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_names_the_case_the_chain_and_its_number(made: dict[str, bytes], language: str) -> None:
    pages = pages_of(made[language])
    assert len(pages) > 2
    for number, page in enumerate(pages, start=1):
        assert "US-2027-000123" in page
        assert "3fa94c203fa94c20" in page
        count = f"第{number}页，共{len(pages)}页" if language == "zh" else f"Page{number}of{len(pages)}"
        assert count in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_operator_must_do_is_given_in_local_time_and_utc(made: dict[str, bytes], language: str) -> None:
    text = "".join(pages_of(made[language]))
    # Received 2027-02-20 11:00 in New York: 15 calendar days end on 7 March at midnight.
    local, utc = (
        ("2027年3月7日23:59", "2027年3月8日04:59UTC")
        if language == "zh"
        else ("7March202723:59", "8March202704:59UTC")
    )
    assert f"{local}(America/New_York){utc}" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_fonts_inside_the_file_are_needed(made: dict[str, bytes], language: str) -> None:
    for page in pypdf.PdfReader(io.BytesIO(made[language])).pages:
        fonts = page["/Resources"]["/Font"]
        assert fonts
        for font in fonts.values():
            descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
            assert "NotoSansSC" in descriptor["/FontName"]
            assert len(descriptor["/FontFile3"].get_object().get_data()) > 1000


@pytest.mark.parametrize(("language", "words"), [("en", "Emission rate of methane"), ("zh", "甲烷排放速率")])
def test_words_can_be_searched_and_copied_as_they_stand(made: dict[str, bytes], language: str, words: str) -> None:
    assert words in pypdf.PdfReader(io.BytesIO(made[language])).pages[0].extract_text()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_says_what_it_is(made: dict[str, bytes], language: str) -> None:
    reader = pypdf.PdfReader(io.BytesIO(made[language]))
    assert reader.metadata is not None
    assert "US-2027-000123" in str(reader.metadata.title)
    assert reader.metadata.creation_date == datetime(2027, 2, 20, 17, 0, tzinfo=UTC)
    assert reader.trailer["/Root"]["/Lang"] == ("zh-CN" if language == "zh" else "en")
    assert len(reader.outline) == 13  # nine contents, duties, answer, rule, check
    pictures = [image for page in reader.pages for image in page.images]
    assert len(pictures) == 2


def test_equal_notices_are_equal_files(
    notification: Notification, programme: Programme, material: NoticeMaterial, made: dict[str, bytes]
) -> None:
    assert pdf_bytes(notification, programme, material, "en") == made["en"]


def test_nothing_of_the_machine_is_needed(tmp_path: Path, made: dict[str, bytes]) -> None:
    """No home folder, no font configuration, no program on the path: the same bytes."""
    script = (
        "import sys, pathlib, importlib.util as u\n"
        "s = u.spec_from_file_location('parts', sys.argv[1]); m = u.module_from_spec(s); s.loader.exec_module(m)\n"
        "from superemitter.publish.notice.write import pdf_bytes\n"
        "pathlib.Path(sys.argv[2]).write_bytes(pdf_bytes(*m.parts(), 'zh'))\n"
    )
    empty = tmp_path / "empty"
    empty.mkdir()
    env = {
        "PATH": str(empty),
        "MPLCONFIGDIR": str(tmp_path),
        "FONTCONFIG_FILE": os.devnull,
        "OMP_NUM_THREADS": "1",
    }
    out = tmp_path / "notice.pdf"
    conftest = str(Path(__file__).with_name("conftest.py"))
    subprocess.run([sys.executable, "-c", script, conftest, str(out)], env=env, cwd=empty, check=True)
    assert out.read_bytes() == made["zh"]


def drawn(monkeypatch: pytest.MonkeyPatch, make: Any) -> list[tuple[str, float, float, float]]:
    """Every line of text that is drawn: text, left, right, baseline. [mm]"""
    found = []
    original = Sheet.text

    def text(self: Sheet, x: float, y: float, text: str = "") -> None:
        found.append((text, x, x + self.get_string_width(text), y))
        original(self, x, y, text)

    monkeypatch.setattr(Sheet, "text", text)
    make()
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_and_hostile_names_stay_on_the_paper_and_harmless(
    language: str,
    notification: Notification,
    programme: Programme,
    material: NoticeMaterial,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hostile = "=HYPERLINK(1) <b>{nb}</b> $\\frac{1}{2}$ \u202egnp.exe\x07 " + "北" * 300 + "W" * 300
    assert notification.owners_nearby is not None
    owners = tuple(
        dataclasses.replace(owner, operator=hostile, facility_name=hostile) for owner in notification.owners_nearby
    )
    notice = dataclasses.replace(
        notification, owners_nearby=owners, notifier_name=hostile, case_id="C" * 60, notes=hostile * 20
    )
    lines = drawn(monkeypatch, lambda: pdf_bytes(notice, programme, material, language))
    assert any("<b>{nb}</b> $\\frac{1}{2}$ gnp.exe" in text for text, *_ in lines)
    assert not any("\u202e" in text or "\x07" in text for text, *_ in lines)
    outside = [
        line for line in lines if line[1] < MARGIN - 0.1 or line[2] > 210 - MARGIN + 0.1 or not 5 < line[3] < 292
    ]
    assert outside == []


def test_a_name_the_font_lacks_is_marked_and_pointed_to(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    notice = dataclasses.replace(notification, notifier_name="مراقب الميثان")
    text = "".join(pages_of(pdf_bytes(notice, programme, material, "en")))
    assert "?????" in text
    assert squeezed("notice.json holds every name exactly as it was given") in text


def test_simulated_data_says_so_on_every_page(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    notice = dataclasses.replace(notification, simulated=True)
    pages = pages_of(pdf_bytes(notice, programme, material, "zh"))
    assert all("SIMULATEDDATA" in page and "模拟数据" in page for page in pages)
    plain = pages_of(pdf_bytes(notification, programme, material, "zh"))
    assert not any("SIMULATEDDATA" in page for page in plain)


def test_a_rule_that_was_not_checked_says_so_on_every_page_and_names_what(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    assert not programme.text(notification.text_id).verified
    pages = pages_of(pdf_bytes(notification, programme, material, "en"))
    assert all("UNVERIFIEDRULE" in page for page in pages)
    assert "statusfrom2024-05-07" in "".join(pages)


def test_an_incomplete_notice_is_a_draft_that_lists_what_is_missing_by_rule(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    notice = dataclasses.replace(notification, rate=None, notifier_id="", attestation=None)
    pages = pages_of(pdf_bytes(notice, programme, material, "en"))
    assert all("DRAFT" in page for page in pages)
    assert squeezed("This notice still lacks: – 40 CFR 60.5371b(c)(1)") in pages[0]
    assert "40CFR60.5371b(c)(7)" in pages[0]
    assert squeezed("Name and office of the signer") in "".join(pages)


def test_a_notice_that_lacks_only_its_signature_is_called_unsigned(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    notice = dataclasses.replace(notification, attestation=None)
    pages = pages_of(pdf_bytes(notice, programme, material, "zh"))
    assert all("未签署" in page and "草稿" not in page for page in pages)


def test_a_detection_while_the_rule_was_suspended_says_that_it_imposed_no_duty(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    early = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
    notice = dataclasses.replace(notification, detected_at=(early,), submitted_at=None)
    pages = pages_of(pdf_bytes(notice, programme, dataclasses.replace(material, made_at=early, moments={}), "en"))
    assert all("NODUTY" in page for page in pages)
    assert squeezed("suspended on the day of detection (1 June 2026)") in pages[0]
    assert squeezed("it imposed no duty") in "".join(pages)


TEXTS = [(programme.id, text.id) for programme in load_programmes().values() for text in programme.texts]


@pytest.mark.slow
@pytest.mark.parametrize(("programme_id", "text_id"), TEXTS)
def test_every_packaged_rule_text_can_be_noticed_under(
    programme_id: str, text_id: str, notification: Notification, material: NoticeMaterial
) -> None:
    programme = load_programmes()[programme_id]
    notice = dataclasses.replace(notification, programme_id=programme_id, text_id=text_id, owners_nearby=None)
    text = "".join(pages_of(pdf_bytes(notice, programme, material, "zh")))
    assert squeezed(programme.title.zh) in text
    assert squeezed(programme.text(text_id).title.zh) in text
