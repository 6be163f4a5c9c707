"""Met, on course, off course, or cannot say: each for its reason."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from superemitter.account.pledges import load_pledges, parse_pledges, status_on
from superemitter.account.pledges_judge import Verdict, judge, judge_all
from superemitter.account.pledges_records import judgement_record
from superemitter.account.series import parse_series
from superemitter.model.errors import InvalidRules
from superemitter.model.rate import CannotSay

BASE = """
[[pledge]]
id = "a-2030"
country = "A"
title = { en = "A", zh = "甲" }
wording = "less"
asserted_on = 2015-01-01
kind = "reduction"
scope = "national"
gas = "CO2"
net = false
baseline = 2005
reduction_low = 0.30
reduction_high = 0.35
target_year = 2030
citation = "x"
tag = "V"
"""
NET_ZERO = (
    BASE.replace('"reduction"', '"net-zero"')
    .replace("net = false", "net = true")
    .replace("baseline = 2005\nreduction_low = 0.30\nreduction_high = 0.35\n", "")
)
PEAK = NET_ZERO.replace('"net-zero"', '"peak"').replace("net = true", "net = false\nbefore = true")
DAY = date(2026, 6, 1)


def pledge(text=BASE):
    return parse_pledges(text, "p.toml")[0]


def record(change, column="co2_t", first=2000, last=2025, start=1000.0, entity="A"):
    """A record with a constant change and a little noise."""
    noise = np.random.default_rng(5).normal(0, 3, last - first + 1)
    rows = "".join(
        f"{entity},,{y},{start + change * (y - first) + noise[y - first]}\n" for y in range(first, last + 1)
    )
    return parse_series(f"Entity,Code,Year,{column}\n{rows}", "t.csv").series


def answer(text=BASE, series=None, day=DAY):
    return judge(pledge(text), record(-10) if series is None else series, day, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("change", "expected"), [(-15.0, Verdict.ON_COURSE), (0.0, Verdict.OFF_COURSE), (5.0, Verdict.OFF_COURSE)]
)
def test_the_trend_says_on_or_off_course(change, expected):
    assert answer(series=record(change)).answer == expected


def test_the_target_year_decides_once_it_is_in_the_record():
    late = date(2031, 6, 1)
    met = answer(series=record(-14.0, last=2030), day=late)
    missed = answer(series=record(-5.0, last=2030), day=late)
    assert (met.answer, missed.answer) == (Verdict.MET, Verdict.OFF_COURSE)
    assert (met.probability, missed.probability) == (1.0, 0.0)


def test_a_range_is_met_at_its_lower_end():
    judged = answer()
    base = judged.baseline_emissions
    assert base is not None
    assert judged.target_emissions == pytest.approx(0.70 * base)
    assert judged.target_high_emissions == pytest.approx(0.65 * base)


def test_the_needed_change_leads_to_the_target():
    judged = answer()
    now, years = judged.series.emissions[-1], 2030 - 2025
    assert now + years * judged.change_needed == pytest.approx(judged.target_emissions)
    assert now * (1 + judged.change_needed_percent / 100) ** years == pytest.approx(judged.target_emissions)


def test_only_years_before_the_day_count():
    early = answer(day=date(2020, 6, 1))
    assert early.series.years[-1] == 2019


@pytest.mark.parametrize(
    ("text", "series", "code"),
    [
        (BASE, record(-10, entity="B"), "no-series"),
        (BASE, record(-10, column="ch4_t"), "gas-not-in-series"),
        (BASE, record(-10, column="net_co2_t"), "scope-not-in-series"),
        (NET_ZERO, record(-10), "scope-not-in-series"),
        (BASE, record(-10, first=2010), "baseline-not-in-record"),
        (BASE, record(-10, first=2018), "record-too-short"),
        (BASE, record(-11.3), "trend-undecided"),
    ],
)
def test_what_cannot_be_said_has_its_reason(text, series, code):
    judged = answer(text, series)
    assert isinstance(judged.answer, CannotSay) and judged.answer.code == code
    assert judged.reason == judged.answer.reason != ""


def test_net_zero_is_judged_on_a_net_record():
    judged = answer(NET_ZERO.replace("2030", "2050"), record(-38.0, column="net_co2_t"))
    assert judged.answer == Verdict.ON_COURSE
    assert judged.change_needed == pytest.approx(-judged.series.emissions[-1] / 25)
    assert judged.change_needed_percent is None  # no constant rate leads to zero


def test_a_peak_long_past_is_met_and_a_rise_is_off_course():
    rise_and_fall = [*range(0, 150, 15), *range(150, -90, -15)]
    rows = "".join(f"A,,{2000 + n},{1000 + e}\n" for n, e in enumerate(rise_and_fall))
    fallen = parse_series(f"Entity,Code,Year,co2_t\n{rows}", "t.csv").series
    met, rising = answer(PEAK, fallen), answer(PEAK, record(10.0))
    assert met.answer == Verdict.MET and met.peak.year == 2010
    assert rising.answer == Verdict.OFF_COURSE and rising.change_needed == 0.0


def test_before_a_year_leaves_that_year_out():
    assert pledge(PEAK).last_year == 2029 and pledge().last_year == 2030


def test_a_reduction_from_the_peak_waits_for_the_peak():
    text = BASE.replace("baseline = 2005", "baseline_is_peak = true").replace("2030", "2035")
    judged = answer(text, record(10.0))
    assert judged.answer == Verdict.OFF_COURSE
    assert "counted from the highest year so far" in judged.reason


def test_bunkers_and_sectors_are_never_taken_for_a_total():
    header = "Entity,Code,Year,Agriculture,land-use change and forestry,waste,buildings,industry,"
    header += "manufacturing and construction,transport,electricity and heat,"
    header += "Fugitive emissions from energy production,other fuel combustion,bunker fuels\n"
    rows = "".join(f"A,,{y},1,1,1,1,1,1,1,1,1,,1\n" for y in range(2000, 2026))
    text = BASE.replace('gas = "CO2"', 'gas = "all"').replace("net = false", "net = true")
    judged = answer(text, parse_series(header + rows, "t.csv").series)
    assert isinstance(judged.answer, CannotSay) and judged.answer.code == "no-series"


@pytest.mark.parametrize(
    ("name", "day", "status"),
    [
        ("us-ndc-2025", date(2015, 3, 30), "not_asserted"),
        ("us-ndc-2025", date(2016, 1, 1), "in_force"),
        ("us-ndc-2025", date(2020, 11, 4), "withdrawn"),
        ("us-ndc-2025", date(2021, 2, 19), "in_force"),
        ("us-ndc-2030", date(2026, 1, 26), "in_force"),
        ("us-ndc-2030", date(2026, 1, 27), "withdrawn"),
        ("cn-peak-2015", date(2020, 9, 21), "in_force"),
        ("cn-peak-2015", date(2020, 9, 22), "superseded"),
    ],
)
def test_the_status_is_that_of_the_day(name, day, status):
    (one,) = [p for p in load_pledges() if p.id == name]
    assert status_on(one, day, load_pledges()) == status


def test_a_pledge_not_yet_made_is_not_judged_and_a_withdrawn_one_is():
    judged = judge_all(load_pledges(), (), date(2021, 1, 1), np.random.default_rng(0))
    names = {judgement.pledge.id: judgement.status for judgement in judged}
    assert "global-methane-pledge" not in names and names["us-ndc-2025"] == "withdrawn"


def test_the_record_of_a_judgement_holds_what_the_answer_rests_on():
    judged = judgement_record(answer())
    assert judged["record"]["unit"] == "t CO2 per year" and judged["projection"]["years"][0] == 2026
    assert len(judged["projection"]["median"]) == len(judged["projection"]["years"])
    assert judged["pledge"]["verified"] is True and judged["cannot_say"] is not judged["answer"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("reduction_low = 0.30", "reduction_low = 30"), "the reduction is 30"),
        (("baseline = 2005\n", ""), "baseline is missing"),
        (("baseline = 2005", "baseline = 2031"), "not before 2030"),
        (('tag = "V"', 'tag = "V"\nsuperseded_by = "b"'), "superseded by 'b', which is not there"),
        (('gas = "CO2"', 'gas = "methane"'), "gas is 'methane'"),
        (("target_year = 2030", "target_year = 2030\ntarget = 1"), "unknown key target"),
        (("asserted_on = 2015-01-01\n", ""), "asserted_on is missing"),
        (('kind = "reduction"', 'kind = "net-zero"'), "unknown key"),
    ],
)
def test_a_file_of_pledges_is_read_strictly(change, told):
    assert change[0] in BASE
    with pytest.raises(InvalidRules, match=told):
        pledge(BASE.replace(*change))


def test_an_id_that_is_there_already_is_refused():
    with pytest.raises(InvalidRules, match="'a-2030' is there twice"):
        parse_pledges(BASE + BASE, "p.toml")
