"""What must hold of any attribution, whatever the plume, the wind and the list."""

import math
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from superemitter.measure.attribution import attribute
from superemitter.model import Facility, Plume, Wind

GEOD = Geod(ellps="WGS84")
LON, LAT = 54.0, 39.4
bearings = st.floats(0, 360)
places = st.lists(st.tuples(bearings, st.floats(0, 1900), st.floats(1, 500)), max_size=12)
winds = st.none() | st.tuples(bearings, st.floats(0, 15), st.floats(0, 5))
plumes = st.tuples(bearings, st.floats(1, 300), st.floats(0, 4000))


def make_plume(axis_deg: float, sigma_m: float, length_m: float) -> Plume:
    return Plume(
        plume_id="p",
        mask=np.ones((1, 1), dtype=bool),
        source_row=0.0,
        source_column=0.0,
        source_longitude=LON,
        source_latitude=LAT,
        source_sigma_m=sigma_m,
        axis_deg=axis_deg,
        length_m=length_m,
        area_m2=100_000.0,
        max_enhancement_ppm_m=1000.0,
        detection_snr=6.0,
        detection_probability=0.9,
    )


def make_wind(spec):
    return None if spec is None else Wind(from_deg=spec[0], speed_m_s=spec[1], speed_sigma_m_s=spec[2], source="t")


def make_places(specs, turn_deg: float = 0.0) -> list[Facility]:
    out = []
    for number, (bearing_deg, distance_m, radius_m) in enumerate(specs):
        lon, lat, _ = GEOD.fwd(LON, LAT, bearing_deg + turn_deg, distance_m)
        name = str(number)
        out.append(Facility(facility_id=name, name=name, longitude=lon, latitude=lat, radius_m=radius_m))
    return out


def shares(result) -> dict[str, float]:
    return {c.facility.facility_id: c.probability for c in result.candidates}


def same(a, b, tolerance=1e-6) -> bool:
    return a.keys() == b.keys() and all(math.isclose(a[k], b[k], rel_tol=1e-4, abs_tol=tolerance) for k in a)


@given(plumes, winds, places)
def test_probabilities_are_probabilities_and_sum_to_one(shape, air, specs):
    result = attribute(make_plume(*shape), make_wind(air), make_places(specs))
    every = [result.none_probability, *shares(result).values()]
    assert all(0.0 <= p <= 1.0 for p in every)
    assert math.isclose(sum(every), 1.0, abs_tol=1e-9)
    assert len(result.candidates) == len(specs)


@given(plumes, winds, places, st.randoms(use_true_random=False))
def test_the_order_of_the_list_does_not_matter(shape, air, specs, random):
    listed = make_places(specs)
    shuffled = random.sample(listed, len(listed))
    first, second = (
        attribute(make_plume(*shape), make_wind(air), given_list) for given_list in (listed, shuffled)
    )
    assert same(shares(first), shares(second), tolerance=1e-12)


@given(plumes, winds, places, bearings)
def test_turning_the_whole_scene_changes_nothing(shape, air, specs, turn_deg):
    axis_deg, sigma_m, length_m = shape
    turned_air = None if air is None else ((air[0] + turn_deg) % 360, *air[1:])
    still = attribute(make_plume(*shape), make_wind(air), make_places(specs))
    turned = attribute(
        make_plume((axis_deg + turn_deg) % 360, sigma_m, length_m),
        make_wind(turned_air),
        make_places(specs, turn_deg),
    )
    assert same(shares(still), shares(turned), tolerance=1e-5)


@given(plumes, winds, bearings, st.floats(0, 1800), st.floats(1, 1000), st.floats(1, 200))
def test_of_two_equal_facilities_on_one_bearing_the_nearer_wins(shape, air, bearing_deg, near_m, gap_m, radius_m):
    specs = [(bearing_deg, near_m, radius_m), (bearing_deg, near_m + gap_m, radius_m)]
    result = shares(attribute(make_plume(*shape), make_wind(air), make_places(specs)))
    assert result["0"] * (1 + 1e-9) >= result.get("1", 0.0)


@settings(max_examples=50)
@given(plumes, winds, bearings, st.lists(st.floats(0, 1990), min_size=2, max_size=6), st.floats(1, 200))
def test_moving_away_lowers_a_facility_and_raises_none(shape, air, bearing_deg, distances, radius_m):
    results = [
        attribute(make_plume(*shape), make_wind(air), make_places([(bearing_deg, d, radius_m)]))
        for d in sorted(distances)
    ]
    none = [r.none_probability for r in results]
    assert all(later >= earlier - 1e-9 for earlier, later in pairwise(none))
