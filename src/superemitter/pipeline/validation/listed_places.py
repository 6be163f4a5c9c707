"""The attribution test: leaks at real listed places and at unlisted ones, and the list the scan is given."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from pyproj import Geod
from scipy.spatial import cKDTree

from superemitter.model import Facility, Wind
from superemitter.model.errors import FacilityError
from superemitter.model.types import BoolArray, FloatArray
from superemitter.observe.facilities import read_facilities
from superemitter.pipeline.validation.ensemble import BlindTest, draw_case
from superemitter.simulate import Leak, SimulationSpec

SAME_PLACE_M = 100.0
"""Entries of the lists that lie so near to each other are one place: real lists hold many places twice. [m]"""

NEIGHBOUR_M = 2000.0
CROWDED_SHARE = 0.5
UNLISTED_SHARE = 0.2
ELSEWHERE_M = 2000.0
LISTING_SIGMA_M, ROUGH_SIGMA_M, ROUGH_SHARE = 50.0, 200.0, 0.2
_LARGEST_EMITTER_M = 1000.0
_MARGIN_PX = 20.0
_DRAW = 78  # stream of the places, apart from that of the ensemble
_EARTH_M = 6_371_000.0
_WGS84 = Geod(ellps="WGS84")

ATTRIBUTION = BlindTest(
    name="attribution",
    first_seed=30_000,
    scenes=30,
    shape=(1280, 120),
    leaks=3,
    rates_kg_h=(1000.0, 20_000.0),
    min_separation_px=50.0,
)
"""Leaks strong enough to be found, at most three a scene; take it with :func:`dataclasses.replace`."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Places:
    """Facilities of all lists together, and which of them may leak.

    Attributes
    ----------
    facilities : tuple of Facility
    emitters : (n,) integer array
        Places, not areas: of 1 km radius or less; below 70 degrees of latitude.
    crowded : (n,) integer array
        Those with another place within 2 km.
    """

    facilities: tuple[Facility, ...]
    emitters: np.ndarray
    crowded: np.ndarray
    _tree: cKDTree

    @classmethod
    def of(cls, facilities: Sequence[Facility]) -> Self:
        """Sort a list once.

        Raises
        ------
        FacilityError
            It holds no place that may leak.
        """
        table = np.array([(f.longitude, f.latitude, f.radius_m) for f in facilities], dtype=float).reshape(-1, 3)
        longitude, latitude, radius_m = table.T
        tree = cKDTree(_on_sphere(longitude, latitude))
        fit = (radius_m <= _LARGEST_EMITTER_M) & (np.abs(latitude) < 70.0) & (np.abs(longitude) < 179.0)
        emitters = np.flatnonzero(fit)
        if emitters.size == 0:
            raise FacilityError("the lists hold no place that may leak", hint="give points, or areas below 1 km")
        near, same = (
            np.array(tree.query_ball_point(tree.data[emitters], reach, return_length=True))
            for reach in (NEIGHBOUR_M, SAME_PLACE_M)
        )
        return cls(facilities=tuple(facilities), emitters=emitters, crowded=emitters[near > same], _tree=tree)

    @classmethod
    def read(cls, paths: Sequence[Path]) -> Self:
        """Of one or several facility files.

        Raises
        ------
        FacilityError
            A file cannot be read, or no place may leak.
        """
        return cls.of([facility for path in paths for facility in read_facilities(path).facilities])

    def same_place(self, number: int) -> frozenset[int]:
        """Numbers of all entries at the place of one of them, itself included."""
        return frozenset(self._tree.query_ball_point(self._tree.data[number], SAME_PLACE_M))


def _on_sphere(longitude: FloatArray, latitude: FloatArray) -> FloatArray:
    """Places as points in space. (n, 3) [m]"""
    east, north = np.radians(longitude), np.radians(latitude)
    out: FloatArray = _EARTH_M * np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=-1
    )
    return out


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitter:
    """Where the gas of a leak truly comes from.

    Attributes
    ----------
    kind : str
        ``"listed"``; ``"removed"``: its place was taken from the list; ``"elsewhere"``: at no listed place.
    same_place : frozenset of int
        Numbers of the entries that name it; empty unless listed.
    crowded : bool
        Another listed place lies within 2 km of the place it was drawn for.
    offset_m : float
        From the listed point to the leak.
    """

    kind: str
    same_place: frozenset[int]
    crowded: bool
    offset_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedCase:
    """A scene of the attribution test.

    Attributes
    ----------
    spec : SimulationSpec
    told : Wind
    emitters : tuple of Emitter
        Of ``spec.leaks``, in their order.
    removed : frozenset of int
        Entries taken from the list before the scan sees it.
    """

    spec: SimulationSpec
    told: Wind
    emitters: tuple[Emitter, ...]
    removed: frozenset[int]


def draw_listed_case(test: BlindTest, seed: int, places: Places) -> ListedCase:
    """Everything of one scene of the attribution test, from its seed alone.

    The scene lies around a listed place, every second time one with a neighbour; other listed places inside the
    scene leak as well, as far as they stand free. One leak in five comes from no listed place: half of these are
    taken from the list with all entries of their place, half lie anywhere within 2 km of one that stays listed.
    """
    rng = np.random.default_rng([seed, _DRAW])
    base = draw_case(replace(test, leaks=0), seed)
    pool = places.crowded if places.crowded.size and rng.random() < CROWDED_SHARE else places.emitters
    first = int(rng.choice(pool))
    spec = replace(
        base.spec, longitude=places.facilities[first].longitude, latitude=places.facilities[first].latitude
    )
    low, high = (math.log(rate) for rate in test.rates_kg_h)
    leaks: list[Leak] = []
    emitters: list[Emitter] = []
    removed: frozenset[int] = frozenset()
    for number in [first, *_others(spec, places, first, rng)]:
        if len(leaks) == test.leaks:
            break
        emitter, row, column = _emitter(spec, places, number, rng)
        rate = float(np.exp(rng.uniform(low, high)))
        if not _fits(row, column, leaks, spec, test.min_separation_px):
            continue
        leaks.append(Leak(row=row, column=column, rate_kg_h=rate, leak_id=f"leak-{len(leaks) + 1}"))
        emitters.append(emitter)
        if emitter.kind == "removed":
            removed |= places.same_place(number)
    return ListedCase(
        spec=replace(spec, leaks=tuple(leaks)), told=base.told, emitters=tuple(emitters), removed=removed
    )


def _others(spec: SimulationSpec, places: Places, first: int, rng: np.random.Generator) -> list[int]:
    """Other places inside the scene, in random order."""
    points = np.array([(places.facilities[i].longitude, places.facilities[i].latitude) for i in places.emitters])
    rows, columns = spec.swath.pixels_of(spec.shape, points[:, 0], points[:, 1])
    inside = _inside(rows, columns, spec.shape) & (places.emitters != first)
    return [int(i) for i in rng.permutation(places.emitters[inside])]


def _inside(rows: FloatArray, columns: FloatArray, shape: tuple[int, int]) -> BoolArray:
    margin = _MARGIN_PX
    out: BoolArray = (rows >= margin) & (rows <= shape[0] - margin) & (columns >= margin)
    return out & (columns <= shape[1] - margin)


def _fits(row: float, column: float, leaks: Sequence[Leak], spec: SimulationSpec, apart_px: float) -> bool:
    if not _inside(np.asarray(row), np.asarray(column), spec.shape):
        return False
    return all(math.hypot(row - leak.row, column - leak.column) >= apart_px for leak in leaks)


def _emitter(
    spec: SimulationSpec, places: Places, number: int, rng: np.random.Generator
) -> tuple[Emitter, float, float]:
    """The emitter drawn for a listed place, and its row and column."""
    facility = places.facilities[number]
    kind = "listed" if rng.random() >= UNLISTED_SHARE else ("removed" if rng.random() < 0.5 else "elsewhere")
    if kind == "elsewhere":
        east, north = _in_disc(ELSEWHERE_M, rng)
    else:
        sigma_m = ROUGH_SIGMA_M if rng.random() < ROUGH_SHARE else LISTING_SIGMA_M
        east, north = np.add(_in_disc(facility.radius_m, rng), sigma_m * rng.standard_normal(2)).tolist()
    offset_m = math.hypot(east, north)
    bearing = math.degrees(math.atan2(east, north))
    longitude, latitude, _ = _WGS84.fwd(facility.longitude, facility.latitude, bearing, offset_m)
    row, column = spec.swath.pixels_of(spec.shape, np.asarray(longitude), np.asarray(latitude))
    emitter = Emitter(
        kind=kind,
        same_place=places.same_place(number) if kind == "listed" else frozenset(),
        crowded=bool(np.isin(number, places.crowded)),
        offset_m=offset_m,
    )
    return emitter, float(row), float(column)


def _in_disc(radius_m: float, rng: np.random.Generator) -> tuple[float, float]:
    """East and north of a place drawn evenly over a disc. [m]"""
    reach, turn = radius_m * math.sqrt(rng.random()), rng.uniform(0.0, 2.0 * math.pi)
    return reach * math.sin(turn), reach * math.cos(turn)
