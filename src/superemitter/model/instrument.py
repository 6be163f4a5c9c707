"""Instruments as data: what a sensor is, what its noise is, which calibration belongs to it."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np

from superemitter.model.errors import InvalidValue
from superemitter.model.types import FloatArray

_DATA = files("superemitter") / "data" / "instruments"


@dataclass(frozen=True, kw_only=True, eq=False)
class Instrument:
    """An imaging spectrometer, read from ``data/instruments/<key>.toml``.

    Attributes
    ----------
    key : str
        Name of the data file: ``"emit"``, ``"aviris-ng"``, ``"aviris-3"``.
    name : str
        As it is written in results: ``"EMIT"``.
    platform : str
    retrieval_window_nm : (float, float)
        Bands used by the methane filters. [nm]
    pixel_size_m : float
        Typical ground sampling distance. [m]
    saturation_radiance : float
        Radiance at and above which a band counts as saturated. [uW cm-2 sr-1 nm-1]
    spectral_calibration : (band, 2) array
        Nominal band centre and FWHM, for files that lack them; empty for one that is read at level 2. [nm]
    noise : (band, 4) array
        wavelength [nm], a, b, c of ``NEdL = |a sqrt(b + L) + c|``, L in uW cm-2 sr-1 nm-1.
    source : str
        Where the figures come from.
    """

    key: str
    name: str
    platform: str
    retrieval_window_nm: tuple[float, float]
    pixel_size_m: float
    saturation_radiance: float
    spectral_calibration: FloatArray
    noise: FloatArray
    source: str

    def noise_equivalent_radiance(self, radiance: FloatArray, wavelength_nm: FloatArray) -> FloatArray:
        """1-sigma noise of a radiance spectrum, ``NEdL = |a sqrt(b + L) + c|``.

        Parameters
        ----------
        radiance : (..., band) array
            [uW cm-2 sr-1 nm-1]
        wavelength_nm : (band,) array
            Must lie within the range of the noise table (1 nm beyond it is allowed). [nm]

        Returns
        -------
        (..., band) array
            [uW cm-2 sr-1 nm-1]

        Raises
        ------
        InvalidValue
            A band lies outside the noise table.
        """
        a, b, c = self._noise_at(wavelength_nm)
        return np.abs(a * np.sqrt(np.maximum(b + radiance, 0.0)) + c)

    def noise_coefficients(self, wavelength_nm: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coefficients a and b of the noise model at the given bands; c is left out.

        Without c (below 0.5 % of the noise in every table here) the noise variance is linear in the radiance, and
        the noise of a filter's output costs one product. See :meth:`noise_equivalent_radiance` for the units.
        """
        a, b, _ = self._noise_at(wavelength_nm)
        return a, b

    def _noise_at(self, wavelength_nm: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        known = self.noise[:, 0]
        if known.size == 0:
            raise InvalidValue(f"{self.name} is read at level 2 and has no noise figures for radiance")
        if wavelength_nm.min() < known[0] - 1.0 or wavelength_nm.max() > known[-1] + 1.0:
            raise InvalidValue(
                f"no noise figures of {self.name} for {wavelength_nm.min():.0f}-{wavelength_nm.max():.0f} nm",
                hint=f"the table covers {known[0]:.0f}-{known[-1]:.0f} nm",
            )
        a, b, c = (np.interp(wavelength_nm, known, self.noise[:, k]) for k in (1, 2, 3))
        return a, b, c


@cache
def load_instrument(key: str) -> Instrument:
    """An instrument by the name of its data file.

    Raises
    ------
    InvalidValue
        There is no such data file.
    """
    resource = _DATA / f"{key}.toml"
    if not resource.is_file():
        known = sorted(item.name.removesuffix(".toml") for item in _DATA.iterdir() if item.name.endswith(".toml"))
        raise InvalidValue(f"no instrument named {key!r}", hint=f"known: {', '.join(known)}")
    facts = tomllib.loads(resource.read_text(encoding="utf-8"))
    low, high = facts["retrieval_window_nm"]
    return Instrument(
        key=key,
        name=facts["name"],
        platform=facts["platform"],
        retrieval_window_nm=(low, high),
        pixel_size_m=facts["pixel_size_m"],
        saturation_radiance=facts["saturation_radiance"],
        spectral_calibration=_table(facts.get("spectral_calibration_file"), columns=2),
        noise=_table(facts.get("noise_file"), columns=4),
        source=facts["source"],
    )


def _table(name: str | None, columns: int) -> FloatArray:
    """Numbers of a packaged CSV; lines that start with # are comments, the first other line is the header.

    An instrument that is read at level 2 has no such table: it is empty then.
    """
    if name is None:
        return np.empty((0, columns))
    lines = (_DATA / name).read_text(encoding="utf-8").splitlines()
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    return np.array(rows[1:], dtype=np.float64)
