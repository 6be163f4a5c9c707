"""What would stop an emission, and how much of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from superemitter.account.inventory import Inventory
from superemitter.account.inventory_uncertainty import NOT_STATED, Estimate, Interval, Mass
from superemitter.account.measures import Measure
from superemitter.account.spread import Spread
from superemitter.model.errors import AccountError
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray

DRAWS: Final = 4000
#: Sectors of measures by how the sources of inventories begin.
_SECTOR_OF: Final = (
    ("coal-underground-mining", "coal-underground"),
    ("coal-surface", "coal-surface"),
    ("oil-gas-", "oil-gas"),
    ("waste-", "waste"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An emission that a measure may act on.

    Attributes
    ----------
    name : str
    sector : str
        Of :data:`superemitter.account.measures.SECTORS`, or ``"coal"`` where it is not known which kind of mine.
    ch4_t : Estimate
        A year's methane. [t]
    part : str
        What of the place emits it; empty: not told apart, so that a measure on a part stops at most so much.
    owner : str
    current_destruction : float or None
        Of a flare, now, 0 to 1.
    simulated : bool
    """

    name: str
    sector: str
    ch4_t: Estimate
    part: str = ""
    owner: str = ""
    current_destruction: float | None = None
    simulated: bool = False

    def __post_init__(self) -> None:
        now = self.current_destruction
        if now is not None and not 0 <= now < 1:
            raise AccountError(f"{self.name}: a flare that destroys {now}", hint="give 0 or more and less than 1")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Option:
    """A measure at a target.

    Attributes
    ----------
    target : Target
    measure : Measure
    share : float or None
        Stopped of the target's emission; None if it cannot be said.
    stops : Mass or CannotSay
        In a year, taken by itself. [t CH4]
    at_most : bool
        The emission is not split into parts: this is an upper bound.
    share_draws, ch4_draws : (draw,) array
        [1, t]
    """

    target: Target
    measure: Measure
    share: float | None
    stops: Mass | CannotSay
    at_most: bool
    share_draws: FloatArray
    ch4_draws: FloatArray


def options_for(
    targets: Sequence[Target], measures: Iterable[Measure], rng: np.random.Generator, draws: int = DRAWS
) -> tuple[Option, ...]:
    """Every measure that applies to some emissions, and how much each would stop if it were taken alone.

    Parameters
    ----------
    targets : sequence of Target
    measures : iterable of Measure
    rng : numpy.random.Generator
    draws : int

    Notes
    -----
    A measure's share is drawn once for all its targets: if it works less well than told, it does so everywhere.
    """
    emissions = [target.ch4_t.draw(rng, draws) for target in targets]
    found = []
    for measure in measures:
        told = measure.share or measure.destruction
        drawn = np.minimum(1.0, told.draw(rng, draws)) if told is not None else np.zeros(draws)
        found += [
            _option(target, measure, ch4, drawn)
            for target, ch4 in zip(targets, emissions, strict=True)
            if _applies(measure, target)
        ]
    order = {target.name: number for number, target in enumerate(targets)}
    return tuple(sorted(found, key=lambda option: order[option.target.name]))


def targets_of_inventory(inventory: Inventory, year: int) -> tuple[Target, ...]:
    """The methane of an inventory's year that measures are known for, one target per line.

    Raises
    ------
    AccountError
        There is none.
    """
    targets = []
    for line in inventory.lines:
        sector = next((s for start, s in _SECTOR_OF if line.source_id.startswith(start)), None)
        if line.gas != "CH4" or line.memo or line.year != year or sector is None or line.emission.value_t <= 0:
            continue
        interval = line.emission.interval
        bounds = (interval.low95_t, interval.high95_t) if isinstance(interval, Interval) else (None, None)
        estimate = Estimate(value=line.emission.value_t)
        if bounds[0] is not None and bounds[0] <= line.emission.value_t <= (bounds[1] or 0.0):
            estimate = Estimate(value=line.emission.value_t, low95=bounds[0], high95=bounds[1])
        targets.append(Target(name=f"{line.name}: {line.source_id}", sector=sector, ch4_t=estimate))
    if not targets:
        raise AccountError(f"the inventory holds no methane of {year} that a measure is known for")
    return tuple(targets)


def target_of_account(
    name: str, sector: str, emission: Spread | CannotSay, *, simulated: bool = False
) -> Target | CannotSay:
    """The target that a source of the register is, or why it is none."""
    if isinstance(emission, CannotSay):
        return emission
    low, high = min(emission.low95, emission.value), max(emission.high95, emission.value)
    estimate = Estimate(value=emission.value, low95=max(0.0, low), high95=high)
    return Target(name=name, sector=sector, ch4_t=estimate, simulated=simulated)


def _applies(measure: Measure, target: Target) -> bool:
    sectors = ("coal-underground", "coal-surface") if target.sector == "coal" else (target.sector,)
    return measure.sector in sectors and target.part in ("", measure.part)


def _option(target: Target, measure: Measure, ch4: FloatArray, drawn: FloatArray) -> Option:
    share, draws, why = measure.share, drawn, None
    value = share.value if share is not None else None
    if measure.destruction is not None:
        now = target.current_destruction
        if now is None:
            why = CannotSay(code="destruction-not-known", reason="it is not told how much the flare destroys now")
        else:
            value = max(0.0, 1.0 - (1.0 - measure.destruction.value) / (1.0 - now))
            draws = np.maximum(0.0, 1.0 - (1.0 - drawn) / (1.0 - now))
    elif share is None:
        why = CannotSay(code="reduction-not-stated", reason="no figure of what it stops is packaged")
    stops: Mass | CannotSay = why or CannotSay(code="reduction-not-stated", reason="")
    if value is not None and why is None:
        stops = mass_of(target.ch4_t.value * value, ch4 * draws, _unstated(target, measure))
    return Option(
        target=target,
        measure=measure,
        share=value if why is None else None,
        stops=stops,
        at_most=target.part == "",
        share_draws=draws,
        ch4_draws=ch4,
    )


def mass_of(value_t: float, draws_t: FloatArray, unstated: str) -> Mass:
    """A mass with its interval, or with the reason why it has none."""
    if unstated:
        return Mass(value_t=value_t, interval=CannotSay(code=NOT_STATED, reason=unstated))
    return Mass(value_t=value_t, interval=Interval.of(draws_t))


def _unstated(target: Target, measure: Measure) -> str:
    told = measure.share or measure.destruction
    if told is None or not told.stated:
        return f"no range is stated for what {measure.id} stops"
    return "" if target.ch4_t.stated else f"no uncertainty is stated for the emission of {target.name}"
