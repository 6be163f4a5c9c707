"""Templates on an irregular grid: line mass, missing pixels, direction, wide pixels, noise of neighbours."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from superemitter.measure.detection import template_fit
from superemitter.measure.detection.template import PlumeShape, pixel_spread_m, plume_template
from superemitter.measure.detection.template_fit import Clutter, TemplateField
from superemitter.model import Footprint

LINE = 2.0e5  # ppb m


def footprint(step_lon=0.07, step_lat=0.05):
    row, column = np.mgrid[0:41, 0:41]
    return Footprint(longitude=50.0 + column * step_lon, latitude=20.0 + row * step_lat)


def plume(place, to_deg, speed=3.0):
    """Enhancement of a straight plume from the middle pixel. [ppb]"""
    form = PlumeShape()
    rows, columns = np.nonzero(np.ones(place.shape, dtype=bool))
    east, north = place.local_metres(20, 20, (rows, columns))
    to = np.radians(to_deg)
    along, across = east * np.sin(to) + north * np.cos(to), east * np.cos(to) - north * np.sin(to)
    wind = np.full(along.shape, speed)
    spread = pixel_spread_m(place).ravel()
    values = plume_template(along, across, spread, form.reach_at(wind), form.growth_at(wind), form)
    return LINE * values.reshape(place.shape)


def fit(place, values, to_deg, usable=None, speed=3.0, clutter=None):
    usable = np.ones(place.shape, dtype=bool) if usable is None else usable
    field = TemplateField.of(place, values, np.full(place.shape, 2.0), usable, clutter=clutter)
    return field.fit((np.array([20]), np.array([20])), np.array([[to_deg]]), np.array([speed]))


@pytest.mark.parametrize("to_deg", [0.0, 77.0, 200.0])
@pytest.mark.parametrize("steps", [(0.07, 0.05), (0.14, 0.05)])
def test_the_line_mass_of_a_plume_is_read_in_any_direction_and_on_wide_pixels(to_deg, steps):
    place = footprint(*steps)
    assert fit(place, plume(place, to_deg), to_deg).line[0, 0] == pytest.approx(LINE, rel=0.03)


def test_missing_pixels_leave_the_line_mass_as_it_is(rng):
    place = footprint()
    usable = rng.random(place.shape) > 0.4
    usable[20, 20] = True
    found = fit(place, plume(place, 90.0), 90.0, usable)
    assert found.line[0, 0] == pytest.approx(LINE, rel=0.03)
    assert found.sigma[0, 0] > fit(place, plume(place, 90.0), 90.0).sigma[0, 0]
    assert found.seen[0, 0] < 0.8


def test_a_constant_is_no_plume():
    place = footprint()
    assert abs(fit(place, np.full(place.shape, 3.0), 90.0).score[0, 0]) < 1.5


def test_the_right_direction_fits_best():
    place = footprint()
    values = plume(place, 90.0)
    scores = [fit(place, values, to).score[0, 0] for to in (30.0, 60.0, 90.0, 120.0, 270.0)]
    assert int(np.argmax(scores)) == 2


def test_weak_wind_makes_short_and_wide_plumes():
    form = PlumeShape()
    weak, strong = np.array([0.5]), np.array([6.0])
    assert form.reach_at(weak)[0] == 15_000.0 and form.reach_at(strong)[0] == 45_000.0
    assert form.growth_at(weak)[0] == pytest.approx(0.45) and form.growth_at(strong)[0] < 0.15


def test_beyond_the_image_is_as_if_unusable(rng):
    place = footprint()
    values = rng.normal(0, 2, place.shape)
    usable = np.zeros(place.shape, dtype=bool)
    usable[18:, 17:] = True
    whole = fit(place, values, 60.0, usable)
    near = Footprint(longitude=place.longitude[18:, 17:], latitude=place.latitude[18:, 17:])
    fields = values[18:, 17:], np.full(near.shape, 2.0), np.ones(near.shape, dtype=bool)
    pixel = (np.array([2]), np.array([3]))
    cut = TemplateField.of(near, *fields).fit(pixel, np.array([[60.0]]), np.array([3.0]))
    assert cut.line[0, 0] == pytest.approx(whole.line[0, 0], rel=1e-3)
    assert cut.seen[0, 0] == pytest.approx(whole.seen[0, 0], rel=1e-3)


CLUTTER = Clutter(share=0.8, radius_pixels=1.5)


def mean_of(count, radius):
    """The Gaussian mean of an image as a matrix, made with SciPy's filter of unit pixels. (pixel, pixel)"""
    units = np.eye(count * count).reshape(count * count, count, count)
    rows = [gaussian_filter(unit, radius, mode="constant", truncate=2.5).ravel() for unit in units]
    return np.array(rows)


@pytest.mark.parametrize(("to_deg", "speed"), [(0.0, 3.0), (50.0, 6.0), (90.0, 1.0)])
@pytest.mark.parametrize("hidden", [0.0, 0.4])
def test_with_clutter_the_fit_is_generalised_least_squares(to_deg, speed, hidden, rng):
    place = footprint()
    usable = rng.random(place.shape) >= hidden
    usable[20, 20] = True
    values = plume(place, to_deg, speed) / 20.0 + rng.normal(0, 2.0, place.shape)
    near = np.zeros(place.shape, dtype=bool)
    near[11:30, 12:29] = True  # the window
    inverse = np.eye(usable.size) - CLUTTER.share * mean_of(41, CLUTTER.radius_pixels)
    inverse = inverse[np.ix_(usable.ravel(), usable.ravel())] / 2.0**2
    template = (plume(place, to_deg, speed) / LINE * near)[usable]
    design = np.column_stack([template, near[usable]])
    scale = np.abs(design).max(axis=0)
    normal = (design / scale).T @ inverse @ (design / scale) + np.diag([0.0, 1.0 / (0.4 * 2.0) ** 2])
    solution = np.linalg.solve(normal, (design / scale).T @ inverse @ values[usable]) / scale
    found = fit(place, values, to_deg, usable, speed, CLUTTER)
    sigma = float(np.sqrt(np.linalg.inv(normal)[0, 0])) / scale[0]
    assert found.sigma[0, 0] == pytest.approx(sigma, rel=0.12)
    assert found.line[0, 0] == pytest.approx(float(solution[0]), abs=0.6 * sigma)


def test_the_precision_of_all_pixels_is_what_the_filter_makes_of_them(rng):
    values = np.zeros((21, 23))
    values[5:-5, 5:-5] = rng.standard_normal((11, 13))
    rows, columns = (line.ravel() for line in np.indices(values.shape))
    told = CLUTTER.precision((rows, columns)) @ values.ravel()
    np.testing.assert_allclose(CLUTTER.beyond_neighbours(values).ravel(), told, atol=0.02)


def test_noise_that_goes_together_hides_a_plume_less(rng):
    place = footprint()
    values = plume(place, 70.0) / 40.0
    root = np.linalg.cholesky(np.linalg.inv(np.eye(1681) - CLUTTER.share * mean_of(41, CLUTTER.radius_pixels)))
    noise = 2.0 * (root @ rng.standard_normal((1681, 400))).T.reshape(400, *place.shape)
    apart = {}
    for clutter in (None, CLUTTER):
        scores = np.array([fit(place, one, 70.0, clutter=clutter).score[0, 0] for one in noise])
        apart[clutter] = fit(place, values, 70.0, clutter=clutter).score[0, 0] / scores.std()
        if clutter is CLUTTER:
            assert scores.std() == pytest.approx(1.0, abs=0.12)
    assert apart[CLUTTER] > 1.05 * apart[None]


def test_plumes_fitted_together_are_fitted_as_if_alone(rng, monkeypatch):
    place = footprint()
    values = rng.normal(0, 2.0, place.shape)
    field = TemplateField.of(place, values, np.full(place.shape, 2.0), np.ones(place.shape, dtype=bool))
    rows, columns, speed = rng.integers(0, 41, 40), rng.integers(0, 41, 40), rng.uniform(0.5, 9.0, 40)
    to_deg = rng.uniform(0.0, 360.0, (7, 40))
    together = field.fit((rows, columns), to_deg, speed)
    monkeypatch.setattr(template_fit, "RAYS_PER_SECTOR", 5)
    monkeypatch.setattr(template_fit, "BUNDLE", 3)
    for name in ("line", "sigma", "seen"):
        bundled = getattr(field.fit((rows, columns), to_deg, speed), name)
        assert bundled == pytest.approx(getattr(together, name), rel=2e-3, abs=2e-3 * LINE * (name == "line"))


def test_in_the_mirror_gains_are_losses(rng):
    place = footprint()
    values = rng.normal(0, 2.0, place.shape)
    pixels, to_deg, speed = (
        (np.array([20, 7]), np.array([20, 33])),
        np.array([[10.0], [200.0]]),
        np.array([3.0, 5.0]),
    )
    field = TemplateField.of(
        place, values, np.full(place.shape, 2.0), np.ones(place.shape, dtype=bool), None, CLUTTER
    )
    ahead, back = field.fit(pixels, to_deg, speed), field.mirrored().fit(pixels, to_deg, speed)
    assert back.line == pytest.approx(-ahead.line)
    assert back.sigma == pytest.approx(ahead.sigma)
