"""Source points, and which pieces belong to one plume."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.detection import detect
from superemitter.measure.detection.joining import join_pieces
from superemitter.measure.detection.source import locate_source
from superemitter.model import Flag

SHAPE = (192, 192)
FOOTPRINTS = [
    pytest.param(0.0, False, id="north-up"),
    pytest.param(37.0, False, id="turned"),
    pytest.param(205.0, False, id="descending"),
    pytest.param(160.0, True, id="mirrored"),
]


def miss_m(plume, footprint, row, column):
    """East and north distance of the found source from the true one. [m]"""
    true_lon, true_lat = footprint.at(row, column)
    m_east = 111_320 * np.cos(np.radians(true_lat))
    return np.array([(plume.source_longitude - true_lon) * m_east, (plume.source_latitude - true_lat) * 110_850])


def turn(a, b):
    return abs((a - b + 180.0) % 360.0 - 180.0)


@pytest.fixture
def found(make_enhancement, make_noise, make_plume, make_footprint):
    """The one plume found of a steady plume laid on noise."""

    def scan(seed, *, to_deg, wind=None, turned=0.0, mirrored=False, length_m=2500.0, strength=5000.0):
        footprint = make_footprint(SHAPE, turned, mirrored)
        field = make_noise(np.random.default_rng(seed), SHAPE)
        field += make_plume(footprint, 95, 97, to_deg=to_deg, strength=strength, length_m=length_m)
        plume, *_ = detect(make_enhancement(field, footprint=footprint), wind=wind).plumes
        return plume, miss_m(plume, footprint, 95, 97)

    return scan


@pytest.mark.parametrize(("turned", "mirrored"), FOOTPRINTS)
def test_sources_lie_within_their_stated_error_whatever_the_wind(found, make_wind, turned, mirrored):
    relative, lengths = [], []
    for k, to_deg in enumerate(range(0, 360, 30)):
        plume, miss = found(k, to_deg=to_deg, wind=make_wind(to_deg), turned=turned, mirrored=mirrored)
        relative.append(miss / plume.source_sigma_m)
        lengths.append(plume.length_m)
        assert turn(plume.axis_deg, to_deg) < 8
    relative = np.array(relative)
    assert np.abs(relative).max() < 3.0
    assert np.sqrt(np.mean(relative**2)) < 1.1
    assert np.mean(lengths) == pytest.approx(2500, rel=0.15)


def test_stated_source_errors_are_not_much_too_wide(found, make_wind):
    misses, sigmas = [], []
    for k in range(24):
        plume, miss = found(100 + k, to_deg=15.0 * k, wind=make_wind(15.0 * k), length_m=1200, strength=2500)
        misses.append(miss)
        sigmas.append(plume.source_sigma_m)
    assert np.sqrt(np.mean(np.square(misses))) > 0.2 * np.mean(sigmas)


def test_without_a_wind_the_dense_end_is_the_source(found):
    for k, to_deg in enumerate(range(10, 360, 50)):
        plume, miss = found(k, to_deg=to_deg)
        assert turn(plume.axis_deg, to_deg) < 8
        assert np.abs(miss).max() < 3 * plume.source_sigma_m


def test_without_a_wind_the_error_is_wider(found, make_wind):
    with_wind, _ = found(1, to_deg=80, wind=make_wind(80))
    without, _ = found(1, to_deg=80)
    assert without.source_sigma_m > with_wind.source_sigma_m


def test_the_wind_turns_a_plume_round(found, make_wind):
    along, _ = found(2, to_deg=90, wind=make_wind(90))
    against, _ = found(2, to_deg=90, wind=make_wind(270))
    assert turn(along.axis_deg, against.axis_deg) == pytest.approx(180, abs=1)
    assert against.source_column > along.source_column + 20


def test_a_round_plume_takes_the_winds_direction(make_footprint, make_wind):
    rows, columns = np.indices(SHAPE)
    blob = 3000 * np.exp(-((rows - 90) ** 2 + (columns - 90) ** 2) / 40)
    for to_deg in (0, 130, 250):
        source = locate_source(blob > 300, blob, make_footprint(SHAPE), make_wind(to_deg))
        assert turn(source.axis_deg, to_deg) < 1e-6


def test_a_plume_of_one_pixel_is_its_own_source(make_footprint, make_wind):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[40, 50] = True
    for wind in (None, make_wind(70)):
        source = locate_source(mask, np.where(mask, 900.0, 0.0), make_footprint(SHAPE), wind)
        assert (source.row, source.column) == pytest.approx((40, 50))
        assert source.sigma_m >= 60
        assert np.isfinite(source.axis_deg)
        assert source.length_m == 0


def test_a_calm_gives_no_direction(make_footprint, make_plume, make_wind):
    footprint = make_footprint(SHAPE)
    field = make_plume(footprint, 90, 60, to_deg=90, length_m=2000)
    calm = locate_source(field > 300, field, footprint, make_wind(270, speed=0.0))
    none = locate_source(field > 300, field, footprint, None)
    assert calm.axis_deg == none.axis_deg == pytest.approx(90, abs=3)


# --- pieces -----------------------------------------------------------------------------------------------------


def blob(row, column, peak, width_px):
    rows, columns = np.indices(SHAPE)
    return peak * np.exp(-((rows - row) ** 2 + (columns - column) ** 2) / (2 * width_px**2))


@pytest.fixture
def joined(make_footprint, make_plume, make_wind):
    """Join a plume that blows east from (90, 40) with another field; masks are what exceeds 150 ppm m."""

    def run(other, to_deg=90.0, wind_to=90.0):
        footprint = make_footprint(SHAPE)
        plume = make_plume(footprint, 90, 40, to_deg=to_deg, strength=5000, length_m=1800)
        return join_pieces([plume > 150, other > 150], plume + other, footprint, make_wind(wind_to))

    return run


def test_a_wide_dilute_piece_downwind_is_joined(joined):
    ((mask, was_joined),) = joined(blob(92, 90, 500, 5.0))
    assert was_joined
    assert mask[90, 45]
    assert mask[92, 90]


@pytest.mark.parametrize(
    ("row", "column"), [(92, 12), (40, 60), (140, 75)], ids=["upwind", "beside", "beside and downwind"]
)
def test_a_piece_that_is_not_downwind_stays_alone(joined, row, column):
    found = joined(blob(row, column, 500, 5.0))
    assert len(found) == 2
    assert not any(was_joined for _, was_joined in found)


def test_a_dense_narrow_source_downwind_stays_a_source(joined, make_plume, make_footprint):
    other = make_plume(make_footprint(SHAPE), 91, 85, to_deg=90, strength=3500, length_m=1200)
    found = joined(other)
    assert len(found) == 2
    assert not any(was_joined for _, was_joined in found)


def test_a_piece_far_away_stays_alone(joined):
    assert len(joined(blob(90, 185, 500, 3.0) * (np.indices(SHAPE)[1] > 172))) == 2


def test_pieces_do_not_take_pixels_from_each_other(joined):
    for other in (blob(92, 90, 500, 5.0), blob(40, 60, 500, 5.0)):
        masks = [mask for mask, _ in joined(other)]
        assert np.sum(masks, axis=0).max() == 1


def test_a_detected_plume_of_pieces_says_so(
    make_enhancement, make_noise, make_plume, make_footprint, make_wind, rng
):
    footprint = make_footprint(SHAPE)
    field = make_noise(rng, SHAPE, 150)
    field += make_plume(footprint, 90, 40, to_deg=90, strength=6000, length_m=1800) + blob(91, 97, 600, 5.0)
    (plume,) = detect(make_enhancement(field), wind=make_wind(90)).plumes
    assert Flag.JOINED in plume.flags
    assert plume.mask[91, 97]
    assert plume.length_m > 2500
