"""What holds of every simulated plume."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from superemitter.model import Wind
from superemitter.simulate import PixelGrid, SimulationSpec, Turbulence, simulate_plume

rates = st.floats(1.0, 50_000.0)
speeds = st.floats(0.0, 12.0)
directions = st.floats(0.0, 360.0)
seeds = st.integers(0, 2**31)
quick = settings(max_examples=25, deadline=None)


def plume(grid, *, rate=1000.0, speed=3.0, from_deg=250.0, row=60.0, column=60.0, seed=0, **kw):
    wind = Wind(speed_m_s=speed, speed_sigma_m_s=0.0, from_deg=from_deg, source="given")
    rng = np.random.default_rng(seed)
    return simulate_plume(rate_kg_h=rate, wind=wind, grid=grid, row=row, column=column, rng=rng, **kw)


GRID = PixelGrid(shape=(121, 121), row_step_m=(44.0, -40.0), column_step_m=(40.0, 44.0))


@quick
@given(rates, speeds, directions, seeds, st.floats(50.0, 70.0), st.floats(50.0, 70.0))
def test_the_mass_on_the_image_is_rate_times_time_while_no_gas_has_left(rate, speed, from_deg, seed, row, column):
    duration = 150.0  # at 13 m/s: 2 km, within the 3.6 km from the middle to the edge
    p = plume(
        GRID, rate=rate, speed=speed, from_deg=from_deg, seed=seed, row=row, column=column, duration_s=duration
    )
    on_image = p.column_mass_kg_m2.sum() * GRID.pixel_area_m2
    assert on_image == pytest.approx(rate * duration / 3600.0, rel=1e-6)
    assert p.released_kg == pytest.approx(rate * duration / 3600.0, rel=1e-12)
    assert p.in_image_kg == pytest.approx(on_image, rel=1e-12)
    assert p.column_mass_kg_m2.min() >= 0.0


@quick
@given(rates, seeds)
def test_a_plume_is_linear_in_its_rate(rate, seed):
    one, other = plume(GRID, rate=1.0, seed=seed), plume(GRID, rate=rate, seed=seed)
    np.testing.assert_allclose(other.column_mass_kg_m2, rate * one.column_mass_kg_m2, rtol=1e-9)


@quick
@given(st.integers(-20, 20), st.integers(-20, 20), seeds)
def test_moving_the_source_by_whole_pixels_moves_the_plume(down, right, seed):
    here = plume(GRID, seed=seed, speed=1.0, duration_s=600.0).column_mass_kg_m2
    there = plume(GRID, seed=seed, speed=1.0, duration_s=600.0, row=60.0 + down, column=60.0 + right)
    moved = np.roll(here, (down, right), axis=(0, 1))
    inner = (slice(25, -25), slice(25, -25))
    np.testing.assert_allclose(there.column_mass_kg_m2[inner], moved[inner], rtol=1e-6, atol=1e-15)


@quick
@given(directions, speeds)
def test_without_turbulence_the_mirrored_wind_gives_the_mirrored_plume(from_deg, speed):
    north_up = PixelGrid(shape=(121, 121), row_step_m=(0.0, -60.0), column_step_m=(60.0, 0.0))
    still = Turbulence(strength=0.0)
    p = plume(north_up, speed=speed, from_deg=from_deg, turbulence=still, duration_s=900.0)
    q = plume(north_up, speed=speed, from_deg=(360.0 - from_deg) % 360.0, turbulence=still, duration_s=900.0)
    np.testing.assert_allclose(q.column_mass_kg_m2, p.column_mass_kg_m2[:, ::-1], rtol=1e-6, atol=1e-12)


@quick
@given(directions)
def test_the_plume_lies_downwind(from_deg):
    p = plume(GRID, from_deg=from_deg, duration_s=600.0, turbulence=Turbulence(strength=0.3))
    rows, columns = np.indices(GRID.shape)
    mass = p.column_mass_kg_m2
    steps = np.array([GRID.row_step_m, GRID.column_step_m])
    centre = np.array([(mass * (rows - 60)).sum(), (mass * (columns - 60)).sum()]) / mass.sum() @ steps
    to = np.radians(from_deg + 180.0)
    downwind = centre @ np.array([np.sin(to), np.cos(to)])
    assert downwind > 0.8 * np.hypot(*centre)


@quick
@given(directions, st.floats(-178.0, 178.0), st.floats(-69.0, 69.0))
def test_a_pixel_lies_at_its_own_coordinates(heading_deg, longitude, latitude):
    spec = SimulationSpec(shape=(40, 30), heading_deg=heading_deg, longitude=longitude, latitude=latitude)
    rows, columns = spec.swath.pixels_of(spec.shape, *spec.swath.coordinates(spec.shape))
    expected = np.mgrid[:40, :30]
    np.testing.assert_allclose([rows, columns], expected, atol=0.02)
