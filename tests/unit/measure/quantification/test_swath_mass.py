"""Rates of plumes in a swath depend on the plume's surroundings alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from superemitter.measure.detection.swath_candidates import pooled_score
from superemitter.measure.quantification.swath import quantify_swath, swath_mass
from superemitter.model import EmissionRate, Wind
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
    line = np.where(native["usable"].values, 3.0, np.nan)
    mass = swath_mass(
        found.enhancement,
        found.detection,
        pooled=pooled_score(native["enhancement"].values, native["sigma"].values, native["usable"].values),
        line_kg_m=line,
        line_sigma_kg_m=0.2 * line,
        seen=np.ones_like(line),
    )
    return mass, found.plumes[0].plume


def quantified(mass, plume):
    wind = Wind(speed_m_s=3.0, speed_sigma_m_s=0.7, from_deg=250.0, source="told")
    return quantify_swath("tropomi", plume, wind, mass, rng=np.random.default_rng(1))


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
    assert part.rate.rate_kg_h == pytest.approx(whole.rate.rate_kg_h, rel=1e-12)
    assert part.rate_csf.high95_kg_h == pytest.approx(whole.rate_csf.high95_kg_h, rel=1e-12)


def test_the_line_mass_is_that_of_the_plumes_best_pixel(swath):
    mass, plume = swath
    peak = np.unravel_index(np.nanargmax(np.where(plume.mask, mass.score, np.nan)), plume.mask.shape)
    line = mass.line_kg_m.copy()
    line[peak] *= 2.0
    once, twice = quantified(mass, plume), quantified(replace(mass, line_kg_m=line), plume)
    assert twice.rate_csf.mass_per_length_kg_m == pytest.approx(2.0 * once.rate_csf.mass_per_length_kg_m)
