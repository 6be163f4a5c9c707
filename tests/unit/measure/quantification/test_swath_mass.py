"""Rates of plumes in a swath depend on the plume's surroundings alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superemitter.measure.detection.swath_candidates import pooled_score
from superemitter.measure.quantification.sampling import wind_speeds
from superemitter.measure.quantification.swath import LineMass, quantify_swath, swath_mass
from superemitter.model import EmissionRate, Flag, Wind
from superemitter.observe.readers import open_scene
from superemitter.pipeline.level2 import scan_swath
from superemitter.simulate.swath import SwathLeak, SwathSpec, simulate_swath
from superemitter.simulate.write_s5p import write_s5p


@pytest.fixture(scope="module")
def swath(tmp_path_factory):
    """A long swath with one plume, and what all its plumes share."""
    leak = SwathLeak(longitude=60.0, latitude=38.0, rate_kg_h=60e3)
    spec = SwathSpec(rows=160, columns=70, first_pixel=70, cloud_share=0.0, leaks=(leak,), seed=5)
    scene = open_scene(write_s5p(simulate_swath(spec), tmp_path_factory.mktemp("swath") / "swath.nc"))
    found = scan_swath(scene, None, None, false_plumes=0.5, seed=0, tell=lambda _stage: None)
    native = found.native
    mass = swath_mass(
        found.enhancement,
        found.detection,
        pooled=pooled_score(native["enhancement"].values, native["sigma"].values, native["usable"].values),
    )
    return mass, found.plumes[0].plume


LINE = LineMass(kg_m=3.0, sigma_kg_m=0.6, seen=1.0)
WIND = Wind(speed_m_s=3.0, speed_sigma_m_s=0.7, from_deg=250.0, source="told")


def quantified(mass, plume, line=LINE, wind=WIND):
    return quantify_swath("tropomi", plume, wind, mass, line, rng=np.random.default_rng(1))


def test_rows_far_from_the_plume_change_nothing(swath):
    mass, plume = swath
    rows = np.flatnonzero(plume.mask.any(axis=1))
    cut = slice(int(rows[0]) - 30, int(rows[-1]) + 31)
    assert cut.start > 0 and cut.stop < plume.mask.shape[0]
    shifted = replace(plume, mask=plume.mask[cut], source_row=plume.source_row - cut.start)
    whole, part = quantified(mass, plume), quantified(mass.within((cut, slice(0, None))), shifted)
    assert isinstance(whole.rate, EmissionRate) and isinstance(whole.rate_csf, EmissionRate)
    assert part.ime_kg == pytest.approx(whole.ime_kg, rel=1e-12)
    assert part.ime_sigma_kg == pytest.approx(whole.ime_sigma_kg, rel=1e-12)
    assert part.rate_ime.rate_kg_h == pytest.approx(whole.rate_ime.rate_kg_h, rel=1e-12)
    assert part.rate_csf.high95_kg_h == pytest.approx(whole.rate_csf.high95_kg_h, rel=1e-12)


def test_the_rate_is_that_of_the_line_mass_at_the_source(swath):
    mass, plume = swath
    once, twice = quantified(mass, plume), quantified(mass, plume, replace(LINE, kg_m=6.0, sigma_kg_m=1.2))
    assert once.rate == once.rate_csf and once.rate.method == "csf" and once.rate_ime.method == "ime"
    assert twice.rate.mass_per_length_kg_m == pytest.approx(2.0 * once.rate.mass_per_length_kg_m)
    assert twice.rate_ime.mass_per_length_kg_m == once.rate_ime.mass_per_length_kg_m


def test_without_a_wind_the_table_is_of_the_same_method(swath):
    mass, plume = swath
    told, none = quantified(mass, plume), quantified(mass, plume, wind=None)
    assert none.rate.code == "no-wind" and {rate.method for _, rate in none.rate_by_wind} == {told.rate.method}


def test_a_plume_on_missing_pixels_has_no_rate(swath):
    mass, plume = swath
    cut = quantified(mass, plume, replace(LINE, seen=0.5))
    assert cut.rate.code == cut.rate_ime.code == "plume-cut" and Flag.PLUME_CUT in cut.flags


@pytest.mark.parametrize("speed", [1.2, 2.0, 5.0])
def test_the_wind_of_a_vector_is_what_bayes_makes_of_it(speed, rng):
    """Against the posterior on a grid of both components: a climate of 3.3 m/s in each, and the vector told."""
    wind = Wind(speed_m_s=speed, speed_sigma_m_s=0.6, vector_sigma_m_s=0.6, from_deg=250.0, source="told")
    drawn = wind_speeds(wind, *rng.standard_normal((3, 200_000)))
    u, v = np.meshgrid(np.linspace(-12, 12, 601), np.linspace(-12, 12, 601))
    weight = np.exp(-0.5 * (((u - speed) ** 2 + v**2) / 0.6**2 + (u**2 + v**2) / 3.3**2)).ravel()
    speeds = np.hypot(u, v).ravel()
    order = np.argsort(speeds)
    below = np.cumsum(weight[order]) / weight.sum()
    shares = [0.025, 0.16, 0.5, 0.84, 0.975]
    assert np.quantile(drawn, shares) == pytest.approx(np.interp(shares, below, speeds[order]), rel=0.02)


def test_the_rest_of_the_error_of_a_vector_scales_its_speed(rng):
    exact = Wind(speed_m_s=4.0, speed_sigma_m_s=0.1, vector_sigma_m_s=0.1, from_deg=0.0, source="told")
    wide = replace(exact, speed_sigma_m_s=float(np.hypot(0.1, 0.8)))
    drawn = [np.log(wind_speeds(wind, *rng.standard_normal((3, 100_000)))) for wind in (exact, wide)]
    assert np.std(drawn[0]) == pytest.approx(0.1 / 4.0, rel=0.03)
    assert np.std(drawn[1]) == pytest.approx(np.hypot(0.1, 0.8) / 4.0, rel=0.03)


def test_in_weak_wind_a_vector_makes_a_narrower_interval(swath):
    mass, plume = swath
    weak = replace(WIND, speed_m_s=1.5, speed_sigma_m_s=0.6)
    alone, vector = (
        quantified(mass, plume, wind=wind).rate for wind in (weak, replace(weak, vector_sigma_m_s=0.6))
    )
    assert vector.high95_kg_h / vector.low95_kg_h < 0.9 * alone.high95_kg_h / alone.low95_kg_h
    assert vector.rate_kg_h == pytest.approx(alone.rate_kg_h, rel=0.06)
