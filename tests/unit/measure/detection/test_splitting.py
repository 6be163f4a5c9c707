"""Touching plumes: told apart by source and wind, their mass divided and never made; one plume stays one."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.detection import DetectionSettings, detect
from superemitter.measure.detection.pooling import pool
from superemitter.measure.detection.splitting import Candidate, Part, choose_sources, divide, split_touching
from superemitter.model import Flag

SHAPE = (160, 200)
EAST = 90.0


def leak(make_plume, footprint, row, column, strength, to_deg=EAST):
    """A plume that widens by a fifth of its length, as in the turbulent air by day."""
    return make_plume(footprint, row, column, to_deg=to_deg, strength=strength, spread=0.2, length_m=5000)


@pytest.fixture
def find(make_enhancement, make_noise, make_plume, make_footprint, make_wind):
    """Detect plumes that blow east from given places; strengths in ppm m one pixel behind the source."""

    def run(sources, *, to_deg=EAST, settings=None, turn_deg=0.0, extra=None, wind="as the plumes"):
        footprint = make_footprint(SHAPE, turn_deg)
        field = make_noise(np.random.default_rng(5), SHAPE, 150)
        for row, column, strength in sources:
            field += leak(make_plume, footprint, row, column, strength, to_deg)
        if extra is not None:
            field += extra
        wind = make_wind(to_deg) if wind == "as the plumes" else wind
        return detect(make_enhancement(field, footprint=footprint), wind=wind, settings=settings)

    return run


def near(plumes, row, column, px=4.0):
    return [p for p in plumes if np.hypot(p.source_row - row, p.source_column - column) < px]


TWO = {
    "a stronger one behind": [(80, 40, 4000), (80, 70, 9000)],
    "beside each other": [(74, 40, 8000), (86, 40, 8000)],
    "beside, the second weaker": [(72, 40, 9000), (86, 40, 5000)],
    "beside and behind": [(74, 40, 8000), (86, 54, 6000)],
}


@pytest.mark.parametrize("sources", TWO.values(), ids=TWO)
def test_two_leaks_in_one_group_of_pixels_are_two_plumes(find, sources):
    (whole,) = find(sources, settings=DetectionSettings(split=False)).plumes
    parts = find(sources).plumes
    assert len(parts) == 2
    for row, column, _ in sources:
        assert len(near(parts, row, column)) == 1
    assert all(Flag.SHARED_MASS in part.flags for part in parts)
    assert Flag.SHARED_MASS not in whole.flags
    assert np.array_equal(parts[0].mask | parts[1].mask, whole.mask)


def test_it_does_not_matter_how_the_image_lies(find):
    parts = find([(80, 60, 8000), (100, 75, 8000)], turn_deg=200.0, to_deg=230.0).plumes
    assert len(near(parts, 80, 60)) == len(near(parts, 100, 75)) == len(parts) / 2 == 1


def test_three_leaks_are_three_plumes(find):
    parts = find([(80, 30, 8000), (68, 40, 8000), (92, 44, 8000)]).plumes
    assert len(parts) == 3


@pytest.mark.parametrize(("down_px", "count"), [(20, 1), (35, 1), (120, 2)])
def test_a_maximum_far_down_a_plume_needs_less_evidence(make_footprint, down_px, count):
    first = Candidate(row=80, column=40, evidence=2.0)
    other = Candidate(row=80, column=40 + down_px, evidence=-1.0)
    assert len(choose_sources([first, other], make_footprint(SHAPE), EAST, 0.0)) == count


def test_one_leak_is_one_plume_that_shares_nothing(find):
    (plume,) = find([(80, 40, 8000)]).plumes
    assert plume.mass_share is None
    assert not {Flag.SHARED_MASS, Flag.SEVERAL_SOURCES} & plume.flags


@pytest.mark.parametrize("distance_px", [12, 20, 35])
def test_a_puff_of_one_leak_is_no_source(find, distance_px):
    rows, columns = np.indices(SHAPE)
    width = 1.5 + 0.12 * distance_px
    puff = 2500 * np.exp(-((rows - 81) ** 2 + (columns - 40 - distance_px) ** 2) / (2 * width**2))
    (plume,) = find([(80, 40, 8000)], extra=puff).plumes
    assert plume.mass_share is None


@pytest.mark.parametrize("speed", [None, 0.2], ids=["no wind", "calm"])
def test_without_a_wind_two_leaks_are_marked_and_not_divided(find, make_wind, speed):
    wind = None if speed is None else make_wind(EAST, speed=speed)
    (plume,) = find(TWO["beside each other"], wind=wind).plumes
    assert plume.mass_share is None
    assert Flag.SEVERAL_SOURCES in plume.flags


def test_plumes_apart_share_nothing(find):
    plumes = find([(40, 40, 8000), (120, 40, 8000)]).plumes
    assert len(plumes) == 2
    assert all(plume.mass_share is None for plume in plumes)


@pytest.mark.parametrize("sources", TWO.values(), ids=TWO)
def test_all_mass_of_a_group_is_given_to_its_parts(find, sources):
    (whole,) = find(sources, settings=DetectionSettings(split=False)).plumes
    total = sum(plume.mass_share for plume in find(sources).plumes)
    assert total[whole.mask] == pytest.approx(1.0, abs=1e-12)
    assert not total[~whole.mask].any()


@pytest.mark.parametrize(
    "sources",
    [*TWO.values(), [(80, 40, 8000), (80, 62, 8000)], [(80, 40, 9000), (81, 60, 5000)]],
    ids=[*TWO, "as strong behind", "weaker behind"],
)
def test_mass_is_divided_as_the_leaks_emit(make_footprint, make_plume, make_wind, sources):
    footprint = make_footprint(SHAPE)
    fields = [leak(make_plume, footprint, *source) for source in sources]
    mask = sum(fields) > 100
    maxima = [Candidate(row=row, column=column + 1, evidence=1.0) for row, column, _ in sources]
    shares = divide(maxima, mask, pool(sum(fields), np.ones(SHAPE, dtype=bool), 1.0), footprint, EAST + 5.0)
    for share, own in zip(shares, fields, strict=True):
        assert (share * sum(fields)[mask]).sum() == pytest.approx(own[mask].sum(), rel=0.25)


def test_the_densest_place_of_a_part_lies_behind_its_source(find):
    for part in find(TWO["beside and behind"]).plumes:
        assert part.mass_share.max() == 1.0
        assert part.mask[round(part.source_row), round(part.source_column)]


def test_parts_of_a_joined_plume_say_so(make_footprint, make_plume, make_wind):
    footprint = make_footprint(SHAPE)
    field = sum(leak(make_plume, footprint, row, column, 8000) for row, column in ((74, 40), (86, 40)))
    everywhere = np.ones(SHAPE, dtype=bool)
    noise = np.random.default_rng(0).standard_normal(SHAPE) * 20
    for joined in (True, False):
        parts = split_touching(
            [(field > 200, joined)],
            pool(field + noise, everywhere, 1.0),
            field / 100,
            clear=field < 1,
            mask_score=2.0,
            footprint=footprint,
            wind=make_wind(EAST),
        )
        assert len(parts) == 2
        assert all(part.joined == joined for part in parts)


def test_a_part_that_touches_none_owns_all():
    field = np.array([[1.0, np.nan], [3.0, 2.0]])
    part = Part(mask=np.array([[True, True], [False, True]]))
    assert part.own(field) is field
    assert part.peak(field) == 2.0
