"""What an instrument adds: column gain stripes, smile, noise."""

from __future__ import annotations

import numpy as np

from superemitter.model import Instrument
from superemitter.model.types import FloatArray


def smile_shift(columns: int, largest_nm: float) -> FloatArray:
    """Shift of the band centres across the swath: a parabola with zero mean. (column,) [nm]

    Parameters
    ----------
    columns : int
    largest_nm : float
        Largest absolute shift, at the edges. [nm]
    """
    position = np.linspace(-1.0, 1.0, columns) if columns > 1 else np.zeros(1)
    shift: FloatArray = position**2 - 1.0 / 3.0
    return shift * (largest_nm / (2.0 / 3.0))


def column_factor(
    columns: int, slope_per_nm: FloatArray, rng: np.random.Generator, *, stripe_sigma: float, smile_nm: float
) -> FloatArray:
    """Factor on the radiance of each detector element: gain error times smile.

    Smile is taken to first order in the shift, ``1 + shift * d ln L / d lambda`` with the slope of sun and
    atmosphere: within 7 % of the effect at 0.3 nm. That of the surface is a hundred times smaller and left out.

    Parameters
    ----------
    columns : int
    slope_per_nm : (band,) array
        [nm-1]
    rng : numpy.random.Generator
    stripe_sigma : float
        1-sigma relative gain error of a column and band. [1]
    smile_nm : float
        Largest shift of the band centres. [nm]

    Returns
    -------
    (column, band) float32 array
    """
    gain = 1.0 + stripe_sigma * rng.standard_normal((columns, slope_per_nm.size))
    factor = gain * (1.0 + smile_shift(columns, smile_nm)[:, None] * slope_per_nm[None, :])
    out: FloatArray = factor.astype(np.float32)
    return out


class NoiseModel:
    """The instrument's noise for a fixed set of bands, ``NEdL = |a sqrt(b + L) + c|``.

    Bands beyond the noise table by a few nm take its nearest figures.

    Parameters
    ----------
    instrument : Instrument
    wavelength_nm : (band,) array
        [nm]
    """

    def __init__(self, instrument: Instrument, wavelength_nm: FloatArray) -> None:
        known = instrument.noise
        self._a, self._b, self._c = (
            np.interp(wavelength_nm, known[:, 0], known[:, k]).astype(np.float32) for k in (1, 2, 3)
        )

    def add_to_row(self, radiance: FloatArray, rng: np.random.Generator) -> None:
        """Add one draw of noise to the radiance, in place. (column, band) [uW cm-2 sr-1 nm-1]"""
        sigma = np.abs(self._a * np.sqrt(np.maximum(self._b + radiance, 0.0)) + self._c)
        sigma *= rng.standard_normal(radiance.shape, dtype=np.float32)
        radiance += sigma
