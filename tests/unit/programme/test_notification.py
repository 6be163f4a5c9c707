"""What a notice lacks, by rule; and that it survives being written and read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from superemitter.model.errors import InvalidForm, InvalidValue
from superemitter.programme import (
    Attestation,
    Evidence,
    Notification,
    PlumeFacts,
    ReportedRate,
    load_programme,
    missing_items,
    notification_from,
    to_plain,
)

SEP = load_programme("us-epa-sep").text()
DETECTED = datetime(2027, 2, 1, 18, tzinfo=UTC)
FULL = Notification(
    case_id="C1",
    chain_head="f" * 64,
    programme_id="us-epa-sep",
    text_id=SEP.id,
    text_citation=SEP.citation,
    language="zh",
    verified=False,
    simulated=True,
    notifier_id="N-7",
    notifier_name="观察者",
    detected_at=(datetime(2027, 1, 30, 9, tzinfo=UTC), DETECTED),
    longitude=-103.123456,
    latitude=32.1,
    technology="satellite",
    approval_reference="MATM-9",
    owners_note="no facility list at hand",
    evidence=(Evidence(name="map.png", sha256="a" * 64, media_type="image/png"),),
    rate=ReportedRate(rate_kg_h=1240.0, method="ime", sigma_kg_h=400.0),
    attestation=Attestation(text=SEP.attestation.words.en, signer="W", signed_on=date(2027, 2, 5)),
    submitted_at=datetime(2027, 2, 16, 23, tzinfo=UTC),
    plumes=(
        PlumeFacts(
            plume_id="p",
            scene_id="s",
            instrument="EMIT",
            time=DETECTED,
            longitude=-103.1,
            latitude=32.1,
            flags=("border",),
        ),
    ),
)


def test_a_full_notice_lacks_nothing():
    assert missing_items(FULL, SEP) == ()


@pytest.mark.parametrize(
    ("changes", "paragraph"),
    [
        ({"notifier_id": " "}, "(c)(1)"),
        ({"detected_at": ()}, "(c)(2)"),
        ({"owners_note": ""}, "(c)(4)"),
        ({"technology": "drone"}, "(c)(5)"),
        ({"approval_reference": ""}, "(c)(5)"),
        ({"evidence": ()}, "(c)(6)"),
        ({"rate": ReportedRate(rate_kg_h=1240.0, method="ime")}, "(c)(7)"),
        ({"attestation": None}, "(c)(8)"),
        ({"submitted_at": datetime(2027, 2, 17, 12, tzinfo=UTC)}, "(c)(9)"),
    ],
)
def test_each_missing_item_is_named_by_its_paragraph(changes, paragraph):
    missing = missing_items(replace(FULL, **changes), SEP)
    assert paragraph in [item.citation.removeprefix("40 CFR 60.5371b") for item in missing]


def test_the_attestation_must_be_the_rules_own_words():
    other = Attestation(text="Trust me.", signer="W", signed_on=date(2027, 2, 5))
    assert [item.item for item in missing_items(replace(FULL, attestation=other), SEP)] == ["attestation"]


def test_the_final_survey_is_the_detection():
    assert FULL.detected == DETECTED


def test_the_place_is_written_with_four_decimals():
    assert FULL.place == ("32.1000", "-103.1235")


def test_written_and_read_again_it_is_the_same():
    assert notification_from(to_plain(FULL)) == FULL


@pytest.mark.parametrize(
    "change",
    [{"surprise": 1}, {"longitude": "west"}, {"longitude": 200.0}, {"detected_at": "2027"}, {"simulated": "no"}],
)
def test_a_damaged_notice_is_refused(change):
    with pytest.raises(InvalidForm):
        notification_from({**to_plain(FULL), **change})


def test_swapped_coordinates_are_asked_about():
    with pytest.raises(InvalidValue) as caught:
        replace(FULL, longitude=32.1, latitude=-103.1)
    assert "swapped" in caught.value.hint


def test_a_rate_outside_its_own_bounds_is_refused():
    with pytest.raises(InvalidValue):
        ReportedRate(rate_kg_h=10, method="ime", low_kg_h=20, high_kg_h=30)
