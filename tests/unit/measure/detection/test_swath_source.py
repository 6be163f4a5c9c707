"""Sources of a swath's plumes: at the head of the gas, whatever cloud it carries along, and one for one source."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from superemitter.measure.detection.swath import SwathSettings
from superemitter.measure.detection.swath_candidates import candidates
from superemitter.measure.detection.swath_scatter import SampledScores
from superemitter.measure.detection.swath_source import (
    LINE_COMMON_SIGMA,
    LINE_MEAN,
    LINE_PART_SIGMA,
    locate_source,
    log_evidence,
    with_sources,
)
from superemitter.measure.detection.template_fit import TemplateField
from superemitter.model.footprint import distance_and_bearing
from superemitter.observe.readers import open_scene
from superemitter.pipeline.level2 import scan_swath
from superemitter.simulate.column_plume import Transport
from superemitter.simulate.swath import SwathLeak, SwathSpec, simulate_swath
from superemitter.simulate.write_s5p import write_s5p

SETTINGS = SwathSettings()
STEADY = Transport(
    direction_scatter_deg=3.0, speed_scatter=0.05, wander_m_s=0.1, mixed_factor_sigma=0.0, morning_hours_sigma=0.0,
    mesoscale_m_s=0.2, night_factor=0.1, night_factor_sigma=0.0, night_lift=1.0, night_lift_sigma=0.0,
)  # fmt: skip
LEAK = SwathLeak(longitude=60.0, latitude=38.0, rate_kg_h=60e3)


def scene_of(folder, transport=STEADY, **changes):
    spec = SwathSpec(**{"leaks": (LEAK,), "seed": 3, "wind_speed_m_s": 2.0, "cloud_share": 0.0, **changes})
    return open_scene(write_s5p(simulate_swath(spec, transport), folder / "swath.nc"))


def from_leak_m(longitude, latitude):
    return distance_and_bearing(LEAK.longitude, LEAK.latitude, longitude, latitude)[0]


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A calm night, and its cloud 40 km downwind of the leak."""
    return scene_of(tmp_path_factory.mktemp("night"))


@pytest.fixture(scope="module")
def given(scene, swath_input):
    return swath_input(scene)


@pytest.fixture(scope="module")
def strongest(given):
    return next(candidates(given, 4.5, SETTINGS))


def test_the_source_is_the_head_of_the_gas_and_not_its_densest_part(scene):
    found = scan_swath(scene, None, None, false_plumes=0.5, seed=0, tell=lambda _stage: None)
    row, column = np.unravel_index(np.nanargmax(found.enhancement.enhancement_ppm_m), scene.shape)
    assert from_leak_m(*scene.footprint.at(float(row), float(column))) > 25_000
    sources = [(p.plume.source_longitude, p.plume.source_latitude) for p in found.plumes]
    assert len(sources) == 1
    assert from_leak_m(*sources[0]) < 8_000


def test_pieces_of_one_plume_have_one_source(given, strongest):
    mask = strongest[1]
    rows, columns = np.nonzero(mask)
    east = given.enhancement.footprint.longitude[rows, columns]
    far = east > np.quantile(east, 0.3)  # the wind blows to the east
    pieces = []
    for part in (far, ~far):
        own = np.zeros_like(mask)
        own[rows[part], columns[part]] = True
        best = np.unravel_index(np.nanargmax(np.where(own, given.scores.score, np.nan)), mask.shape)
        pieces.append(((int(best[0]), int(best[1])), own, float(given.scores.score[best])))
    (whole,) = with_sources(given, pieces, SETTINGS)
    assert whole.joined and np.all(whole.mask[mask])
    assert from_leak_m(*given.enhancement.footprint.at(whole.source.row, whole.source.column)) < 10_000
    assert whole.score == max(piece[2] for piece in pieces)


def test_the_noisier_the_less_certain_is_a_source(given, strongest):
    peak, mask, _ = strongest
    none = np.zeros_like(mask)
    errors = [
        locate_source(replace(given, sigma=times * given.sigma), peak, none, SETTINGS).sigma_m
        for times in (1.0, 4.0, 12.0)
    ]
    assert 0.0 < errors[0] < errors[1] < errors[2]


def test_the_evidence_is_that_of_a_normal_distribution(rng):
    rows, columns = np.nonzero(rng.random((9, 9)) < 0.8)
    certain = 1.0 / rng.uniform(5.0, 9.0, rows.size)
    precision = certain[:, None] * SETTINGS.clutter.precision((rows, columns)) * certain
    parts, line, offset = 0.003 * rng.random((4, 5, rows.size)), 2e3, 3.0
    value = 8.0 * rng.standard_normal(rows.size)
    spread = line**2 * (LINE_COMMON_SIGMA**2 + np.diag(LINE_PART_SIGMA**2))
    told = [
        multivariate_normal.logpdf(
            value, line * LINE_MEAN @ part, np.linalg.inv(precision) + part.T @ spread @ part + offset**2
        )
        for part in parts
    ]
    found = log_evidence(parts, value, precision, 1.0 / offset**2, line)
    np.testing.assert_allclose(found - found[0], np.array(told) - told[0], atol=1e-6)


def test_a_source_does_not_lie_in_another_plume(given, strongest):
    peak, mask, _ = strongest
    footprint = given.enhancement.footprint
    other = np.hypot((footprint.longitude - 60.0) * 0.79, footprint.latitude - 38.0) < 0.2  # around the leak
    none = np.zeros_like(mask)
    assert other[locate_source(given, peak, none, SETTINGS).pixel(mask.shape)]
    assert not other[locate_source(given, peak, other, SETTINGS).pixel(mask.shape)]


@pytest.mark.parametrize("clutter", [SETTINGS.clutter, None])
def test_the_scatter_of_scores_is_told_without_plumes(scene, given, strongest, clutter):
    near = np.zeros(scene.shape, dtype=bool)
    rows, columns = np.nonzero(strongest[1])
    near[max(rows.min() - 3, 0) : rows.max() + 4, max(columns.min() - 3, 0) : columns.max() + 4] = True
    usable = given.enhancement.valid
    with_plume, without = (
        SampledScores.of(
            TemplateField.of(
                scene.footprint, given.residual, given.sigma, usable & quiet, SETTINGS.shape, clutter
            ),
            usable,
            given.wind_to,
            quiet,
        ).scatter()
        for quiet in (np.ones_like(near), ~near)
    )
    assert without < (0.8 if clutter is None else 0.95) * with_plume
