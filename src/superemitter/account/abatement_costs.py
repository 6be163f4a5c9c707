"""What each tonne stopped costs, and the marginal abatement cost curve; no cost is invented."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from superemitter.account.abatement import Option, mass_of
from superemitter.account.abatement_csv import Cost
from superemitter.account.inventory_uncertainty import Interval, Mass
from superemitter.account.spread import Spread
from superemitter.model.errors import AccountError
from superemitter.model.rate import CannotSay
from superemitter.model.types import FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    """What a tonne is charged, in which currency, by which law, whether that was checked, and in which sectors.

    The US methane fee is on oil and gas only.
    """

    per_t: float
    currency: str
    law: str
    verified: bool
    sectors: tuple[str, ...] = ("oil-gas",)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rung:
    """One measure at one place, in the order of cost.

    Attributes
    ----------
    option : Option
    cost : Cost
    stops : Mass
        Of what the cheaper measures on the same emission left. [t CH4 yr-1]
    cost_per_t : Spread or CannotSay
        [currency per t CH4]
    cost_value_per_t : float
        By the best estimates. [currency per t CH4]
    with_fee_per_t : float or None
        The same less the fee, where the sector is charged; None without a fee. [currency per t CH4]
    """

    option: Option
    cost: Cost
    stops: Mass
    cost_per_t: Spread | CannotSay
    cost_value_per_t: float
    with_fee_per_t: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The marginal abatement cost curve.

    Attributes
    ----------
    rungs : tuple of Rung
        The cheapest first.
    currency : str
    fee : Fee or None
    stops : Mass
        All of them together. [t CH4 yr-1]
    not_ranked : tuple of (str, str)
        Measure and place, and why it is not in the curve.
    """

    rungs: tuple[Rung, ...]
    currency: str
    fee: Fee | None
    stops: Mass
    not_ranked: tuple[tuple[str, str], ...]

    @property
    def pays_without_fee(self) -> float:
        """What costs nothing or earns. [t CH4 yr-1]"""
        return sum(rung.stops.value_t for rung in self.rungs if rung.cost_value_per_t <= 0)

    @property
    def pays_with_fee(self) -> float:
        """What costs no more than the fee on it. [t CH4 yr-1]"""
        return (
            sum(rung.stops.value_t for rung in self.rungs if (rung.with_fee_per_t or 0.0) <= 0)
            if self.fee
            else 0.0
        )


def cost_curve(options: Sequence[Option], costs: Sequence[Cost], fee: Fee | None = None) -> Curve:
    """Rank measures by what a tonne costs, each on what the cheaper ones left.

    Again and again the measure that stops its tonne most cheaply is taken. Of a group, such as surveys of several
    frequencies, a place takes one; of several measures on one emission each later one finds less.

    Parameters
    ----------
    options : sequence of Option
    costs : sequence of Cost
        A cost of a place counts before one of every place.
    fee : Fee, optional
        What a tonne less saves. The methane fee does so only while the facility is covered and what its owner nets
        stays above zero.

    Raises
    ------
    AccountError
        There are no costs, a cost names a place that is not there, or the fee has another currency.
    """
    if not costs:
        raise AccountError("there are no costs", hint="no cost is packaged: give a table of your own")
    currency = costs[0].currency
    if fee is not None and fee.currency != currency:
        raise AccountError(
            f"the fee is in {fee.currency}, the costs are in {currency}", hint="give them in one currency"
        )
    places = {option.target.name for option in options}
    for cost in costs:
        if cost.name and cost.name not in places:
            raise AccountError(f"a cost names {cost.name!r}, which is no place here")
    open_, refused = _priced(options, costs)
    rungs: list[Rung] = []
    left: dict[tuple[str, str], tuple[float, FloatArray]] = {}
    while open_:
        rung = min(
            (_rung(option, cost, left, fee) for option, cost in open_), key=lambda one: one.cost_value_per_t
        )
        taken = rung.option
        if rung.stops.value_t <= 0:
            refused += [(_label(option), "the cheaper measures leave nothing for it") for option, _ in open_]
            break
        key = _key(taken)
        value, draws = _left_of(taken, left)
        left[key] = (value * (1.0 - (taken.share or 0.0)), draws * (1.0 - taken.share_draws))
        rungs.append(rung)
        beside = [pair for pair in open_ if pair[0] is not taken and _same_group(pair[0], taken)]
        refused += [(_label(option), f"instead of it: {taken.measure.id}") for option, _ in beside]
        open_ = [pair for pair in open_ if pair[0] is not taken and pair not in beside]
    return Curve(rungs=tuple(rungs), currency=currency, fee=fee, stops=_total(rungs), not_ranked=tuple(refused))


def _priced(
    options: Sequence[Option], costs: Sequence[Cost]
) -> tuple[list[tuple[Option, Cost]], list[tuple[str, str]]]:
    by_key = {(cost.measure, cost.name): cost for cost in costs}
    found, refused = [], []
    for option in options:
        cost = by_key.get((option.measure.id, option.target.name)) or by_key.get((option.measure.id, ""))
        if isinstance(option.stops, CannotSay):
            refused.append((_label(option), option.stops.reason))
        elif cost is None:
            refused.append((_label(option), "the table holds no cost of it"))
        elif option.stops.value_t <= 0:
            refused.append((_label(option), "it would stop nothing"))
        else:
            found.append((option, cost))
    return found, refused


def _rung(
    option: Option, cost: Cost, left: dict[tuple[str, str], tuple[float, FloatArray]], fee: Fee | None
) -> Rung:
    assert isinstance(option.stops, Mass)
    value, draws = _left_of(option, left)
    share = option.share or 0.0
    tonnes = option.target.ch4_t.value * value * share
    drawn = option.ch4_draws * draws * option.share_draws
    why = option.stops.interval
    stops = mass_of(tonnes, drawn, why.reason if isinstance(why, CannotSay) else "")
    per_t = cost.yearly / tonnes if tonnes > 0 else math.inf
    spread: Spread | CannotSay
    if isinstance(why, CannotSay):
        spread = why
    elif not (drawn > 0).all():
        spread = CannotSay(code="may-stop-nothing", reason="it may stop nothing: a tonne has no upper price")
    else:
        spread = Spread.of(per_t, cost.yearly / drawn)
    return Rung(
        option=option,
        cost=cost,
        stops=stops,
        cost_per_t=spread,
        cost_value_per_t=per_t,
        with_fee_per_t=None if fee is None else per_t - _charged(option, fee),
    )


def _charged(option: Option, fee: Fee) -> float:
    return fee.per_t if option.target.sector in fee.sectors else 0.0


def _left_of(option: Option, left: dict[tuple[str, str], tuple[float, FloatArray]]) -> tuple[float, FloatArray]:
    return left.get(_key(option), (1.0, np.ones_like(option.share_draws)))


def _total(rungs: Sequence[Rung]) -> Mass:
    """All rungs; their draws add up because what is left was drawn with them."""
    value = sum(rung.stops.value_t for rung in rungs)
    bare = [rung.stops.interval for rung in rungs if isinstance(rung.stops.interval, CannotSay)]
    if bare:
        return Mass(value_t=value, interval=bare[0])
    if not rungs:
        return Mass(value_t=0.0, interval=Interval.of(np.zeros(1)))
    left: dict[tuple[str, str], tuple[float, FloatArray]] = {}
    total = np.zeros_like(rungs[0].option.share_draws)
    for rung in rungs:
        share, draws = _left_of(rung.option, left)
        total = total + rung.option.ch4_draws * draws * rung.option.share_draws
        left[_key(rung.option)] = (share, draws * (1.0 - rung.option.share_draws))
    return Mass(value_t=value, interval=Interval.of(total))


def _key(option: Option) -> tuple[str, str]:
    return option.target.name, option.target.part


def _same_group(one: Option, other: Option) -> bool:
    return _key(one) == _key(other) and one.measure.group == other.measure.group


def _label(option: Option) -> str:
    return f"{option.measure.id} at {option.target.name}"
