"""The instruments' data files cover what the retrieval asks of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from superemitter.model import load_instrument


@pytest.mark.parametrize(("key", "bands"), [("emit", 50), ("aviris-ng", 73), ("aviris-3", 50)])
def test_window_has_its_bands_and_noise(key: str, bands: int) -> None:
    instrument = load_instrument(key)
    centres, widths = instrument.spectral_calibration.T
    low, high = instrument.retrieval_window_nm
    inside = (centres >= low) & (centres <= high)
    assert inside.sum() == bands
    assert (np.diff(centres) > 0).all()
    assert ((widths > 5) & (widths < 10)).all()
    # Bright desert: the published signal-to-noise ratios in this window lie between 100 and 1000.
    noise = instrument.noise_equivalent_radiance(np.full(bands, 0.6), centres[inside])
    assert (noise > 0.6e-3).all() and (noise < 6e-3).all()


def test_emit_noise_is_the_published_one(shared_data: Path) -> None:
    wavelength, a, b, c = np.loadtxt(shared_data / "hyperspectral" / "noise" / "emit_noise.txt").T[:4]
    radiance = np.full(wavelength.size, 1.3)
    ours = load_instrument("emit").noise_equivalent_radiance(radiance, wavelength)
    np.testing.assert_allclose(ours, np.abs(a * np.sqrt(b + radiance) + c), rtol=1e-4)
