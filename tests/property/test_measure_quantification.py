"""What holds of mass for any plume."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from superemitter.measure.quantification import calibrations, integrated_mass_enhancement, line_mass

SHAPE = (6, 7)
masses = hnp.arrays(np.float64, SHAPE, elements=st.floats(-0.01, 0.1))
areas = hnp.arrays(np.float64, SHAPE, elements=st.floats(1.0, 1e4))
masks = hnp.arrays(np.bool_, SHAPE).filter(lambda mask: mask.any())
factors = st.floats(1e-3, 1e3)


@settings(deadline=None)
@given(mass=masses, area=areas, mask=masks, factor=factors)
def test_mass_is_linear_in_the_enhancement_and_in_the_area(mass, area, mask, factor):
    ime = integrated_mass_enhancement(mass, area, mask)
    close = {"rtol": 1e-9, "atol": 1e-9 * max(1.0, factor)}
    np.testing.assert_allclose(integrated_mass_enhancement(factor * mass, area, mask), factor * ime, **close)
    np.testing.assert_allclose(integrated_mass_enhancement(mass, factor * area, mask), factor * ime, **close)


@settings(deadline=None)
@given(mass=masses, area=areas, mask=masks, seed=st.integers(0, 1000))
def test_the_parts_of_a_plume_weigh_what_it_weighs(mass, area, mask, seed):
    some = mask & (np.random.default_rng(seed).random(SHAPE) < 0.5)
    parts = [part for part in (some, mask & ~some) if part.any()]
    total = sum(integrated_mass_enhancement(mass, area, part) for part in parts)
    np.testing.assert_allclose(total, integrated_mass_enhancement(mass, area, mask), rtol=1e-9, atol=1e-9)


@settings(deadline=None)
@given(mass=masses, area=areas, mask=masks, fill=st.sampled_from([np.nan, 1e9, -1e9]))
def test_what_lies_outside_the_mask_does_not_weigh(mass, area, mask, fill):
    elsewhere = np.where(mask, mass, fill)
    assert integrated_mass_enhancement(elsewhere, area, mask) == integrated_mass_enhancement(mass, area, mask)


@settings(deadline=None)
@given(
    mass=hnp.arrays(np.float64, 200, elements=st.floats(0.0, 1.0)),
    step=st.floats(20.0, 200.0),
    factor=factors,
    seed=st.integers(0, 1000),
)
def test_slices_hold_no_more_than_the_plume_and_scale_with_it(mass, step, factor, seed):
    along = np.random.default_rng(seed).uniform(0.0, 1000.0, 200)
    slices = line_mass(mass, along, step)
    assert np.all(slices >= 0)
    assert slices.sum() * step <= mass.sum() * (1 + 1e-9)
    np.testing.assert_allclose(line_mass(factor * mass, along, step), factor * slices, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        line_mass(mass, factor * along, factor * step) * factor, slices, rtol=1e-6, atol=1e-9
    )


@settings(deadline=None)
@given(law=st.sampled_from(calibrations()), slow=st.floats(0, 20), more=st.floats(0.01, 10))
def test_the_effective_wind_is_linear_in_the_wind_and_never_falls(law, slow, more):
    low, middle, high = (law.a * u + law.b for u in (slow, slow + more, slow + 2 * more))
    assert low < middle < high
    np.testing.assert_allclose(high - middle, middle - low, rtol=1e-9)
