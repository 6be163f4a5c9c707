"""``superemitter cases show``: what would be reported of a leak."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

SEEN = (datetime.now(UTC) - timedelta(days=2)).replace(microsecond=0)


@pytest.fixture
def case(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = {
        "longitude": 61.5,
        "latitude": 36.5,
        "detected_at": SEEN.isoformat(),
        "text": "Seen by satellite.",
        "rate_kg_h": 100.0,
        "rate_sigma_kg_h": 20.0,
    }
    (tmp_path / "report.json").write_text(json.dumps(told))
    return run("report", "report.json", "--db", "r.db", "--json").json["case"]["case_id"]


def test_a_case_shows_the_default_beside_what_was_measured_and_no_price(run, case):
    shown = run("cases", "show", case, "--db", "r.db")
    assert shown.code == 0, shown.err
    assert "if this were reported: 2" in shown.out and "NOT VERIFIED" in shown.out
    assert "default (would be reported)" in shown.out and "overpasses" in shown.out
    assert "No charge is put on an event" in shown.out and "$" not in shown.out
    told = run("cases", "show", case, "--db", "r.db", "--json").json["large_release"]
    assert told["test"]["answer"] is True and told["price"] is None
    assert told["durations"]["default"]["hours"] > 91 * 24
    assert told["durations"]["overpasses"]["cannot_say"] == "no-earlier-overpass"


def test_facts_of_the_facility_shorten_it_and_wrong_ones_are_named(run, case, tmp_path):
    start = (SEEN - timedelta(hours=10)).isoformat()
    (tmp_path / "facts.toml").write_text(f"process_start = {start}\nprocess_end = {SEEN.isoformat()}\n")
    shown = run("cases", "show", case, "--db", "r.db", "--release-facts", "facts.toml", "--json")
    assert shown.json["large_release"]["reported_basis"] == "process-data"
    assert shown.json["large_release"]["durations"]["process-data"]["ch4"]["value_t"] == pytest.approx(1.0)
    (tmp_path / "wrong.toml").write_text("proces_start = 3\n")
    refused = run("cases", "show", case, "--db", "r.db", "--release-facts", "wrong.toml")
    assert refused.code == 12 and "proces_start" in refused.err
