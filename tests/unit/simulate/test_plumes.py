"""Plumes: flux, physics, speed, reproducibility."""

from __future__ import annotations

import time

import numpy as np
import pytest

from superemitter.model import Footprint, Wind
from superemitter.model.errors import InvalidValue
from superemitter.simulate import PixelGrid, SimulationSpec, Turbulence, simulate_plume

NORTH_UP = PixelGrid(shape=(140, 160), row_step_m=(0.0, -60.0), column_step_m=(60.0, 0.0))
FROM_WEST = Wind(speed_m_s=3.0, speed_sigma_m_s=0.0, from_deg=270.0, source="given")


def from_west(seed: int, rate: float = 1000.0, turbulence: Turbulence | None = None):
    return simulate_plume(
        rate_kg_h=rate,
        wind=FROM_WEST,
        grid=NORTH_UP,
        row=70,
        column=20,
        rng=np.random.default_rng(seed),
        turbulence=turbulence,
    )


def test_mean_flux_through_every_cross_section_is_the_rate():
    """Mass per metre of fetch times the transport speed; what leaves the source must pass every section."""
    plumes = [from_west(seed) for seed in range(150)]
    per_metre = np.stack([p.column_mass_kg_m2.sum(axis=0) * 60.0 for p in plumes])  # (plume, column) [kg m-1]
    flux = per_metre * plumes[0].transport_speed_m_s * 3600.0
    for first in (30, 50, 70, 90, 110):  # 0.6 to 5.4 km downwind
        sections = flux[:, first : first + 20].mean(axis=1)
        error = sections.std() / np.sqrt(len(plumes))
        assert abs(sections.mean() - 1000.0) < 3.5 * error
        assert error < 40.0


def test_a_smooth_flow_carries_exactly_the_rate():
    p = from_west(0, turbulence=Turbulence(strength=0.0))
    flux = p.column_mass_kg_m2[:, 40:120].sum(axis=0) * 60.0 * p.transport_speed_m_s * 3600.0
    np.testing.assert_allclose(flux, 1000.0, rtol=1e-3)


def test_the_transport_wind_follows_the_log_law():
    expected = 3.0 * np.log(20.0 / 0.03) / np.log(10.0 / 0.03)
    assert from_west(0).transport_speed_m_s == pytest.approx(expected)
    assert expected / 3.0 == pytest.approx(1.12, abs=0.005)


def test_turbulence_makes_plumes_differ_and_widen():
    spreads = []
    for strength in (0.0, 1.0):
        mass = np.mean(
            [from_west(s, turbulence=Turbulence(strength=strength)).column_mass_kg_m2 for s in range(30)], axis=0
        )
        section = mass[:, 80]
        rows = np.arange(140)
        mean = (section * rows).sum() / section.sum()
        spreads.append(60.0 * np.sqrt((section * (rows - mean) ** 2).sum() / section.sum()))
    # Pasquill classes A-C at 3.6 km: 350 to 700 m
    assert spreads[0] < 60.0
    assert 300.0 < spreads[1] < 900.0


def test_same_seed_same_plume():
    np.testing.assert_array_equal(from_west(4).column_mass_kg_m2, from_west(4).column_mass_kg_m2)
    assert not np.array_equal(from_west(4).column_mass_kg_m2, from_west(5).column_mass_kg_m2)


def test_in_still_air_the_gas_stays_near_the_source():
    wind = Wind(speed_m_s=0.0, speed_sigma_m_s=0.0, from_deg=0.0, source="given")
    p = simulate_plume(rate_kg_h=500.0, wind=wind, grid=NORTH_UP, row=70, column=80, rng=np.random.default_rng(1))
    assert p.in_image_kg == pytest.approx(500.0, rel=0.05)  # an hour's worth


def test_a_plume_of_a_granule_takes_little_time():
    grid = PixelGrid(shape=(1280, 1242), row_step_m=(44.0, -40.0), column_step_m=(40.0, 44.0))
    start = time.process_time()
    simulate_plume(rate_kg_h=3000.0, wind=FROM_WEST, grid=grid, row=600, column=300, rng=np.random.default_rng(0))
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("rate", [-1.0, float("nan"), float("inf")])
def test_an_impossible_rate_is_refused(rate):
    with pytest.raises(InvalidValue, match="rate"):
        from_west(0, rate=rate)


def test_the_grid_of_a_footprint_is_that_of_its_swath():
    swath = SimulationSpec(shape=(60, 50)).swath
    longitude, latitude = swath.coordinates((60, 50))
    fitted = PixelGrid.of_footprint(Footprint(longitude=longitude, latitude=latitude), 20, 30)
    true = swath.pixel_grid((60, 50))
    np.testing.assert_allclose(fitted.row_step_m, true.row_step_m, rtol=0.002)
    np.testing.assert_allclose(fitted.column_step_m, true.column_step_m, rtol=0.002)
    with pytest.raises(InvalidValue, match="outside"):
        PixelGrid.of_footprint(Footprint(longitude=longitude, latitude=latitude), 60, 3)
