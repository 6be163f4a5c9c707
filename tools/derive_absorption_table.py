"""Derive the packaged CH4 absorption table from mag1c's MODTRAN radiance table.

    python tools/derive_absorption_table.py ../shared/data/spectroscopy

Source: markusfoote/mag1c, ch4.lut (BSD-3-Clause): at-sensor radiance for 7 CH4 enhancements (0 to 16,000 ppm m),
one geometry (two-way air mass about 2). Derived here, 2080 nm to the table's end, at its native resolution:

* the optical depth of the enhancement, -ln(L / L0) (the radiance itself is not kept);
* the base transmittance T0 = L0 / continuum, where the continuum is a running maximum over 8 nm, smoothed over the
  same width: everything that absorbs in the unperturbed atmosphere, at the table's air mass.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from scipy.ndimage import maximum_filter1d, uniform_filter1d

ENHANCEMENT_PPM_M = np.array([500.0, 1000.0, 2000.0, 4000.0, 8000.0, 16000.0])
FIRST_NM = 2080.0
CONTINUUM_WIDTH_NM = 8.0
TARGET = Path(__file__).parents[1] / "src/superemitter/data/spectra/ch4_absorption.npz"


def main(folder: Path) -> None:
    """Read the radiance table in `folder`, write the derived one into the package."""
    header = (folder / "mag1c_ch4.hdr").read_text()
    listing = re.search(r"wavelength = \{([^}]*)\}", header)
    assert listing is not None
    wavelength = np.array([float(x) for x in listing.group(1).split(",")])
    radiance = np.fromfile(folder / "mag1c_ch4.lut", dtype="<f8").reshape(wavelength.size, 7)
    step = float(np.median(np.diff(wavelength[wavelength > FIRST_NM])))
    width = round(CONTINUUM_WIDTH_NM / step)
    continuum = uniform_filter1d(maximum_filter1d(radiance[:, 0], width), width)
    keep = wavelength >= FIRST_NM
    optical_depth = -np.log(radiance[keep, 1:] / radiance[keep, :1]).T
    np.savez_compressed(
        TARGET,
        wavelength_nm=wavelength[keep],
        enhancement_ppm_m=ENHANCEMENT_PPM_M,
        optical_depth=optical_depth.astype(np.float32),
        base_transmittance=np.minimum(radiance[keep, 0] / continuum[keep], 1.0).astype(np.float32),
    )
    sys.stdout.write(f"{TARGET}: {TARGET.stat().st_size / 1024:.0f} KiB, {keep.sum()} wavelengths\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
