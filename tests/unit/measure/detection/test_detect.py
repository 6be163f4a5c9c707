"""Plumes from enhancement fields: where they are, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.detection import DetectionSettings, detect
from superemitter.measure.detection.detect import downwind_in_image, scores
from superemitter.measure.detection.pooling import local_statistics, pool, pool_along
from superemitter.measure.detection.threshold import (
    LEAST_THRESHOLD,
    NegativeTail,
    negative_tail,
    peaks_above,
)
from superemitter.model import Flag
from superemitter.model.errors import InvalidValue

ROUND = DetectionSettings()


def find(field, make_enhancement, **more):
    return detect(make_enhancement(field), **more)


# --- false alarms -----------------------------------------------------------------------------------------------


def test_white_noise_makes_about_as_many_peaks_as_stated(make_enhancement, make_noise):
    found = stated = 0.0
    for seed in range(60):
        enhancement = make_enhancement(make_noise(np.random.default_rng(seed), (192, 192)))
        highest, lowest = scores(enhancement, ROUND, wind=None, gas=None)
        found += peaks_above(highest, 4.0).size
        stated += negative_tail(lowest).expected_false(4.0)
    assert stated > 30
    assert 0.6 * stated < found + 2 * np.sqrt(found)
    assert found - 2 * np.sqrt(found) < 1.3 * stated


@pytest.mark.parametrize("width_px", [0.0, 1.0, 2.5])
def test_noise_alone_makes_no_more_plumes_than_stated(make_enhancement, make_noise, width_px):
    found, stated = 0, 0.0
    for seed in range(40):
        field = make_noise(np.random.default_rng(1000 + seed), (192, 192), width_px=width_px)
        detection = find(field, make_enhancement)
        found += len(detection.plumes)
        stated += detection.expected_false_plumes
    assert 0 < stated <= 0.5 * 40 + 1e-9
    assert found <= stated + 3 * np.sqrt(stated)


def test_clutter_of_both_signs_raises_the_threshold_instead_of_the_number_of_plumes(make_enhancement, make_noise):
    """Forty clumps of either sign in each scene. One exponential cannot follow noise and clutter at once: up to
    three times the stated number is let pass here."""
    thresholds, found, clumps = [], 0, 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        field = make_noise(rng, (256, 256))
        for sign in (-1, 1):
            for row, column in rng.integers(8, 248, (40, 2)):
                field[row - 2 : row + 3, column - 2 : column + 3] += sign * 300 * rng.exponential(1.2)
        detection = find(field, make_enhancement)
        thresholds.append(detection.threshold)
        found += len(detection.plumes)
        clumps += int((peaks_above(detection.score, LEAST_THRESHOLD)).size)
    assert np.mean(thresholds) > 2 * LEAST_THRESHOLD
    assert clumps > 200  # what the least threshold would have let pass
    assert found <= 3 * 0.5 * 20


def test_a_lower_stated_rate_never_finds_more(make_enhancement, make_noise, make_plume, make_footprint, rng):
    field = make_noise(rng, (192, 192))
    for k, strength in enumerate((700, 1000, 1400, 2000)):
        field += make_plume(
            make_footprint((192, 192)), 40 + 35 * k, 40, to_deg=90, strength=strength, length_m=2000
        )
    counts, thresholds = [], []
    for rate in (5.0, 0.5, 0.005, 5e-8):
        detection = find(field, make_enhancement, settings=DetectionSettings(false_plumes_per_scene=rate))
        counts.append(len(detection.plumes))
        thresholds.append(detection.threshold)
        assert detection.expected_false_plumes <= rate * (1 + 1e-9)
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]
    assert thresholds == sorted(thresholds)


def test_the_tail_tells_its_own_threshold():
    tail = NegativeTail(peaks=20.0, start=3.5, mean_excess=0.5)
    assert tail.expected_false(3.5) == 20.0
    assert tail.expected_false(4.0) == pytest.approx(20 / np.e)
    assert tail.expected_false(tail.threshold(0.5)) == pytest.approx(0.5)
    assert NegativeTail(peaks=0.1, start=3.5, mean_excess=0.3).threshold(0.5) == LEAST_THRESHOLD


def test_the_tail_is_read_from_negative_peaks_only(rng):
    score = rng.standard_normal((200, 200))
    quiet = negative_tail(np.clip(score, -3, 3))
    positive, negative = np.clip(score, -3, 3), np.clip(score, -3, 3)
    for k in range(10):
        positive[20 * k : 20 * k + 3, 50:53] = 12.0
        negative[20 * k : 20 * k + 3, 50:53] = -8.0
    assert negative_tail(positive) == quiet
    loud = negative_tail(negative)
    assert loud.peaks == 10
    assert loud.mean_excess == pytest.approx((10 * 4.5 + 5 * 0.35) / 15)
    assert loud.threshold(0.5) > quiet.threshold(0.5) + 3


def test_peaks_are_one_per_touching_group():
    score = np.zeros((6, 8))
    score[1, 1], score[2, 2] = 5.0, 6.0  # touch at a corner
    score[4, 6] = 4.0
    score[0, 7] = np.nan
    assert sorted(peaks_above(score, 3.0)) == [4.0, 6.0]
    assert peaks_above(score, 7.0).size == 0


# --- fields without anything ------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [0.0, 500.0, np.nan])
def test_a_field_without_structure_holds_no_plume(make_enhancement, value):
    detection = find(np.full((80, 90), value), make_enhancement)
    assert detection.plumes == ()
    assert detection.score.shape == detection.background_ppm_m.shape == (80, 90)


def test_a_field_of_one_valid_pixel_holds_no_plume(make_enhancement):
    field = np.full((70, 70), np.nan)
    field[30, 30] = 9000.0
    assert find(field, make_enhancement).plumes == ()


def test_a_scene_smaller_than_a_block_is_searched(make_enhancement, make_noise, make_plume, make_footprint, rng):
    shape = (25, 30)
    field = make_noise(rng, shape, 100) + make_plume(make_footprint(shape), 12, 8, to_deg=90, length_m=500)
    assert len(find(field, make_enhancement).plumes) == 1


# --- plumes -----------------------------------------------------------------------------------------------------


def test_plumes_are_found_where_they_are_strongest_first(
    make_enhancement, make_noise, make_plume, make_footprint, make_wind, rng
):
    footprint = make_footprint((256, 256))
    strong = make_plume(footprint, 60, 60, to_deg=90, strength=5000, length_m=3000)
    weak = make_plume(footprint, 190, 150, to_deg=90, strength=2500, length_m=2000)
    detection = find(make_noise(rng, (256, 256)) + strong + weak, make_enhancement, wind=make_wind(90))
    first, second, *noise = detection.plumes
    assert all(plume.detection_probability < 0.5 for plume in noise)
    assert first.detection_snr > second.detection_snr > detection.threshold
    for plume, truth, source in ((first, strong, (60, 60)), (second, weak, (190, 150))):
        inside = truth[plume.mask].sum() / truth.sum()
        assert inside > 0.75
        assert np.hypot(plume.source_row - source[0], plume.source_column - source[1]) < 3
        assert plume.area_m2 == pytest.approx(plume.mask.sum() * 3600, rel=0.01)
        assert plume.max_enhancement_ppm_m == pytest.approx(truth.max(), rel=0.4)
        assert plume.detection_probability > 0.9
    assert first.length_m == pytest.approx(3000, rel=0.25)
    assert first.plume_id != second.plume_id


def test_enhancements_below_zero_are_no_plumes(make_enhancement, make_noise, make_plume, make_footprint, rng):
    deficit = -make_plume(make_footprint((192, 192)), 90, 60, to_deg=90, strength=5000, length_m=2000)
    assert find(make_noise(rng, (192, 192)) + deficit, make_enhancement).plumes == ()


def test_the_background_is_that_beside_the_plume(make_enhancement, make_noise, make_plume, make_footprint, rng):
    slope = np.linspace(-400, 400, 256)[None, :] + np.zeros((256, 1))
    plume = make_plume(make_footprint((256, 256)), 120, 90, to_deg=90, strength=5000, length_m=2500)
    detection = find(make_noise(rng, (256, 256)) + slope + plume, make_enhancement)
    assert len(detection.plumes) == 1
    error = (detection.background_ppm_m - slope)[64:-64, 64:-64]
    assert np.abs(error).max() < 60


@pytest.mark.parametrize("shift", [(64, 0), (0, 64), (128, 64), (64, 128)])
def test_a_plume_that_lies_elsewhere_is_found_elsewhere(
    make_enhancement, make_noise, make_plume, make_footprint, rng, shift
):
    tiles = np.tile(make_noise(rng, (64, 64)), (6, 6))  # the same noise around either place
    plume = make_plume(make_footprint(tiles.shape), 150, 140, to_deg=60, strength=4000, length_m=1800)
    here = find(tiles + plume, make_enhancement)
    there = find(tiles + np.roll(plume, shift, axis=(0, 1)), make_enhancement)
    assert len(here.plumes) == len(there.plumes) == 1
    a, b = here.plumes[0], there.plumes[0]
    np.testing.assert_array_equal(np.roll(a.mask, shift, axis=(0, 1)), b.mask)
    assert (b.source_row - a.source_row, b.source_column - a.source_column) == pytest.approx(shift, abs=0.02)
    assert b.detection_snr == pytest.approx(a.detection_snr, rel=1e-4)


def test_masked_pixels_are_no_part_of_a_plume_and_do_not_hide_it(
    make_enhancement, make_noise, make_plume, make_footprint, rng
):
    field = make_noise(rng, (128, 128))
    field += make_plume(make_footprint((128, 128)), 60, 40, to_deg=90, strength=5000, length_m=2500)
    valid = np.ones(field.shape, dtype=bool)
    valid[:, 55:58] = False
    valid[:30] = False
    field[~valid] = 1e7
    detection = detect(make_enhancement(field, valid=valid))
    assert 1 <= len(detection.plumes) <= 2
    assert not any(plume.mask[~valid].any() for plume in detection.plumes)
    assert np.isnan(detection.score[~valid]).all()
    assert Flag.MASKED_NEIGHBOUR in detection.plumes[0].flags


# --- cautions ---------------------------------------------------------------------------------------------------


@pytest.fixture
def flags_of(make_enhancement, make_noise, make_plume, make_footprint, rng):
    def scan(row=60, column=40, to_deg=90.0, strength=5000.0, wind=None, length_m=1500.0, **more):
        footprint = make_footprint((128, 128))
        plume = make_plume(footprint, row, column, to_deg=to_deg, strength=strength, length_m=length_m)
        enhancement = make_enhancement(make_noise(rng, (128, 128)) + plume, **more)
        (found,) = detect(enhancement, wind=wind).plumes
        return found.flags

    return scan


def test_a_plume_of_its_own_carries_no_caution(flags_of, make_wind):
    assert flags_of(wind=make_wind(90)) == frozenset()


def test_a_plume_at_the_edge_is_marked(flags_of):
    assert Flag.BORDER in flags_of(column=110)


def test_a_plume_over_water_is_marked(flags_of):
    assert Flag.WATER in flags_of(water=np.ones((128, 128), dtype=bool))
    shore = np.zeros((128, 128), dtype=bool)
    shore[:, :42] = True
    assert Flag.WATER not in flags_of(water=shore)


def test_a_flare_beside_a_plume_is_marked(flags_of):
    saturated = np.zeros((128, 128), dtype=bool)
    saturated[60, 40] = True
    assert Flag.SATURATED in flags_of(saturated=saturated)
    elsewhere = np.zeros((128, 128), dtype=bool)
    elsewhere[100, 100] = True
    assert Flag.SATURATED not in flags_of(saturated=elsewhere)


def test_more_than_the_table_knows_is_marked(flags_of):
    assert Flag.STRONG in flags_of(strength=25_000.0)


def test_a_plume_across_the_wind_is_marked(flags_of, make_wind):
    assert Flag.AGAINST_WIND in flags_of(wind=make_wind(40, from_sigma_deg=10.0))
    assert Flag.AGAINST_WIND not in flags_of(wind=make_wind(100, from_sigma_deg=10.0))
    assert Flag.AGAINST_WIND not in flags_of(wind=make_wind(40, speed=0.5, from_sigma_deg=10.0))


@pytest.mark.parametrize("to_deg", [0, 25, 155, 180])
def test_a_plume_square_to_the_wind_is_marked(flags_of, make_wind, to_deg):
    assert Flag.AGAINST_WIND in flags_of(wind=make_wind(to_deg, from_sigma_deg=10.0))


def test_a_simulated_scene_makes_simulated_plumes(flags_of):
    assert Flag.SIMULATED in flags_of(simulated=True)


def test_cautions_of_the_scene_travel_with_the_plume(flags_of):
    carried = flags_of(flags=frozenset({Flag.ORTHORECTIFIED, Flag.NO_CLOUD_MASK}))
    assert carried >= {Flag.ORTHORECTIFIED, Flag.NO_CLOUD_MASK}


# --- pooling and local statistics -------------------------------------------------------------------------------


def test_pooling_is_a_mean_of_valid_pixels(rng):
    valid = rng.random((40, 50)) > 0.3
    constant = pool(np.where(valid, 7.0, np.nan), valid, 1.5)
    np.testing.assert_allclose(constant[valid], 7.0, rtol=1e-5)
    assert np.isnan(constant[~valid]).all()


def test_pooling_keeps_mass_and_lowers_noise(rng):
    valid = np.ones((200, 200), dtype=bool)
    spike = np.zeros((200, 200))
    spike[100, 100] = 1.0
    assert pool(spike, valid, 1.5).sum() == pytest.approx(1.0, rel=1e-4)
    noise = rng.standard_normal((200, 200))
    expected = 1 / (2 * np.sqrt(np.pi) * 1.5)  # of a Gaussian mean of independent pixels
    assert pool(noise, valid, 1.5)[10:-10, 10:-10].std() == pytest.approx(expected, rel=0.05)
    np.testing.assert_allclose(pool(noise, valid, 0.0), noise, rtol=1e-6)


def test_local_noise_and_background_follow_the_scene(rng):
    column = np.arange(512)
    truth = np.where(column < 256, 100.0, 400.0)
    field = 50.0 + truth * rng.standard_normal((256, 512))
    background, noise = local_statistics(field, np.ones(field.shape, dtype=bool), 64)
    np.testing.assert_allclose(noise[:, :192].mean(), 100.0, rtol=0.05)
    np.testing.assert_allclose(noise[:, 320:].mean(), 400.0, rtol=0.05)
    assert np.abs(background[:, :192] - 50).max() < 15
    assert np.all(np.diff(noise[100]) >= -25)


def test_pooling_along_the_wind_keeps_a_constant_and_leaves_gaps_out(rng):
    valid = rng.random((60, 70)) > 0.2
    pooled = pool_along(np.where(valid, 7.0, np.nan), valid, 1.5, 2.0, (0.6, 0.8))
    np.testing.assert_allclose(pooled[valid], 7.0, rtol=1e-6)
    assert np.isnan(pooled[~valid]).all()


def test_pooling_along_the_wind_is_longer_along_it():
    point = np.zeros((61, 61))
    point[30, 30] = 1000.0
    every = np.ones(point.shape, dtype=bool)
    spread = pool_along(point, every, 1.0, 3.0, (np.sqrt(0.5), np.sqrt(0.5)))
    along, across = np.diagonal(spread), np.diagonal(spread[:, ::-1])
    offset = np.sqrt(2.0) * (np.arange(61) - 30)
    for cut, width in ((along, 3.0), (across, 1.0)):
        assert np.sqrt(np.sum(cut * offset**2) / cut.sum()) == pytest.approx(width, rel=0.06)
    np.testing.assert_allclose(spread, spread[::-1, ::-1], atol=1e-5)
    with_round = pool_along(point, every, 1.5, 1.0, (1.0, 0.0))
    np.testing.assert_allclose(with_round, pool(point, every, 1.5), atol=0.02 * with_round.max())


@pytest.mark.parametrize("turned", [0.0, 35.0, 200.0])
def test_the_wind_is_known_in_rows_and_columns(make_footprint, make_wind, turned):
    footprint = make_footprint((80, 80), turned)
    row, column = downwind_in_image(footprint, make_wind(120.0))
    assert np.hypot(row, column) == pytest.approx(1.0)
    place = np.array([round(40 + 35 * row)]), np.array([round(40 + 35 * column)])
    east, north = footprint.local_metres(40.0, 40.0, place)
    assert np.degrees(np.arctan2(east[0], north[0])) % 360 == pytest.approx(120.0, abs=2.0)


def test_blocks_without_pixels_take_those_of_the_nearest_block(rng):
    field = rng.standard_normal((192, 192)) + 5.0
    use = np.ones(field.shape, dtype=bool)
    use[:64, :64] = False
    background, noise = local_statistics(field, use, 64)
    assert np.isfinite(background).all()
    assert background[5, 5] == pytest.approx(5.0, abs=0.2)
    assert noise[5, 5] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    "change",
    [
        {"false_plumes_per_scene": 0.0},
        {"false_plumes_per_scene": float("nan")},
        {"pool_px": (-1.0,)},
        {"pool_px": ()},
        {"wind_stretch": 0.5},
        {"mask_score": 0.0},
        {"block_px": 4},
        {"least_pixels": 0},
    ],
)
def test_settings_out_of_range_are_refused(change):
    with pytest.raises(InvalidValue):
        DetectionSettings(**change)
