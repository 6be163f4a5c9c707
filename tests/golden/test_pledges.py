"""Pledges against the real record, and whether stated probabilities of a peak come true."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from superemitter.account.pledges import load_pledges
from superemitter.account.pledges_judge import Verdict, judge_all
from superemitter.account.pledges_trend import Projection, peak_so_far, project
from superemitter.account.series import Series, read_series
from superemitter.model.rate import CannotSay

CO2, METHANE, SECTORS = (
    "OWID_annual_co2_by_country.csv",
    "OWID_annual_emissions_ch4_total_co2eq.csv",
    "OWID_ghg_by_sector.csv",
)


@pytest.fixture
def judged(shared_data):
    def on(day: date, *files: str):
        series = [s for file in files for s in read_series(shared_data / "inventory" / file).series]
        return {j.pledge.id: j for j in judge_all(load_pledges(), series, day, np.random.default_rng(0))}

    return on


@pytest.fixture
def co2(shared_data):
    return read_series(shared_data / "inventory" / CO2)


def peak(series: Series, until: int, paths: int = 2000):
    projection = project(series, until, np.random.default_rng(0), paths)
    assert isinstance(projection, Projection)
    return peak_so_far(projection)


def test_every_packaged_pledge_has_an_answer_or_a_reason(judged):
    answers = judged(date(2026, 11, 22), CO2, METHANE, SECTORS)
    assert len(answers) == 9 and all(j.reason for j in answers.values())
    neutrality = answers["cn-neutrality-2060"].answer  # no table here holds CO2 with land use
    assert isinstance(neutrality, CannotSay) and neutrality.code == "scope-not-in-series"


def test_the_methane_pledge_is_off_course_on_the_record_to_2023(judged):
    pledge = judged(date(2026, 11, 22), METHANE)["global-methane-pledge"]
    assert pledge.answer == Verdict.OFF_COURSE
    assert pledge.target_emissions == pytest.approx(0.7 * pledge.series.at(2020))
    assert pledge.change_needed < 0 < pledge.change_recent


def test_the_united_states_need_309_million_tonnes_a_year_for_2030(judged):
    pledge = judged(date(2024, 1, 1), SECTORS)["us-ndc-2030"]
    assert pledge.baseline_emissions == pytest.approx(6_395_620_000, rel=1e-6)  # sum of the sectors in 2005
    assert pledge.change_needed == pytest.approx((3_197_810_000 - 5_670_870_000) / 8, rel=1e-5)


def test_the_maximum_of_2014_was_no_peak_of_china_and_was_not_called_one(co2):
    (china,) = co2.of("CHN")
    then = peak(china.until(2016), 2026)
    assert then.year == 2014 and then.probability < 0.5
    assert max(china.emissions) > 1.2 * then.emissions


@pytest.mark.parametrize("country", ["GBR", "DEU", "JPN"])
def test_peaks_that_held_for_decades_are_nearly_certain(co2, country):
    (series,) = co2.of(country)
    assert peak(series, 2034).probability > 0.95


@pytest.mark.parametrize("country", ["CHN", "IND"])
def test_countries_that_still_rise_have_not_peaked(co2, country):
    (series,) = co2.of(country)
    assert peak(series, 2034).probability < 0.1


def test_stated_probabilities_of_a_peak_come_true_as_often_as_stated(co2):
    large = [s for s in co2.series if s.code and not s.code.startswith("OWID") and s.emissions[-1] > 2e7]
    large = [s for s in large if s.years[-1] == 2024]
    stated, came, inside = [], [], []
    for as_of in (1994, 1999, 2004, 2009, 2014):
        for series in large:
            known = series.until(as_of)
            projection = project(known, 2024, np.random.default_rng(1), 300)
            if not isinstance(projection, Projection):
                continue
            found = peak_so_far(projection)
            stated.append(found.probability)
            came.append(max(series.emissions[series.years.index(as_of) + 1 :]) <= found.emissions)
            low, high = np.quantile(projection.at(as_of + 10), (0.16, 0.84))
            inside.append(low <= series.at(as_of + 10) <= high)
    probability, outcome = np.array(stated), np.array(came)
    assert len(stated) > 400
    for low, high, low_share, high_share in (
        (0.0, 0.1, 0.0, 0.05),
        (0.33, 0.67, 0.4, 0.8),
        (0.9, 1.01, 0.85, 1.0),
    ):
        chosen = (probability >= low) & (probability < high)
        assert chosen.sum() > 30 and low_share <= outcome[chosen].mean() <= high_share
    assert ((probability - outcome) ** 2).mean() < 0.09  # always saying the base rate scores 0.22
    assert np.mean(inside) == pytest.approx(0.68, abs=0.04)
