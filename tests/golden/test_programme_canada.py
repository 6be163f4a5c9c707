"""A new programme is one data file and no code: Canada's repair clocks (SOR/2025-280, section 8.15) as TOML."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from superemitter.model.errors import InvalidRules
from superemitter.programme import Facts, NearbyFacility, Outcome, Quantity, assess, read_programme

CANADA = """
id = "ca-sor-2025-280"
jurisdiction = "CA"
title = { en = "Canada: methane in the oil and gas sector", zh = "加拿大：油气行业甲烷" }
basis = "rule"
time_zone = "America/Edmonton"
holidays = "none"
area = ["CA"]
default_text = "ca-8.15"
tips = { en = "No duty on reports by third parties was found.", zh = "未见关于第三方通报的义务。" }
sources = ["SOR/2018-66 as amended by SOR/2025-280"]

[notifier]
kind = "programme"
citation = "no third-party notice was found"
tag = "M"

[publication]
event = "never"
citation = "no rule was found"
tag = "M"

[[text]]
id = "ca-8.15"
citation = "SOR/2018-66, s. 8.15"
title = { en = "Repair by flow rate", zh = "按流量维修" }
facility_types = ["well_site", "gas_processing_plant", "compressor_station"]
location = "any"
remote_detection = false
answer_form = "operator-answer"
definition = { citation = "s. 8.15", tag = "V", note = "kg/h of hydrocarbon gas, not of methane" }

[[text.status]]
status = "proposed"
valid_from = 2025-12-12
valid_to = 2027-12-31
citation = "SOR/2025-280, phase-in"
tag = "S"

[[text.status]]
status = "in_force"
valid_from = 2028-01-01
citation = "SOR/2025-280, phase-in"
tag = "S"

[[text.duty]]
id = "repair"
title = { en = "Repair the leak", zh = "维修泄漏" }
who = "operator"
starts_on = "detected"
ends_on = "repaired"
quantity = "hydrocarbon_rate"
tier = [
  { below = 1, amount = 90, unit = "calendar_days" },
  { below = 10, amount = 30, unit = "calendar_days" },
  { below = 100, amount = 7, unit = "calendar_days" },
  { amount = 24, unit = "hours" },
]
not_determined = { amount = 24, unit = "hours" }
citation = "s. 8.15"
tag = "V"
"""

FOUND = datetime(2028, 3, 1, 18, tzinfo=UTC)


@pytest.fixture
def canada(tmp_path):
    file = tmp_path / "ca-sor-2025-280.toml"
    file.write_text(CANADA, encoding="utf-8")
    return read_programme(file.read_text(encoding="utf-8"), file.name)


@pytest.mark.parametrize(
    ("rate", "due"),
    [
        (0.99, date(2028, 5, 30)),
        (1.0, date(2028, 3, 31)),
        (9.99, date(2028, 3, 31)),
        (10.0, date(2028, 3, 8)),
        (99.9, date(2028, 3, 8)),
    ],
)
def test_the_repair_clock_depends_on_the_rate(canada, rate, due):
    (clock,) = canada.duties({"detected": FOUND}, FOUND, rates={"hydrocarbon_rate": rate})
    assert clock.due_local.date() == due


@pytest.mark.parametrize("rates", [{"hydrocarbon_rate": 100.0}, {}], ids=["100 kg/h", "rate not determined"])
def test_large_and_unknown_leaks_are_repaired_within_24_hours(canada, rates):
    (clock,) = canada.duties({"detected": FOUND}, FOUND, rates=rates)
    assert clock.due_at == FOUND + timedelta(hours=24)


def test_nothing_is_due_before_the_phase_in(canada):
    assert assess(_leak(), canada, date(2027, 12, 31)).outcome is Outcome.NOT_IN_FORCE
    assert assess(_leak(), canada, date(2028, 1, 1)).outcome is Outcome.APPLIES


def test_a_methane_rate_is_not_taken_for_a_rate_of_hydrocarbon_gas(canada):
    (clock,) = canada.duties({"detected": FOUND}, FOUND, rates={"methane_rate": 0.5})
    assert clock.due_at == FOUND + timedelta(hours=24)


def test_a_misspelt_key_is_an_error_and_no_absent_rule():
    with pytest.raises(InvalidRules, match="unknown key facility_type"):
        read_programme(CANADA.replace("facility_types =", "facility_type ="), "ca.toml")


def _leak() -> Facts:
    return Facts(
        quantities=(Quantity(name="hydrocarbon_rate", value=50.0, unit="kg/h"),),
        facilities=(NearbyFacility(kind="well_site", distance_m=0.0),),
        area=("CA",),
    )
