"""Distances, boxes across the antimeridian and at the poles, and sources that stay where they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from superemitter.register import GroupingRules, open_register
from superemitter.register.geo import around, boxes, distance_m
from superemitter.register.grouping import Placed, assign_sources, same_place

NOON = datetime(2024, 8, 27, 12, 0, tzinfo=UTC)
longitudes, latitudes = st.floats(-180, 180), st.floats(-90, 90)
ON_A_SPHERE = Geod(a=6_371_008.8, b=6_371_008.8)


def placed(longitude: float, latitude: float = 36.0, error: float | None = None, days: int = 0) -> Placed:
    return Placed("x", NOON + timedelta(days=days), longitude, latitude, error, False)


@given(longitudes, latitudes, longitudes, latitudes)
def test_distances_are_those_of_a_sphere(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> None:
    expected = ON_A_SPHERE.inv(lon_a, lat_a, lon_b, lat_b)[2]
    assert distance_m(lon_a, lat_a, lon_b, lat_b) == pytest.approx(expected, abs=1.0)


@given(longitudes, latitudes, st.floats(0, 360), st.floats(1, 20_000))
def test_a_box_around_a_point_holds_everything_within_reach(
    longitude: float, latitude: float, azimuth: float, reach: float
) -> None:
    lon, lat, _ = ON_A_SPHERE.fwd(longitude, latitude, azimuth, 0.999 * reach)
    found = around(longitude, latitude, longitude, latitude, reach)
    assert any(w - 1e-9 <= lon <= e + 1e-9 and s - 1e-9 <= lat <= n + 1e-9 for w, s, e, n in found)


def test_a_box_across_the_antimeridian_is_two() -> None:
    assert boxes(170, -1, -170, 1) == ((170, -1, 180.0, 1), (-180.0, -1, -170, 1))


def test_same_place_is_the_sum_of_the_errors() -> None:
    rules = GroupingRules()
    assert same_place(placed(61.0), placed(61.016), rules)  # 1.44 km: 750 m each
    assert not same_place(placed(61.0), placed(61.018), rules)  # 1.62 km
    assert same_place(placed(61.0, error=7000.0), placed(61.08), rules)  # 7.2 km
    assert not same_place(placed(61.0), placed(61.0, days=1), rules)


@pytest.fixture
def assign(tmp_path: Path):  # type: ignore[no-untyped-def]
    """Assigns plumes to sources of one register, call after call."""
    register = open_register(tmp_path / "r.db")
    following = [1]

    def assign_(*plumes: Placed) -> list[int]:
        with register.writing(grouping=True) as connection:
            found = assign_sources(connection, plumes, GroupingRules(), following[0])
        following[0] = max([*found, following[0] - 1]) + 1
        return found

    yield assign_
    register.close()


def test_plumes_over_time_near_one_point_are_one_source(assign) -> None:  # type: ignore[no-untyped-def]
    assert assign(placed(61.0), placed(61.004, days=3), placed(61.007)) == [1, 1, 2]
    assert assign(placed(61.0001, days=9)) == [1]


def test_a_source_does_not_wander_with_its_plumes(assign) -> None:  # type: ignore[no-untyped-def]
    found = [assign(placed(61.0 + n * 0.004))[0] for n in range(6)]  # 360 m apart, one after the other
    assert found == [1, 1, 2, 2, 3, 3]


def test_a_coarse_look_does_not_claim_a_fine_source(assign) -> None:  # type: ignore[no-untyped-def]
    assert assign(placed(61.0)) == [1]
    assert assign(placed(61.03, error=7000.0)) == [2]  # 2.7 km off: which of the sources there, it cannot say
    assert assign(placed(61.06, error=7000.0, days=1)) == [2]


def test_sources_meet_across_tiles_the_antimeridian_and_the_pole(assign) -> None:  # type: ignore[no-untyped-def]
    assert len(set(assign(placed(59.9999), placed(60.0001)))) == 1
    assert len(set(assign(placed(179.9999, 10.0), placed(-179.9999, 10.0)))) == 1
    assert len(set(assign(placed(0.0, 89.9999), placed(180.0, 89.9999)))) == 1
