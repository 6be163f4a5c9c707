"""notice.json: the published schema describes it, and it holds what the pages hold."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from superemitter.model.errors import InvalidValue, OutputError, OutputExists
from superemitter.programme.notification import Notification
from superemitter.programme.programmes import Programme, load_programmes
from superemitter.publish.notice import NoticeMaterial, notice_schema, write_notice
from superemitter.publish.notice.write import record_bytes


def record(notification: Notification, programme: Programme, material: NoticeMaterial) -> Any:
    return json.loads(record_bytes(notification, programme, material))


def check(content: Any) -> None:
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(notice_schema(), format_checker=checker).validate(content)


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(notice_schema())


def test_the_documentation_names_every_key() -> None:
    page = Path(__file__).parents[4] / "docs" / "reference" / "notices.md"
    table = page.read_text(encoding="utf-8").split("## notice.json")[1].split("## ")[0]
    assert set(re.findall(r"`(\w+)`", table)) >= set(notice_schema()["properties"])


@pytest.mark.parametrize("programme_id", sorted(load_programmes()))
def test_a_notice_under_any_programme_fits_the_schema(
    programme_id: str, notification: Notification, material: NoticeMaterial
) -> None:
    programme = load_programmes()[programme_id]
    for text in programme.texts:
        notice = dataclasses.replace(notification, programme_id=programme_id, text_id=text.id)
        check(record(notice, programme, material))


def test_a_notice_with_next_to_nothing_fits_the_schema(notification: Notification, programme: Programme) -> None:
    bare = Notification(
        **{name: getattr(notification, name) for name in ("case_id", "chain_head", "programme_id", "text_id")},
        text_citation="",
        language="zh",
        verified=False,
        simulated=True,
        notifier_id="",
        notifier_name="",
        detected_at=(),
        longitude=112.9,
        latitude=36.1,
        technology="",
        approval_reference="",
    )
    content = record(bare, programme, NoticeMaterial(made_at=datetime(2027, 2, 3, tzinfo=UTC)))
    check(content)
    assert not content["complete"]
    assert content["rate"] is None
    assert content["place"]["longitude"] == "112.9000"


def test_an_unknown_key_does_not_fit_the_schema(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    content = record(notification, programme, material) | {"operator_fined": True}
    with pytest.raises(jsonschema.ValidationError, match="operator_fined"):
        check(content)


def test_what_machines_read_is_what_people_read(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    content = record(notification, programme, material)
    assert content["chain_head"] == notification.chain_head
    assert content["complete"]
    assert (content["place"]["latitude"], content["place"]["longitude"]) == ("31.8999", "-102.1012")
    assert content["place"]["datum"] == "NAD83"
    assert content["detection"]["detected_at"] == "2027-02-01T18:30:00Z"
    assert content["rate"]["high_kg_h"] == 1760.0
    assert content["rate"]["components_kg_h"]["wind"] == 390.0
    assert [e["sha256"] for e in content["evidence"]] == [e.sha256 for e in notification.evidence]
    assert content["rule"]["status"]["on_detection"]["status"] == "in_force"
    duties = {duty["id"]: duty for duty in content["duties"]}
    assert duties["notify"]["state"] == "met"
    operator = [duty for duty in content["duties"] if duty["who"] == "operator" and duty["state"] == "running"]
    assert min(duty["due_local"] for duty in operator) == "2027-02-25T23:59:59-05:00"


def test_a_datum_of_another_country_is_not_american(notification: Notification, material: NoticeMaterial) -> None:
    programme = load_programmes()["unep-mars"]
    notice = dataclasses.replace(notification, programme_id=programme.id, text_id=programme.default_text)
    assert record(notice, programme, material)["place"]["datum"] == "WGS 84"


def test_names_keep_their_script_and_no_name_is_interpreted(
    notification: Notification, programme: Programme, material: NoticeMaterial
) -> None:
    name = "=1+1 <script> مراقب {case} 清空"
    content = record(dataclasses.replace(notification, notifier_name=name), programme, material)
    assert content["notifier"]["name"] == name


def test_the_files_are_written_whole_with_their_checksums(
    notification: Notification, programme: Programme, material: NoticeMaterial, tmp_path: Path
) -> None:
    written = write_notice(notification, tmp_path / "out", programme=programme, material=material)
    assert sorted(written) == ["notice.en.pdf", "notice.json", "notice.zh.pdf"]
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in (tmp_path / "out").iterdir()}
    assert found == written
    assert write_notice(notification, tmp_path / "out", programme=programme, material=material) == written


def test_another_notice_does_not_replace_an_earlier_one_unasked(
    notification: Notification, programme: Programme, material: NoticeMaterial, tmp_path: Path
) -> None:
    (tmp_path / "notice.json").write_text("{}")
    with pytest.raises(OutputExists, match=r"notice\.json is there already"):
        write_notice(notification, tmp_path, programme=programme, material=material, languages=())
    write_notice(notification, tmp_path, programme=programme, material=material, languages=(), overwrite=True)
    assert json.loads((tmp_path / "notice.json").read_text(encoding="utf-8"))["case_id"] == "US-2027-000123"


def test_a_folder_that_cannot_be_made_is_an_error_with_its_name(
    notification: Notification, programme: Programme, material: NoticeMaterial, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="file"):
        write_notice(notification, tmp_path / "file" / "x", programme=programme, material=material, languages=())


def test_a_picture_must_be_the_evidence_it_is_named_after(
    notification: Notification, programme: Programme, material: NoticeMaterial, tmp_path: Path
) -> None:
    other = dataclasses.replace(
        material, pictures={"enhancement.png": material.pictures["enhancement.png"] + b"\x00"}
    )
    with pytest.raises(InvalidValue, match="is not the file whose SHA-256"):
        write_notice(notification, tmp_path, programme=programme, material=other)
    unlisted = dataclasses.replace(material, pictures={"other.png": material.pictures["enhancement.png"]})
    with pytest.raises(InvalidValue, match="not among the evidence"):
        write_notice(notification, tmp_path, programme=programme, material=unlisted)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_picture_is_refused(
    notification: Notification, programme: Programme, material: NoticeMaterial, tmp_path: Path
) -> None:
    broken = material.pictures["enhancement.png"][:60]
    evidence = dataclasses.replace(notification.evidence[0], sha256=hashlib.sha256(broken).hexdigest())
    notice = dataclasses.replace(notification, evidence=(evidence,))
    with pytest.raises(InvalidValue, match="is damaged"):
        write_notice(
            notice,
            tmp_path,
            programme=programme,
            material=dataclasses.replace(material, pictures={"enhancement.png": broken}),
        )


def test_material_refuses_times_without_zone_and_pictures_that_are_none() -> None:
    with pytest.raises(InvalidValue, match="time zone"):
        NoticeMaterial(made_at=datetime(2027, 2, 3))
    with pytest.raises(InvalidValue, match="no PNG"):
        NoticeMaterial(made_at=datetime(2027, 2, 3, tzinfo=UTC), pictures={"x.png": b"<svg/>"})
