"""Our unit absorption spectra beside the two that JPL published: shape and scale apart.

Neither file states the geometry, the range of the fit or the pressure and temperature of its ppm m, so there is
nothing to reproduce digit by digit, and nothing here is tuned to them. Shape is the correlation over 2122-2488 nm;
scale is the least-squares factor from our spectrum to theirs. Larger air mass or a narrower fit makes ours
larger, so the factor falls with both.

EMIT (2022-08-15). Correlation .985-.999, factor .53-.98 over air mass 2-3.9 and fits to 1,000 or 16,000 ppm m.
The table JPL's code (emit-sds/emit-ghg) fits runs to 64,000 ppm m. With that range and air mass 2.5 (sun 48
degrees from zenith, view at nadir) shape and scale agree within 1 to 2 %: geometry and fit range suffice to
explain the scale. That is consistency, not proof, for the scene's geometry is not stated with the target, and
beyond 16,000 ppm m our table goes on with a constant optical depth per ppm m.

AVIRIS-NG (no scene named). Correlation .93-.97, factor .46-.75. In weak bands, which do not saturate,
the target is half of ours at air mass 2, as if the gas were seen along half of the two-way path. A filter with it
reads twice what ours reads there; which convention it follows is not documented with it.
"""

from __future__ import annotations

import numpy as np
import pytest

from superemitter.measure.spectra import unit_absorption
from superemitter.model import load_instrument

NARROW = (0.0, 250.0, 500.0, 750.0, 1000.0)
WIDE = (0.0, 500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0)
WIDEST = (0.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0, 32000.0, 64000.0)
FILES = {
    "emit": "emit20220815t042838_ch4_target.txt",
    "aviris-ng": "srcfinder_ang_ch4_unit_3col_425chan.txt",
}


def both(shared_data, key, air_mass, fit):
    """Their spectrum and ours in the bands of the retrieval window."""
    table = np.loadtxt(shared_data / "spectroscopy" / FILES[key])
    centre, target = table[:, 1], table[:, 2] * 1e-5
    inside = (centre > 2122) & (centre < 2488)
    known = load_instrument(key).spectral_calibration
    width = np.interp(centre[inside], known[:, 0], known[:, 1])
    return target[inside], unit_absorption(centre[inside], width, air_mass, fit_ppm_m=fit)


def shape_and_scale(theirs, ours):
    return np.corrcoef(theirs, ours)[0, 1], (theirs @ ours) / (ours @ ours)


@pytest.mark.parametrize(
    ("key", "air_mass", "fit", "shape", "scale"),
    [
        ("emit", 2.0, NARROW, 0.986, 0.86),
        ("emit", 2.0, WIDE, 0.992, 0.98),
        ("emit", 3.0, NARROW, 0.993, 0.64),
        ("emit", 3.9, WIDE, 0.999, 0.61),
        ("aviris-ng", 2.0, NARROW, 0.970, 0.67),
        ("aviris-ng", 2.0, WIDE, 0.958, 0.75),
        ("aviris-ng", 3.0, NARROW, 0.956, 0.49),
        ("aviris-ng", 3.9, WIDE, 0.928, 0.46),
    ],
)
def test_shape_and_scale_beside_jpls_targets(key, air_mass, fit, shape, scale, shared_data):
    seen_shape, seen_scale = shape_and_scale(*both(shared_data, key, air_mass, fit))
    assert seen_shape == pytest.approx(shape, abs=0.003)
    assert seen_scale == pytest.approx(scale, abs=0.02)


def test_emit_target_is_ours_at_one_plausible_geometry_with_the_fit_of_its_own_table(shared_data):
    theirs, ours = both(shared_data, "emit", 2.5, WIDEST)
    shape, scale = shape_and_scale(theirs, ours)
    assert shape > 0.999
    assert scale == pytest.approx(1.0, abs=0.03)
    np.testing.assert_allclose(theirs, ours, atol=0.03 * np.abs(theirs).max())


def test_aviris_ng_target_holds_half_of_our_path_in_bands_that_do_not_saturate(shared_data):
    theirs, ours = both(shared_data, "aviris-ng", 2.0, NARROW)
    weak = (np.abs(ours) < 0.15 * np.abs(ours).max()) & (np.abs(ours) > 0.01 * np.abs(ours).max())
    strong = np.abs(ours) > 0.5 * np.abs(ours).max()
    assert np.median(theirs[weak] / ours[weak]) == pytest.approx(0.5, abs=0.06)
    assert np.median(theirs[strong] / ours[strong]) == pytest.approx(0.62, abs=0.06)
