"""Forms: what is asked when, and what a filled form is told."""

from __future__ import annotations

import pytest

from superemitter.model.errors import InvalidForm, InvalidRules
from superemitter.programme import Answer, form_ids, load_form, require_answer, validate_answer
from superemitter.programme.forms import read_form

EPA = load_form("us-epa-sep-answer")
CALIFORNIA = load_form("us-ca-oil-gas-answer")
NOT_OURS = {
    "report_id": "R-1",
    "within_50_m": "no",
    "attested": "yes",
    "attested_by": "A",
    "attested_on": "2027-03-01",
}
VENTED = {
    "report_id": "E-1",
    "observed_at": "2026-11-01T18:00:00Z",
    "facility_name": "F",
    "operator_name": "O",
    "venting_claimed": True,
    "venting_description": "blowdown",
    "result": "venting_maintenance",
    "answered_by": "A",
}


def faults(form, values) -> dict[str, str]:
    found = validate_answer(form, values)
    assert isinstance(found, list)
    return {error.field: error.reason for error in found}


@pytest.mark.parametrize("form_id", form_ids())
def test_every_question_is_asked_in_both_languages(form_id):
    form = load_form(form_id)
    words = [field.label for field in form.fields] + [choice.label for f in form.fields for choice in f.choices]
    assert all(word["en"] and word["zh"] for word in words)


@pytest.mark.parametrize("paragraph", ["(i)", "(ii)", "(iii)", "(iv)", "(v)", "(vi)", "(vii)", "(viii)"])
def test_every_paragraph_of_the_epa_report_has_its_question(paragraph):
    assert any(field.citation.startswith(f"(e)(1){paragraph}") for field in EPA.fields)


def test_not_within_50_m_the_other_questions_are_not_asked():
    answer = validate_answer(EPA, NOT_OURS)
    assert isinstance(answer, Answer)
    assert answer.outcome == "not_within_50m"


def test_within_50_m_the_facility_must_be_named():
    found = faults(EPA, {**NOT_OURS, "within_50_m": "yes"})
    assert {"facility_name", "official_email", "regulated_equipment", "source_identified"} <= set(found)


def test_no_source_found_needs_the_certificate_that_all_was_searched():
    base = {**NOT_OURS, "within_50_m": "yes", "source_identified": "no"}
    assert "all_steps_done" in faults(EPA, base)
    assert "all_steps_done" in faults(EPA, {**base, "all_steps_done": "no"})


def test_all_faults_are_told_at_once():
    found = faults(EPA, {"within_50_m": "perhaps", "attested_on": "1/2/27", "surprise": 1})
    assert {"within_50_m", "attested_on", "surprise", "report_id", "attested"} <= set(found)


def test_a_claim_of_error_states_its_ground():
    found = faults(EPA, {**NOT_OURS, "error_claimed": "yes"})
    assert set(found) == {"error_ground", "error_statement"}


def test_a_report_without_its_attestation_is_not_taken():
    assert "attested" in faults(EPA, {**NOT_OURS, "attested": "no"})


def test_a_claim_of_venting_makes_the_inspection_optional():
    answer = validate_answer(CALIFORNIA, VENTED)
    assert isinstance(answer, Answer)
    assert answer.outcome == "venting"


def test_a_claim_of_venting_contradicts_a_leak():
    leak = {**VENTED, "result": "unintentional_leak", "equipment": "valve", "still_emitting": "yes", "plan": "p"}
    assert set(faults(CALIFORNIA, leak)) == {"result"}


def test_the_inspection_follows_the_observation():
    found = faults(CALIFORNIA, {**VENTED, "inspected_at": "2026-10-30T00:00:00Z"})
    assert "inspected_at" in found


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ended_at", "2027-03-01T10:00:00"),
        ("attested_by", "a\x00b"),
        ("attested_by", "x" * 20_001),
        ("attachments", [{"name": "../../etc/passwd"}]),
        ("attachments", [{"name": "a.pdf", "sha256": "zz"}]),
    ],
    ids=["time without zone", "control character", "too long", "path in a file name", "no checksum"],
)
def test_hostile_or_ambiguous_values_are_refused(field, value):
    assert field in faults(EPA, {**NOT_OURS, field: value})


def test_formulas_and_markup_are_kept_as_text():
    """They are text here; whoever writes a spreadsheet or a page disarms them there."""
    answer = require_answer(EPA, {**NOT_OURS, "attested_by": "=1+1 <b>A</b>"})
    assert answer.values["attested_by"] == "=1+1 <b>A</b>"


def test_a_faulty_form_as_an_error_names_its_fields():
    with pytest.raises(InvalidForm, match="report_id"):
        require_answer(EPA, {})


def test_times_are_kept_in_utc():
    answer = require_answer(CALIFORNIA, {**VENTED, "observed_at": "2026-11-01T10:00:00-08:00"})
    assert answer.values["observed_at"] == "2026-11-01T18:00:00+00:00"


FORM = """
id = "f"
title = { en = "F", zh = "表" }
citation = "c"
tag = "C"
[[section]]
id = "s"
title = { en = "S", zh = "节" }
[[field]]
id = "a"
section = "s"
kind = "text"
label = { en = "A", zh = "甲" }
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('kind = "text"', 'kind = "essay"'),
        ('kind = "text"', 'kind = "choice"'),
        ('section = "s"', 'section = "t"'),
        ('kind = "text"', 'kind = "text"\nrequired_if = { b = ["yes"] }'),
        ('kind = "text"', 'kind = "text"\nrequird = true'),
        (', zh = "甲"', ""),
        ('id = "f"', 'id = f"'),
    ],
)
def test_a_form_file_with_a_slip_is_refused(old, new):
    with pytest.raises(InvalidRules):
        read_form(FORM.replace(old, new), "f.toml")
