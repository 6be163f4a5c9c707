"""From mass and wind to a rate, with every part of its uncertainty."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from superemitter.measure.quantification import (
    EmptyPlume,
    QuantificationSettings,
    calibration_by_id,
    calibration_for,
    calibrations,
    integrated_mass_enhancement,
    line_mass,
    mass_fields,
    quantify,
)
from superemitter.measure.quantification.mass import (
    background_sigma_kg,
    clutter_sigma_kg,
    independent_sigma_kg,
)
from superemitter.measure.quantification.quantify import other_masks
from superemitter.model import CannotSay, EmissionRate, Flag
from superemitter.model.errors import InvalidValue

SHAPE = (120, 150)
MANY = QuantificationSettings(draws=40_000)
UNIT = 7.16e-7  # kg m-2 per ppm m


def seeded():
    return np.random.default_rng(7)


def correlated(rng, width_px, sigma=300.0):
    noise = rng.standard_normal(SHAPE)
    if width_px:
        noise = gaussian_filter(noise, width_px) * 2 * np.sqrt(np.pi) * width_px
    return sigma * noise


@pytest.fixture
def quiet(make_case, strip):
    """1,000 ppm m over 180 pixels of 3,600 m2, nothing else: 463.97 kg over a length of 804.98 m."""
    return make_case(np.where(strip, 1000.0, 0.0), strip)


def rate_of(case, wind, settings=MANY, rng=None):
    return quantify(case.enhancement, case.detection, case.plume, wind, rng=rng or seeded(), settings=settings)


# --- mass -------------------------------------------------------------------------------------------------------


def test_a_known_mass_is_counted_exactly(rng):
    mass = np.zeros((5, 5))
    mass[1, 1:4] = [1e-3, 2e-3, -5e-4]
    area = np.full((5, 5), 3600.0)
    area[1, 2] = 1800.0
    mask = mass != 0
    assert integrated_mass_enhancement(mass, area, mask) == pytest.approx(3.6 + 3.6 - 1.8)
    assert integrated_mass_enhancement(mass, 100.0, mask) == pytest.approx(0.25)


def test_pixels_without_a_value_count_as_nothing():
    mass = np.array([[1e-3, np.nan, 1e-3]])
    area = np.array([[100.0, 100.0, np.nan]])
    every = np.ones((1, 3), dtype=bool)
    assert integrated_mass_enhancement(mass, area, every) == pytest.approx(0.1)
    with pytest.raises(EmptyPlume) as caught:
        integrated_mass_enhancement(mass, area, np.array([[False, True, True]]))
    assert caught.value.code == "plume.empty"
    with pytest.raises(EmptyPlume):
        integrated_mass_enhancement(mass, area, ~every)


def test_the_mass_of_a_plume_is_that_above_its_background(make_case, strip, make_wind):
    plain = make_case(np.where(strip, 1000.0, 0.0), strip)
    raised = make_case(np.where(strip, 1250.0, 250.0), strip, background=250.0)
    expected = 1000 * UNIT * 180 * 3600
    assert rate_of(plain, make_wind(3)).ime_kg == pytest.approx(expected, rel=1e-3)
    assert rate_of(raised, make_wind(3)).ime_kg == pytest.approx(expected, rel=1e-3)


def test_each_pixel_counts_with_its_own_area(make_case, strip, make_wind):
    small = make_case(np.where(strip, 1000.0, 0.0), strip, pixel_m=30.0)
    assert rate_of(small, make_wind(3)).ime_kg == pytest.approx(1000 * UNIT * 180 * 900, rel=1e-3)


# --- line mass --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis_deg", [0.0, 17.0, 45.0, 80.0])
def test_a_uniform_plume_has_its_line_mass_in_every_slice(axis_deg):
    """A strip 300 m wide holding 2 g per m2, in pixels of 10 m that lie askew to it: 0.6 kg per m."""
    east, north = np.meshgrid(np.arange(-1995.0, 2000.0, 10.0), np.arange(-1995.0, 2000.0, 10.0))
    axis = np.radians(axis_deg)
    along, across = east * np.cos(axis) + north * np.sin(axis), north * np.cos(axis) - east * np.sin(axis)
    inside = (np.abs(across) < 150) & (along >= 0) & (along < 1500)
    slices = line_mass(np.full(inside.sum(), 2e-3 * 100.0), along[inside], 120.0)
    assert slices.size >= 10
    np.testing.assert_allclose(slices, 0.6, rtol=0.05)
    assert slices.mean() == pytest.approx(0.6, rel=0.02)


def test_what_lies_upwind_and_the_last_part_slice_are_left_out():
    along = np.array([-150.0, -10.0, 10.0, 110.0, 210.0, 310.0, 350.0, 410.0])
    mass = np.array([9.0, 9.0, 1.0, 2.0, 3.0, 4.0, 1.0, 9.0])
    np.testing.assert_allclose(line_mass(mass, along, 100.0), [0.02, 0.03, 0.05])  # nor the source's own


@pytest.mark.parametrize("along", [[], [10.0], [10.0, 150.0], [-50.0, -10.0]])
def test_a_plume_of_less_than_three_slices_has_no_cross_section(along):
    assert line_mass(np.ones(len(along)), np.array(along), 100.0).size == 0


# --- rates by hand ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", [1.0, 3.0, 8.0])
def test_the_rate_is_effective_wind_times_mass_over_length(quiet, make_wind, speed):
    seen = rate_of(quiet, make_wind(speed))
    mass, length = 1000 * UNIT * 180 * 3600, np.sqrt(180 * 3600)
    assert seen.rate.mass_per_length_kg_m == pytest.approx(mass / length, rel=1e-3)
    assert seen.rate.rate_kg_h == pytest.approx((0.36 * speed + 0.43) * mass / length * 3600, rel=0.01)
    assert seen.rate.method == "ime"
    assert seen.rate.calibration_id == calibration_for("emit", "ime").calibration_id
    across = 1000 * UNIT * 6 * 60
    assert seen.rate_csf.mass_per_length_kg_m == pytest.approx(across, rel=0.01)
    assert seen.rate_csf.rate_kg_h == pytest.approx(1.12 * speed * across * 3600, rel=0.015)
    assert seen.rate_csf.method == "csf"


def test_from_aircraft_the_length_is_the_fetch(make_case, strip, make_wind):
    case = make_case(np.where(strip, 1000.0, 0.0), strip, key="aviris-ng", pixel_m=5.0)
    seen = rate_of(case, make_wind(4))
    mass, fetch = 1000 * UNIT * 180 * 25, np.hypot(29 * 5, 2.5 * 5)
    assert seen.rate.rate_kg_h == pytest.approx(4 * mass / fetch * 3600, rel=0.01)
    assert Flag.CALIBRATION_BORROWED not in seen.flags


def test_a_plume_is_used_within_the_fetch_its_law_was_made_for(make_case, make_wind):
    """A strip of 6 km and one of 2.52 km, equal up to there, give one rate; the mass is that of the whole."""
    long, short = np.zeros((2, *SHAPE), dtype=bool)
    long[57:63, 20:120] = True
    short[57:63, 20:62] = True  # 41 steps of 60 m and the corners: 2,465 m
    whole, near = (make_case(np.where(mask, 1000.0, 0.0), mask) for mask in (long, short))
    a, b = rate_of(whole, make_wind(3)), rate_of(near, make_wind(3))
    assert a.ime_kg == pytest.approx(100 / 42 * b.ime_kg, rel=1e-3)
    assert a.rate.mass_per_length_kg_m == pytest.approx(b.rate.mass_per_length_kg_m, rel=0.01)
    assert a.rate_csf.mass_per_length_kg_m == pytest.approx(b.rate_csf.mass_per_length_kg_m, rel=0.02)


def test_a_pixel_far_from_that_of_the_fit_is_marked(make_case, strip, make_wind):
    near, far = (make_case(np.where(strip, 1000.0, 0.0), strip, pixel_m=size) for size in (45.0, 20.0))
    assert Flag.CALIBRATION_BORROWED not in rate_of(near, make_wind(3)).flags
    assert Flag.CALIBRATION_BORROWED in rate_of(far, make_wind(3)).flags


# --- intervals --------------------------------------------------------------------------------------------------


def test_intervals_lie_in_order_and_hold_the_median(quiet, make_wind):
    rate = rate_of(quiet, make_wind(3, 1.5)).rate
    assert rate.low95_kg_h < rate.low_kg_h < rate.rate_kg_h < rate.high_kg_h < rate.high95_kg_h
    assert (rate.high95_kg_h - rate.low95_kg_h) / (rate.high_kg_h - rate.low_kg_h) == pytest.approx(1.96, rel=0.1)


def test_every_component_is_named_and_small_ones_add_in_quadrature(make_case, strip, make_wind, rng):
    case = make_case(np.where(strip, 3000.0, 0.0) + correlated(rng, 1.0), strip)
    rate = rate_of(case, make_wind(6, 0.3)).rate
    assert set(rate.components) == {"wind", "mask", "noise", "background", "unit", "calibration"}
    together = np.sqrt(sum(share**2 for share in rate.components.values()))
    assert together == pytest.approx((rate.high_kg_h - rate.low_kg_h) / 2, rel=0.06)


def test_each_component_is_what_its_input_says(quiet, make_wind):
    rate = rate_of(quiet, make_wind(5, 0.4)).rate
    best = (0.36 * 5 + 0.43) * rate.mass_per_length_kg_m * 3600
    assert rate.components["wind"] == pytest.approx(best * 0.36 * 0.4 / (0.36 * 5 + 0.43), rel=0.03)
    assert rate.components["unit"] == pytest.approx(0.05 * best, rel=0.03)
    law = calibration_for("emit", "ime")
    expected = np.hypot(law.mask_sigma, law.residual_sigma_m_s / (0.36 * 5 + 0.43))
    assert rate.components["calibration"] == pytest.approx(expected * best, rel=0.05)
    assert rate.components["noise"] == pytest.approx(0.0, abs=1e-9)
    assert rate.components["background"] == pytest.approx(0.0, abs=1e-9)
    assert rate.components["mask"] == pytest.approx(0.0, abs=1e-9)


def test_a_mask_that_could_be_another_widens_the_interval(make_case, strip, make_wind):
    score = np.where(strip, 10.0, 0.0)
    score[57] = score[62] = np.where(strip[57], 2.5, 0.0)  # its rims hardly stand out
    field = np.where(strip, 1000.0, 0.0)
    sure, unsure = make_case(field, strip), make_case(field, strip, score=score)
    a, b = rate_of(sure, make_wind(3)).rate, rate_of(unsure, make_wind(3)).rate
    assert b.components["mask"] > 0.02 * b.rate_kg_h > a.components["mask"]
    assert b.rate_kg_h == pytest.approx(a.rate_kg_h, rel=0.15)


def test_an_exact_wind_adds_nothing(quiet, make_wind):
    exact, unsure = rate_of(quiet, make_wind(3, 0.0)).rate, rate_of(quiet, make_wind(3, 1.5)).rate
    assert exact.components["wind"] == pytest.approx(0.0, abs=1e-9)
    assert unsure.high_kg_h - unsure.low_kg_h > 1.3 * (exact.high_kg_h - exact.low_kg_h)


@pytest.mark.parametrize("sigma", [0.0, 1.5])
def test_in_a_calm_the_law_still_answers_and_says_so(quiet, make_wind, sigma):
    seen = rate_of(quiet, make_wind(0.0, sigma))
    assert Flag.LOW_WIND in seen.flags
    assert isinstance(seen.rate, EmissionRate)
    assert seen.rate.low95_kg_h >= 0
    if sigma == 0:
        assert seen.rate.rate_kg_h == pytest.approx(0.43 * seen.rate.mass_per_length_kg_m * 3600, rel=0.01)
        assert seen.rate_csf.rate_kg_h == pytest.approx(0.0, abs=0.05 * seen.rate.rate_kg_h)
    assert Flag.LOW_WIND not in rate_of(quiet, make_wind(1.0)).flags


def test_the_probability_of_passing_the_legal_threshold_follows_the_interval(make_case, strip, make_wind):
    probabilities = []
    for ppm_m in (10.0, 32.0, 1000.0):  # 31, 100 and 3,133 kg/h by the law
        rate = rate_of(make_case(np.where(strip, ppm_m, 0.0), strip), make_wind(3, 1.0)).rate
        probabilities.append(rate.probability_ge_100_kg_h)
    assert probabilities[0] < 0.01
    assert probabilities[1] == pytest.approx(0.5, abs=0.07)
    assert probabilities[2] > 0.99


# --- no wind ----------------------------------------------------------------------------------------------------


def test_without_a_wind_there_is_a_table_and_no_single_rate(quiet, make_wind):
    seen = rate_of(quiet, None)
    for answer in (seen.rate, seen.rate_csf):
        assert isinstance(answer, CannotSay)
        assert answer.code == "no-wind"
        assert "wind" in answer.reason
    assert Flag.NO_WIND in seen.flags
    assert [speed for speed, _ in seen.rate_by_wind] == [2.0, 4.0, 6.0, 8.0]
    for speed, rate in seen.rate_by_wind:
        given = rate_of(quiet, make_wind(speed)).rate
        assert rate.rate_kg_h == pytest.approx(given.rate_kg_h)
        assert rate.high95_kg_h == pytest.approx(given.high95_kg_h)
    assert seen.ime_kg == rate_of(quiet, make_wind(3)).ime_kg
    assert rate_of(quiet, make_wind(3)).rate_by_wind == ()


# --- reproducible -----------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_numbers(make_case, strip, make_wind, rng):
    case = make_case(np.where(strip, 1000.0, 0.0) + correlated(rng, 1.5), strip)
    first, second = (rate_of(case, make_wind(3, 1.5), rng=np.random.default_rng(11)) for _ in range(2))
    assert first == second
    other = rate_of(case, make_wind(3, 1.5), rng=np.random.default_rng(12))
    assert other.rate.rate_kg_h != first.rate.rate_kg_h
    assert other.rate.rate_kg_h == pytest.approx(first.rate.rate_kg_h, rel=0.03)


def test_fields_shared_by_the_plumes_of_a_scene_change_nothing(make_case, strip, make_wind, rng):
    case = make_case(np.where(strip, 1000.0, 0.0) + correlated(rng, 1.5), strip)
    shared = quantify(
        case.enhancement,
        case.detection,
        case.plume,
        make_wind(3, 1.5),
        rng=seeded(),
        settings=MANY,
        fields=mass_fields(case.enhancement, case.detection),
    )
    assert shared == rate_of(case, make_wind(3, 1.5))


# --- errors of the mass -----------------------------------------------------------------------------------------


def test_clutter_of_independent_pixels_is_the_square_root_law(strip, rng):
    area, clear = np.full(SHAPE, 3600.0), ~strip
    mass = correlated(rng, 0) * UNIT
    expected = 300 * UNIT * 3600 * np.sqrt(180)
    seen = np.mean([clutter_sigma_kg(correlated(rng, 0) * UNIT, area, strip, clear, rng) for _ in range(8)])
    assert seen == pytest.approx(expected, rel=0.2)
    assert independent_sigma_kg(np.full(SHAPE, 300.0), area, strip) == pytest.approx(expected)
    assert clutter_sigma_kg(mass, 2 * area, strip, clear, seeded()) == pytest.approx(
        2 * clutter_sigma_kg(mass, area, strip, clear, seeded())
    )


def test_clutter_grows_with_how_far_errors_are_alike(strip, rng):
    area, clear = np.full(SHAPE, 3600.0), ~strip
    by_width = [
        np.mean([clutter_sigma_kg(correlated(rng, w) * UNIT, area, strip, clear, rng) for _ in range(6)])
        for w in (0.0, 1.0, 2.0, 4.0)
    ]
    assert by_width == sorted(by_width)
    assert by_width[-1] > 3 * by_width[0]


def test_without_room_for_the_mask_elsewhere_clutter_is_not_known(make_case, make_wind, rng):
    large = np.zeros(SHAPE, dtype=bool)
    large[5:115, 5:145] = True
    area = np.full(SHAPE, 3600.0)
    assert clutter_sigma_kg(np.zeros(SHAPE), area, large, ~large, rng) is None
    seen = rate_of(make_case(np.where(large, 500.0, 0.0), large, sigma=300.0), make_wind(3))
    independent = 300 * UNIT * 3600 * np.sqrt(large.sum())
    unit = 0.05 * seen.ime_kg
    assert seen.ime_sigma_kg == pytest.approx(np.hypot(2 * independent, unit), rel=0.01)


@pytest.mark.parametrize("width_px", [0.0, 2.0])
def test_the_stated_error_of_the_mass_is_its_scatter(make_case, strip, make_wind, width_px):
    errors = []
    truth = 2000 * UNIT * 180 * 3600
    for seed in range(60):
        field = np.where(strip, 2000.0, 0.0) + correlated(np.random.default_rng(seed), width_px)
        seen = rate_of(make_case(field, strip), make_wind(3), QuantificationSettings(draws=10))
        sigma = np.sqrt(seen.ime_sigma_kg**2 - (0.05 * seen.ime_kg) ** 2)  # the unit is not at stake here
        errors.append((seen.ime_kg - truth) / sigma)
    assert abs(np.mean(errors)) < 0.45
    assert 0.65 < np.std(errors) < 1.25


def test_a_ring_that_still_reads_something_is_an_error_of_the_mass(strip):
    area = np.full(SHAPE, 3600.0)
    clear = ~strip
    level = background_sigma_kg(np.full(SHAPE, 50 * UNIT), area, strip, clear)
    assert level == pytest.approx(50 * UNIT * 180 * 3600, rel=1e-6)
    assert background_sigma_kg(np.zeros(SHAPE), area, strip, clear) == 0.0
    assert background_sigma_kg(np.full(SHAPE, 1.0), area, strip, np.zeros(SHAPE, dtype=bool)) == 0.0


def test_other_plumes_are_no_background(make_case, strip, make_wind):
    other = np.roll(strip, -30, axis=0)
    field = np.where(strip, 1000.0, np.where(other, 9000.0, 0.0))
    case = make_case(field, strip)
    with_other = make_case(field, other).plume
    plumes = (case.plume, with_other)
    detection = type(case.detection)(
        score=case.detection.score,
        plumes=plumes,
        threshold=4.5,
        expected_false_plumes=0.5,
        background_ppm_m=case.detection.background_ppm_m,
    )
    alone = quantify(case.enhancement, detection, case.plume, make_wind(3), rng=seeded(), settings=MANY)
    assert alone.rate.components["noise"] == pytest.approx(0.0, abs=1e-9)
    assert rate_of(case, make_wind(3)).rate.components["noise"] > 1.0  # not told of the other


# --- odd plumes -------------------------------------------------------------------------------------------------


def test_a_plume_without_a_valid_pixel_is_refused(make_case, strip, make_wind):
    case = make_case(np.where(strip, np.nan, 0.0), strip)
    with pytest.raises(EmptyPlume):
        rate_of(case, make_wind(3))


def test_missing_pixels_take_their_mass_only(make_case, strip, make_wind):
    field = np.where(strip, 1000.0, 0.0)
    field[57:63, 50:53] = np.nan
    seen = rate_of(make_case(field, strip), make_wind(3))
    assert seen.ime_kg == pytest.approx(1000 * UNIT * 162 * 3600, rel=1e-3)


def test_less_than_no_mass_gives_no_rate(make_case, strip, make_wind):
    seen = rate_of(make_case(np.where(strip, -100.0, 0.0), strip), make_wind(3))
    assert seen.ime_kg < 0
    for answer in (seen.rate, seen.rate_csf):
        assert isinstance(answer, CannotSay)
        assert answer.code == "no-mass"


def test_a_short_plume_has_a_rate_by_mass_but_none_by_cross_sections(make_case, make_wind):
    mask = np.zeros(SHAPE, dtype=bool)
    mask[60:63, 60:63] = True
    seen = rate_of(make_case(np.where(mask, 1000.0, 0.0), mask), make_wind(3))
    assert isinstance(seen.rate, EmissionRate)
    assert isinstance(seen.rate_csf, CannotSay)
    assert seen.rate_csf.code == "plume-too-short"


# --- calibrations -----------------------------------------------------------------------------------------------


def test_calibrations_have_ids_sources_and_a_law_for_every_instrument():
    assert len({law.calibration_id for law in calibrations()}) == len(calibrations())
    for law in calibrations():
        assert calibration_by_id(law.calibration_id) is law
        assert law.source
    for key in ("emit", "aviris-ng", "aviris-3"):
        for method in ("ime", "csf"):
            assert key in calibration_for(key, method).instruments
    with pytest.raises(InvalidValue, match="no ime calibration"):
        calibration_for("hyperion", "ime")
    with pytest.raises(InvalidValue) as caught:
        calibration_by_id("none-such")
    assert calibrations()[0].calibration_id in caught.value.hint


# --- touching plumes --------------------------------------------------------------------------------------------


def halves(case, share):
    """The plume of a case, twice: with a share of each pixel's mass and with what is left."""
    mask = case.plume.mask
    parts = [
        replace(case.plume, plume_id=f"made-{k}", mass_share=np.where(mask, s, 0.0))
        for k, s in enumerate((share, 1.0 - share), start=1)
    ]
    detection = replace(case.detection, plumes=tuple(parts))
    return [replace(case, detection=detection, plume=part) for part in parts]


def test_touching_plumes_share_the_mass_and_make_none(quiet, make_wind):
    whole = rate_of(quiet, make_wind(4.0))
    first, second = (rate_of(part, make_wind(4.0)) for part in halves(quiet, 0.7))
    assert first.ime_kg == pytest.approx(0.7 * whole.ime_kg)
    assert first.ime_kg + second.ime_kg == pytest.approx(whole.ime_kg)
    for name in ("rate", "rate_csf", "rate_fetch"):
        sum_of_parts = getattr(first, name).mass_per_length_kg_m + getattr(second, name).mass_per_length_kg_m
        assert sum_of_parts == pytest.approx(getattr(whole, name).mass_per_length_kg_m)


def test_a_division_widens_the_interval_under_its_own_name(quiet, make_wind):
    def relative_width(rate):
        return (rate.high_kg_h - rate.low_kg_h) / rate.rate_kg_h

    whole = rate_of(quiet, make_wind(4.0)).rate
    assert "division" not in whole.components
    widths, shares = [], []
    for share in (0.999, 0.9, 0.5):
        rate = rate_of(halves(quiet, share)[0], make_wind(4.0)).rate
        widths.append(relative_width(rate))
        shares.append(rate.components["division"] / rate.rate_kg_h)
    assert relative_width(whole) < widths[0] < widths[1] < widths[2]
    assert shares == sorted(shares)
    assert 0.05 < shares[0] < 0.12
    assert shares[2] > 0.4


def test_a_part_bears_its_share_of_the_noise(make_case, strip):
    rng = np.random.default_rng(3)
    case = make_case(np.where(strip, 1000.0, 0.0) + correlated(rng, 1.0), strip)
    whole, half = (rate_of(one, None) for one in (case, halves(case, 0.5)[0]))
    assert half.ime_sigma_kg == pytest.approx(0.5 * whole.ime_sigma_kg, rel=0.05)


def test_a_part_grows_into_no_other_plume(quiet, strip):
    other = np.roll(strip, 6, axis=0)
    share = np.where(strip, 0.6, 0.0)
    part = replace(quiet.plume, mass_share=share)
    neighbour = replace(quiet.plume, plume_id="made-002", mask=other)
    detection = replace(quiet.detection, plumes=(part, neighbour), score=np.full(SHAPE, 10.0))
    masks = other_masks(part.mask, part, detection.score, 2.0, taken=detection.plume_pixels)
    assert not any((mask & other).any() for mask in masks)
    assert all((mask >= strip).all() for mask in masks)


@pytest.mark.parametrize("share", [np.full((3, 3), 0.5), -0.1, 1.5, 0.0])
def test_a_share_that_is_none_is_refused(quiet, strip, share):
    with pytest.raises(InvalidValue, match="share"):
        replace(quiet.plume, mass_share=share if isinstance(share, np.ndarray) else np.where(strip, share, 0.0))
    with pytest.raises(InvalidValue, match="share"):
        replace(quiet.plume, mass_share=np.full(SHAPE, 0.5))
