"""The simulated blind test: which scenes, which leaks, which wind the scan is told."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from superemitter.model import Wind
from superemitter.model.errors import UsageError
from superemitter.simulate import Ground, Leak, SimulationSpec, Turbulence, random_leaks

Instrument = Literal["emit", "aviris-ng"]
_DRAW = 77  # stream of the ensemble, apart from those of the scenes
COMPANION_PX = (8.0, 28.0)
TOLD_SIGMA_M_S, TOLD_SIGMA_SHARE, TOLD_FROM_SIGMA_DEG = 0.7, 0.15, 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindTest:
    """An ensemble of simulated scenes; equal tests give equal scenes.

    Attributes
    ----------
    name : str
    instrument : str
        ``"emit"`` or ``"aviris-ng"``.
    first_seed, scenes : int
    shape : (int, int)
        Rows and columns of each scene.
    leaks : int
        In each scene.
    rates_kg_h : (float, float)
        Least and greatest rate; drawn evenly in its logarithm. [kg h-1]
    winds_m_s : (float, float)
        Least and greatest 10 m wind; drawn evenly. [m s-1]
    brightness : (float, float)
        Of the ground; see :class:`~superemitter.simulate.Ground`.
    solar_zenith_deg : (float, float)
        [degree]
    min_separation_px : float
        Least distance between leaks. [pixel]
    false_plumes_per_scene : float
        What the scan is asked for.
    companions : int
        So many of the leaks lie 8 to 28 pixels from another, at most half of them.
    """

    name: str = "emit"
    instrument: Instrument = "emit"
    first_seed: int
    scenes: int
    shape: tuple[int, int] = (1280, 200)
    leaks: int = 6
    rates_kg_h: tuple[float, float] = (20.0, 20_000.0)
    winds_m_s: tuple[float, float] = (1.0, 8.0)
    brightness: tuple[float, float] = (0.45, 1.0)
    solar_zenith_deg: tuple[float, float] = (15.0, 60.0)
    min_separation_px: float = 60.0
    false_plumes_per_scene: float = 0.5
    companions: int = 0

    def __post_init__(self) -> None:
        if self.scenes < 1 or self.leaks < 0:
            raise UsageError(
                f"a blind test of {self.scenes} scenes with {self.leaks} leaks", hint="at least 1 scene"
            )

    @property
    def seeds(self) -> range:
        """One a scene."""
        return range(self.first_seed, self.first_seed + self.scenes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One scene of a blind test, and the winds the scan is told.

    Attributes
    ----------
    spec : SimulationSpec
    told : Wind
        The 10 m wind drawn around the true one with the sigma it states.
    carrying : Wind
        The wind that carries the gas, exact.
    """

    spec: SimulationSpec
    told: Wind
    carrying: Wind


AIRBORNE = BlindTest(
    name="aviris-ng",
    instrument="aviris-ng",
    first_seed=30_000,
    scenes=20,
    shape=(600, 240),
    leaks=2,
    rates_kg_h=(20.0, 500.0),
    brightness=(0.4, 1.0),
)
"""Aircraft sampling around the legal threshold of 100 kg/h; take it with :func:`dataclasses.replace`."""


def draw_case(test: BlindTest, seed: int) -> Case:
    """Everything that is drawn for one scene of the test, from its seed alone.

    Surface brightness, mixture, sun angle, heading, wind, roughness and plume height vary; the last two make the
    wind that carries the gas 1.1 to 1.4 times that at 10 m. The told wind is off by its stated sigma,
    ``hypot(0.7 m/s, 15 %)``, and 15 degrees.
    """
    rng = np.random.default_rng([seed, _DRAW])
    speed = float(rng.uniform(*test.winds_m_s))
    from_deg = float(rng.uniform(0.0, 360.0))
    turbulence = Turbulence(
        plume_height_m=float(np.exp(rng.uniform(math.log(15.0), math.log(50.0)))),
        roughness_m=float(np.exp(rng.uniform(math.log(0.01), math.log(0.1)))),
        convective_velocity_m_s=float(rng.uniform(0.8, 2.0)),
    )
    wind = Wind(speed_m_s=speed, speed_sigma_m_s=0.0, from_deg=from_deg, source="simulated")
    low, high = (math.log(rate) for rate in test.rates_kg_h)
    rates = np.exp(rng.uniform(low, high, size=test.leaks))
    spec = SimulationSpec(
        instrument=test.instrument,
        shape=test.shape,
        seed=seed,
        wind=wind,
        turbulence=turbulence,
        heading_deg=float(rng.uniform(0.0, 360.0)),
        solar_zenith_deg=float(rng.uniform(*test.solar_zenith_deg)),
        ground=Ground(
            brightness=float(rng.uniform(*test.brightness)),
            heterogeneity=float(rng.uniform(0.6, 1.2)),
            field_size_m=float(rng.uniform(800.0, 3000.0)),
        ),
        full_spectrum=test.instrument != "emit",  # the airborne product is known by its number of bands
    )
    alone = [float(r) for r in rates[: test.leaks - test.companions]]
    leaks = random_leaks(rng, test.shape, alone, min_separation=test.min_separation_px, margin=20.0)
    beside = zip(leaks, rates[len(alone) :], strict=False)
    leaks += tuple(_companion(rng, leak, float(rate), test.shape) for leak, rate in beside)
    sigma = math.hypot(TOLD_SIGMA_M_S, TOLD_SIGMA_SHARE * speed)
    told_from = (from_deg + TOLD_FROM_SIGMA_DEG * float(rng.standard_normal())) % 360.0
    told = Wind(
        speed_m_s=max(speed + sigma * float(rng.standard_normal()), 0.3),
        speed_sigma_m_s=sigma,
        from_deg=told_from,
        source="drawn",
    )
    carrying = replace(
        told,
        speed_m_s=turbulence.transport_speed_m_s(wind),
        speed_sigma_m_s=0.0,
        carries_plume=True,
        source="true",
    )
    return Case(spec=replace(spec, leaks=tuple(_as_leaks(leaks))), told=told, carrying=carrying)


def _companion(rng: np.random.Generator, leak: Leak, rate_kg_h: float, shape: tuple[int, int]) -> Leak:
    """A second leak 8 to 28 pixels from the first, in any direction."""
    apart, turn = float(rng.uniform(*COMPANION_PX)), float(rng.uniform(0.0, 2.0 * math.pi))
    row, column = leak.row + apart * math.cos(turn), leak.column + apart * math.sin(turn)
    inside = [float(np.clip(place, 2.0, size - 3.0)) for place, size in zip((row, column), shape, strict=True)]
    return replace(leak, row=inside[0], column=inside[1], rate_kg_h=rate_kg_h)


def _as_leaks(leaks: tuple[Leak, ...]) -> tuple[Leak, ...]:
    return tuple(replace(leak, leak_id=f"leak-{k + 1}") for k, leak in enumerate(leaks))


def isolated(case: Case, number: int, *, reach_px: float = 100.0, half_angle_deg: float = 35.0) -> bool:
    """Whether a leak lies in no other's wake, nor another in its own, within `reach_px`."""
    grid = case.spec.swath.pixel_grid(case.spec.shape)
    here = case.spec.leaks[number]
    downwind = math.radians(case.spec.wind.from_deg + 180.0)
    for k, other in enumerate(case.spec.leaks):
        if k == number:
            continue
        d_row, d_column = other.row - here.row, other.column - here.column
        if math.hypot(d_row, d_column) > reach_px:
            continue
        east = d_row * grid.row_step_m[0] + d_column * grid.column_step_m[0]
        north = d_row * grid.row_step_m[1] + d_column * grid.column_step_m[1]
        turn = (math.atan2(east, north) - downwind + math.pi) % (2.0 * math.pi) - math.pi
        if min(abs(turn), math.pi - abs(turn)) < math.radians(half_angle_deg):
            return False
    return True
