"""Derive the packaged surface reflectances and band atmosphere from public spectra.

    python tools/derive_surfaces.py ../shared/data src/superemitter/data/spectra

Reads the ENVI library `ecostress_library_with_mixtures` (2,041 measured spectra without names) and two MODTRAN6
channel files that differ in water vapour only; writes `surfaces.csv` and `surfaces_atmosphere.csv`.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np

# Spectra of the library by their position. The library carries no names: ours describe the shape, nothing more.
ENDMEMBERS = {
    "sandy_soil": 838,
    "loam": 845,
    "bright_sand": 540,
    "dark_rock": 546,
    "asphalt_like": 555,
    "concrete_like": 797,
    "green_vegetation": 140,
    "dry_vegetation": 859,
    "water": 970,
    "clay": 719,
    "carbonate": 789,
    "carbonate_rock": 641,
    "magnesium_hydroxide": 740,
    "hydrocarbon_coating": 487,
}
GRID_NM = np.arange(380.0, 2501.0, 10.0)
WATER_CM = (1.5, 2.0)


def read_library(folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Wavelengths (n,) [nm] and reflectances (spectrum, n) of the ENVI library, sorted by wavelength."""
    header = (folder / "ecostress_library_with_mixtures.hdr").read_text()
    listed = re.search(r"wavelength\s*=\s*\{(.*?)\}", header, re.DOTALL)
    if listed is None:
        raise SystemExit("the library's header has no wavelengths")
    wavelength = np.array([float(value) for value in listed.group(1).split(",")])
    data = np.fromfile(folder / "ecostress_library_with_mixtures", "<f4").reshape(-1, wavelength.size)
    order = np.argsort(wavelength)
    return wavelength[order], data[:, order].astype(float)


def on_grid(wavelength: np.ndarray, reflectance: np.ndarray) -> np.ndarray:
    """Mean reflectance within 10 nm (triangular weight) of each grid point."""
    weight = np.clip(1.0 - np.abs(wavelength[None, :] - GRID_NM[:, None]) / 10.0, 0.0, None)
    return np.clip(weight @ reflectance / weight.sum(axis=1), 0.0, 1.0)


def read_channels(path: Path) -> np.ndarray:
    """The first of the file's three runs (surface reflectance 0), as numbers. (channel, column)"""
    rows = []
    for line in path.read_text().splitlines():
        tokens = line.split()
        if len(tokens) > 25 and re.fullmatch(r"[\d.]+", tokens[0]):
            rows.append([float(value) for value in tokens[:25]])
    table = np.array(rows)
    return table[: int(np.argmax(np.diff(table[:, 0]) < 0)) + 1]


def derive_atmosphere(folder: Path, solar: np.ndarray) -> tuple[np.ndarray, float]:
    """Wavelength, sun at the top, two-way transmittance, optical depth per cm of water, path reflectance."""
    dry, wet = (read_channels(folder / f"pasadena_modtran_AOT550-0.0100_H2OSTR-{w:.4f}.chn") for w in WATER_CM)
    wavelength = dry[:, 0]
    sun_times_cos = dry[:, 18] * 1e6 * np.pi / dry[:, 8]
    window = (wavelength > 500) & (wavelength < 2300)
    known = np.interp(wavelength, solar[:, 0], solar[:, 1]) * 0.1
    cos_zenith = float(np.median((sun_times_cos / known)[window]))
    first, second = (np.maximum(t[:, 21] + t[:, 22], 1e-6) for t in (dry, wet))
    per_cm = np.clip(np.log(first / second) / (WATER_CM[1] - WATER_CM[0]), 0.0, 3.0)
    path_reflectance = dry[:, 4] * 1e6 * np.pi / sun_times_cos
    columns = (wavelength, sun_times_cos / cos_zenith, first, per_cm, path_reflectance)
    return np.column_stack(columns), cos_zenith


def write_csv(path: Path, comments: list[str], names: list[str], table: np.ndarray, formats: list[str]) -> None:
    """Comment lines, a header, rows."""
    lines = [f"# {comment}" for comment in comments] + [",".join(names)]
    lines += [",".join(f % value for f, value in zip(formats, row, strict=True)) for row in table]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main(shared: Path, out: Path) -> None:
    """Write both tables."""
    folder = shared / "hyperspectral" / "forward_model"
    wavelength, library = read_library(folder)
    spectra = [on_grid(wavelength, library[k]) for k in ENDMEMBERS.values()]
    write_csv(
        out / "surfaces.csv",
        [
            "Reflectance of surface endmembers; made by tools/derive_surfaces.py.",
            "Source: ecostress_library_with_mixtures of isofit/isofit-tutorials (Apache-2.0), measured spectra of",
            "the ECOSTRESS library (Meerdink et al. 2019, doi:10.1016/j.rse.2019.05.015). The file has no names:",
            "the names here describe the shape. Position in the file:",
            ", ".join(f"{name} {position}" for name, position in ENDMEMBERS.items()),
        ],
        ["wavelength_nm", *ENDMEMBERS],
        np.column_stack([GRID_NM, *spectra]),
        ["%.0f", *["%.4f"] * len(ENDMEMBERS)],
    )
    solar = np.loadtxt(shared / "srf" / "SolarIrradiance_Thuillier.csv", delimiter=",", skiprows=1)
    table, cos_zenith = derive_atmosphere(folder, solar)
    write_csv(
        out / "surfaces_atmosphere.csv",
        [
            "Sun and clear atmosphere for simulated scenes; made by tools/derive_surfaces.py.",
            "Source: MODTRAN6 channel files pasadena_modtran_AOT550-0.0100_H2OSTR-{1.5,2.0} of",
            "isofit/isofit-tutorials (Apache-2.0), 5 nm channels; solar zenith from the ratio to Thuillier 2003",
            "irradiance:",
            f"two-way air mass {1.0 + 1.0 / cos_zenith:.3f}, water vapour {WATER_CM[0]} cm.",
            "sun [uW cm-2 nm-1]; transmittance two-way; water optical depth per cm over that path;",
            "path reflectance.",
        ],
        ["wavelength_nm", "sun", "transmittance", "water_optical_depth_per_cm", "path_reflectance"],
        table,
        ["%.2f", "%.4f", "%.5f", "%.5f", "%.6f"],
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
