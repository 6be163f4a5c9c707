"""Templates on an irregular grid: line mass, missing pixels, direction, wide pixels."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.detection.template import PlumeShape, fit_templates, pixel_spread_m, plume_template
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


def fit(place, values, to_deg, usable=None, speed=3.0):
    usable = np.ones(place.shape, dtype=bool) if usable is None else usable
    pixel = (np.array([20]), np.array([20]))
    return fit_templates(
        place, values, np.full(place.shape, 2.0), usable, pixel, np.array([[to_deg]]), np.array([speed])
    )


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
    cut = fit_templates(near, *fields, pixel, np.array([[60.0]]), np.array([3.0]))
    assert cut.line[0, 0] == pytest.approx(whole.line[0, 0], rel=1e-3)
    assert cut.seen[0, 0] == pytest.approx(whole.seen[0, 0], rel=1e-3)
