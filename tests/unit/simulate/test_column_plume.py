"""Plumes of hours: their gas is all there, and its line mass is the rate over the wind that carries it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import halfnorm

from superemitter.model import Footprint
from superemitter.model.footprint import metres_per_degree
from superemitter.simulate.column_plume import Transport, column_plume

STEADY = Transport(
    mixed_factor_sigma=0.0,
    mixing_seconds=1.0,
    speed_scatter=0.0,
    direction_scatter_deg=0.0,
    wander_m_s=0.0,
    mesoscale_m_s=0.1,
    spread_m_s=0.1,
    morning_hours_sigma=0.0,
    night_factor=0.5,
    night_factor_sigma=0.0,
    night_lift_sigma=0.0,
    night_mixing_seconds=1.0,
)
RATE, SPEED = 36_000.0, 3.0
STEP = 0.02


@pytest.fixture(scope="module")
def plume():
    """Columns of mass on a fine grid, wind from the west, source at 0, 0."""
    longitude, latitude = np.meshgrid(np.arange(-0.1, 1.6, STEP), np.arange(-0.2, 0.2, STEP))
    footprint = Footprint(longitude=longitude, latitude=latitude)
    return footprint, column_plume(
        footprint,
        longitude=0.0,
        latitude=0.0,
        rate_kg_h=RATE,
        speed_m_s=SPEED,
        from_deg=270.0,
        rng=np.random.default_rng(0),
        transport=STEADY,
    )


def test_all_the_gas_is_there(plume):
    footprint, mass = plume
    to_east, to_north = metres_per_degree(footprint.latitude)
    assert (mass * to_east * to_north * STEP**2).sum() == pytest.approx(RATE * STEADY.hours, rel=0.02)


def test_line_mass_is_rate_over_the_wind_that_carried_it(plume):
    """By day 1.3 times the wind at 10 m; gas of the night is as dense as its own, slower wind left it."""
    footprint, mass = plume
    to_north = float(metres_per_degree(np.zeros(1))[1][0])
    line = mass.sum(axis=0) * STEP * to_north
    km = footprint.longitude[0] * 111.2
    day_km = 3.6 * 1.3 * SPEED * STEADY.morning_hours
    by_day = np.median(line[(km > 5) & (km < 0.9 * day_km)])
    by_night = np.median(line[(km > 1.1 * day_km) & (km < 1.3 * day_km)])
    assert by_day == pytest.approx(RATE / 3600.0 / (1.3 * SPEED), rel=0.05)
    assert by_night == pytest.approx(RATE / 3600.0 / (STEADY.night_lift * 0.5 * SPEED), rel=0.05)


@pytest.mark.parametrize(
    ("power", "depth"),
    [(0.35, lambda x: 0.03 * x / (1 + 3e-4 * x)), (0.55, lambda x: 0.016 * x / (1 + 3e-4 * x))],
    ids=["class E", "class F"],
)
def test_wind_that_carries_gas_by_night_is_that_of_stable_air(power, depth):
    """Open-country depths by Briggs and profiles by Irwin, in Hanna et al. 1982, doi:10.2172/5591108."""

    def lift(metres):
        return halfnorm(scale=depth(metres) / 10.0).expect(lambda z: z**power)

    assert lift(3e3) == pytest.approx(1.4, abs=0.1)
    assert lift(10e3) == pytest.approx(1.8, abs=0.1)
    assert lift(30e3) < 2.0
    assert Transport().night_lift == pytest.approx(lift(10e3), abs=0.15)
