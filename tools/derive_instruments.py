"""Derive the packaged noise and band tables of each instrument from the published files.

Run ``python tools/derive_instruments.py ../shared/data`` after a source changed; the tables land in
``src/superemitter/data/instruments``. Each table names its source in its first lines. Figures are rounded to five
significant digits, band centres to 0.001 nm, far below their uncertainty. The noise tables keep their wavelengths
to 1e-5 nm because some coefficients jump from band to band.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np

OUT = Path(__file__).resolve().parents[1] / "src" / "superemitter" / "data" / "instruments"
COMMAND = "python tools/derive_instruments.py ../shared/data"

# Band widths fall or rise smoothly; between these anchors the laboratory tables are linear (EMIT: to 0.001 nm,
# AVIRIS-3: to 0.02 nm). [nm, nm]
EMIT_FWHM = ((381.0, 8.415), (403.225, 8.415), (2492.924, 8.809))
EMIT_FWHM_SOURCE = (
    "FWHM: EMIT_Wavelengths_20220817.txt of github.com/emit-sds/emit-sds-l1b (3140af6, Apache-2.0), which is "
    "linear in the band"
)
AVIRIS3_FWHM = (
    (383.429, 8.301),
    (502.212, 8.307),
    (1001.854, 8.281),
    (1300.191, 8.268),
    (1501.347, 8.244),
    (1702.240, 8.199),
    (1902.835, 8.123),
    (2103.093, 8.006),
    (2199.375, 7.931),
    (2302.959, 7.837),
    (2399.039, 7.735),
    (2502.394, 7.608),
)
AVIRIS3_FWHM_SOURCE = (
    "FWHM: AVIRIS3_Wavelengths_20230610.txt of github.com/emit-sds/emit-sds-l1b (88cd70b, Apache-2.0), linear "
    "between twelve of its bands"
)


def header_list(path: Path, key: str) -> np.ndarray:
    """The numbers of a braced list in an ENVI header."""
    match = re.search(rf"^{key}\s*=\s*\{{([^}}]*)\}}", path.read_text(encoding="utf-8"), re.MULTILINE)
    if match is None:
        raise SystemExit(f"{path} has no {key}")
    return np.array([float(item) for item in match.group(1).split(",")])


def write(name: str, comments: list[str], columns: str, rows: np.ndarray, formats: list[str]) -> None:
    """One CSV with its source in the first lines."""
    lines = [f"# {line}" for line in (*comments, f"Derived by: {COMMAND}")]
    lines.append(columns)
    lines += [",".join(fmt % value for fmt, value in zip(formats, row, strict=True)) for row in rows]
    (OUT / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_bands(name: str, comments: list[str], wavelength: np.ndarray, fwhm: np.ndarray) -> None:
    """A table of band centres and widths. [nm]"""
    write(name, comments, "wavelength_nm,fwhm_nm", np.column_stack([wavelength, fwhm]), ["%.3f", "%.3f"])


def write_noise(name: str, source: str, table: np.ndarray) -> None:
    """A table of the coefficients of NEdL = |a sqrt(b + L) + c|."""
    law = "Noise NEdL = |a sqrt(b + L) + c|, L and NEdL in uW cm-2 sr-1 nm-1"
    write(name, [law, f"Source: {source}"], "wavelength_nm,a,b,c", table[:, :4], ["%.5f", "%.5g", "%.5g", "%.5g"])


def main() -> None:
    """Derive every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder with hyperspectral/noise and the AVIRIS-NG crops")
    data = parser.parse_args().data / "hyperspectral"
    OUT.mkdir(parents=True, exist_ok=True)

    emit = np.loadtxt(data / "noise" / "emit_noise.txt")
    write_noise("emit_noise.csv", "hyperspectral/noise/emit_noise.txt (emit-sds/emit-ghg, Apache-2.0)", emit)
    centres = "Centres: hyperspectral/noise/emit_noise.txt (emit-sds/emit-ghg, Apache-2.0)"
    write_bands(
        "emit_bands.csv", [centres, EMIT_FWHM_SOURCE], emit[:, 0], np.interp(emit[:, 0], *np.transpose(EMIT_FWHM))
    )

    file = "AV320250715t180536_001_L1B_RDN_76a54582_NOISE.txt"
    av3 = np.loadtxt(data / "noise" / file)
    write_noise("aviris-3_noise.csv", f"hyperspectral/noise/{file} (emit-sds/emit-ghg, Apache-2.0)", av3)
    centres = f"Centres: hyperspectral/noise/{file} (emit-sds/emit-ghg, Apache-2.0)"
    fwhm = np.interp(av3[:, 0], *np.transpose(AVIRIS3_FWHM))
    write_bands("aviris-3_bands.csv", [centres, AVIRIS3_FWHM_SOURCE], av3[:, 0], fwhm)

    ang = np.loadtxt(data / "noise" / "avirisng_noise.txt")
    write_noise("aviris-ng_noise.csv", "hyperspectral/noise/avirisng_noise.txt (isofit/isofit, Apache-2.0)", ang)
    header = data / "aviris_ng_unorthorectified_2017" / "ang20170323t202244_rdn_7000-7010.hdr"
    source = "Centres and FWHM: header of ang20170323t202244_rdn_7000-7010 (isofit/isofit, Apache-2.0)"
    write_bands("aviris-ng_bands.csv", [source], header_list(header, "wavelength"), header_list(header, "fwhm"))


if __name__ == "__main__":
    main()
