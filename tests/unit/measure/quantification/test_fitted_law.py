"""The law fitted to our own mask, the step to the carrying wind, and methods side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superemitter.measure.quantification import QuantificationSettings, calibration_for, calibrations, quantify
from superemitter.measure.quantification.calibration import wind_step
from superemitter.model import EmissionRate
from superemitter.model.errors import InvalidValue

FITTED = QuantificationSettings(calibration="fitted")
UNIT = 7.16e-7  # kg m-2 per ppm m


@pytest.fixture
def plume(make_case, strip):
    """1,000 ppm m over 180 pixels: a mean column of 7.16e-4 kg m-2 and a length of 13.4 pixels."""
    return make_case(np.where(strip, 1000.0, 0.0), strip)


def rate_of(case, wind, settings=FITTED):
    rng = np.random.default_rng(7)
    return quantify(case.enhancement, case.detection, case.plume, wind, rng=rng, settings=settings)


def carried(wind):
    return replace(wind, carries_plume=True)


def test_the_fitted_law_is_that_of_its_coefficients(plume, make_wind):
    law = calibration_for("emit", "ime", fitted=True).fitted
    speed, length_m, column = 3.0, np.sqrt(180 * 3600.0), 1000 * UNIT
    effective = speed * np.exp(
        law.constant
        + law.wind * np.log(speed)
        + law.length * np.log(length_m / 60.0)
        + law.score * np.log(10.0)
        + law.column * np.log(column)
    )
    expected = effective * column * length_m * 3600.0
    assert rate_of(plume, carried(make_wind(speed))).rate.rate_kg_h == pytest.approx(expected, rel=0.02)


def test_a_10_m_wind_takes_the_named_step_and_its_uncertainty(plume, make_wind):
    at_10_m, at_plume = (
        rate_of(plume, make_wind(3.0)),
        rate_of(plume, carried(make_wind(3.0 * wind_step().factor))),
    )
    assert at_10_m.rate.rate_kg_h == pytest.approx(at_plume.rate.rate_kg_h, rel=0.02)
    assert at_10_m.rate.components["wind_step"] > 0.05 * at_10_m.rate.rate_kg_h
    assert "wind_step" not in at_plume.rate.components


def test_a_published_law_takes_the_carrying_wind_back_to_10_m(plume, make_wind):
    published = QuantificationSettings()
    at_10_m = rate_of(plume, make_wind(3.0), published).rate
    at_plume = rate_of(plume, carried(make_wind(3.0 * wind_step().factor)), published).rate
    assert at_plume.rate_kg_h == pytest.approx(at_10_m.rate_kg_h, rel=0.02)
    assert at_plume.calibration_id == at_10_m.calibration_id == "ueff-ime-emit-hypergas-2026"


def test_slow_air_makes_a_less_certain_rate(plume, make_wind):
    slow, fast = (rate_of(plume, carried(make_wind(speed))).rate for speed in (1.0, 7.0))
    assert slow.components["calibration"] / slow.rate_kg_h > 1.5 * fast.components["calibration"] / fast.rate_kg_h


def test_any_law_can_be_chosen_by_its_id(plume, make_wind):
    for law in calibrations():
        if law.method == "ime" and "emit" in law.instruments:
            chosen = QuantificationSettings(calibration=law.calibration_id)
            assert rate_of(plume, make_wind(3.0), chosen).rate.calibration_id == law.calibration_id
    with pytest.raises(InvalidValue, match="not of integrated mass"):
        rate_of(plume, make_wind(3.0), QuantificationSettings(calibration="fetch-ime-emit-v002"))


def test_an_instrument_without_a_fitted_law_takes_the_published_one():
    assert calibration_for("aviris-3", "ime", fitted=True) == calibration_for("aviris-3", "ime")


def test_the_probability_of_100_kg_h_holds_that_the_plume_is_real(plume, make_wind):
    doubtful = replace(plume, plume=replace(plume.plume, detection_probability=0.6))
    settings = replace(FITTED, plume_may_be_false=True)
    assert rate_of(doubtful, make_wind(3.0), settings).rate.probability_ge_100_kg_h == pytest.approx(0.6, abs=1e-6)
    assert rate_of(doubtful, make_wind(3.0)).rate.probability_ge_100_kg_h == pytest.approx(1.0, abs=1e-6)


def test_three_methods_are_reported_with_their_disagreement(plume, make_wind):
    seen = rate_of(plume, make_wind(3.0))
    assert isinstance(seen.rate_fetch, EmissionRate)
    fetch = plume.plume.length_m
    assert seen.rate_fetch.rate_kg_h == pytest.approx(3.0 * seen.ime_kg / fetch * 3600, rel=0.02)
    rates = [r.rate_kg_h for r in (seen.rate, seen.rate_csf, seen.rate_fetch)]
    assert seen.disagreement == max(rates) / min(rates)
    assert rate_of(plume, None).disagreement is None


def test_fitted_laws_carry_their_passport():
    for law in calibrations():
        assert (law.fitted is None) == (len(law.fit_seeds) == 0)
        assert law.source
