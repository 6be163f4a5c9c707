"""Sources of the register to hold against an inventory."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from superemitter.account.annual import AnnualAccount, hours_of
from superemitter.account.cautions import Caution
from superemitter.account.reconcile import ObservedSource, observed_source
from superemitter.account.sizes import DetectionCurve
from superemitter.account.spread import Spread
from superemitter.model.errors import UsageError
from superemitter.model.rate import CannotSay
from superemitter.pipeline.annual import account_of_source
from superemitter.register import ObservationQuery, Register, each_observation, source


def source_ids_of(
    register: Register,
    *,
    source_ids: Sequence[int] = (),
    bbox: tuple[float, float, float, float] | None = None,
    countries: Sequence[str] = (),
    sector: str | None = None,
    simulated: bool = False,
    exportable: bool = False,
    excluding: Collection[int] = (),
) -> tuple[int, ...]:
    """Sources by number, or all with a plume in a box or a country.

    Parameters
    ----------
    register : Register
    source_ids : sequence of int
        Exactly these; the rest is then not used.
    bbox : (west, south, east, north), optional
        [degree]
    countries : sequence of str
        As catalogues write them: name or code.
    sector : str, optional
        ``"oil-gas"``, ``"coal"``, ``"waste"``.
    simulated : bool
        Simulated sources instead of real ones: never both.
    exportable : bool
        Only by records whose licence lets them leave the register.
    excluding : collection of int
        Observations that do not count.

    Raises
    ------
    UsageError
        Neither is given, or simulated sources stand among real ones.
    UnknownRecord
        There is no source of a number.
    """
    if source_ids:
        kinds = {source(register, number).simulated for number in source_ids}
        if len(kinds) > 1:
            raise UsageError("simulated sources among real ones", hint="reconcile them apart")
        return tuple(dict.fromkeys(source_ids))
    if bbox is None and not countries:
        raise UsageError("no sources are chosen", hint="give --source, --bbox or --country")
    found: dict[int, None] = {}
    for country in countries or (None,):
        query = ObservationQuery(
            bbox=bbox, country=country, sector=sector, simulated=simulated, exportable=exportable
        )
        for seen in each_observation(register, query, excluding=excluding):
            if seen.source_id is not None:
                found[seen.source_id] = None
    return tuple(sorted(found))


def observed_sources(
    register: Register,
    source_ids: Sequence[int],
    year: int,
    *,
    assumed_probability: float | None = None,
    assumed_persistence: float | None = None,
    assumed_looks: int | None = None,
    one_look: DetectionCurve | None = None,
    seed: int = 0,
    exportable: bool = False,
    excluding: Collection[int] = (),
) -> tuple[tuple[ObservedSource, ...], tuple[Caution, ...]]:
    """Each source's year, and what had to be assumed for it.

    Parameters
    ----------
    register : Register
    source_ids : sequence of int
    year : int
    assumed_probability, assumed_looks : optional
        See :func:`superemitter.pipeline.annual.account_of_source`.
    assumed_persistence : float, optional
        Share of the time that a source emits whose own cannot be said.
    one_look : DetectionCurve, optional
        Of a single look at a source that emits: what the assumed looks would have seen, unless
        `assumed_probability` says it.
    seed : int
    exportable, excluding
        As in :func:`source_ids_of`.

    Returns
    -------
    sources : tuple of ObservedSource
    assumptions : tuple of Caution
    """
    found, assumed, open_passes = [], 0, False
    for source_id in source_ids:
        account = account_of_source(
            register,
            source_id,
            year=year,
            assumed_probability=assumed_probability,
            assumed_looks=assumed_looks,
            seed=seed + source_id,
            exportable=exportable,
            excluding=excluding,
        )
        if not account.passes:
            continue  # nothing looked at it in that year
        if assumed_looks is not None and one_look is not None and assumed_probability is None:
            account = _by_size(register, source_id, account, one_look, year, assumed_looks, seed)
        open_passes |= assumed_probability is not None and any(
            caution.code == "assumed-probability" for caution in account.cautions
        )
        one = observed_source(account)
        mean = account.mean_rate
        if isinstance(account.persistence, CannotSay) and isinstance(mean, Spread) and assumed_persistence:
            emission = mean.times(assumed_persistence * hours_of(year) / 1000.0)
            one = replace(one, persistence=assumed_persistence, emission=emission, found_by_looks=False)
            assumed += 1
        found.append(one)
    told = []
    if assumed:
        text = f"ASSUMED, not known: {assumed} sources emit {assumed_persistence:.0%} of the time, without error"
        share = float(assumed_persistence or 0.0)
        figures = {"count": float(assumed), "persistence": share}
        told.append(Caution(code="assumed-persistence", text=text, values=figures, assumed=True))
    if assumed_looks is not None and found:
        text = (
            f"ASSUMED, not known: {assumed_looks} looks at each place in {year}; what is in no list was not seen"
        )
        told.append(Caution(code="assumed-looks", text=text, values={"looks": float(assumed_looks)}, assumed=True))
    if open_passes:
        chance = float(assumed_probability or 0.0)
        text = f"ASSUMED, not known: passes without a plume had {chance:.0%} of seeing one"
        told.append(Caution(code="assumed-probability", text=text, values={"probability": chance}, assumed=True))
    return tuple(found), tuple(told)


def _by_size(
    register: Register,
    source_id: int,
    account: AnnualAccount,
    one_look: DetectionCurve,
    year: int,
    assumed_looks: int,
    seed: int,
) -> AnnualAccount:
    """The account again, with the probability that a look sees a source of this size."""
    if isinstance(account.mean_rate, CannotSay) or account.mean_rate.value <= 0:
        return account
    chance = float(one_look.probability(np.array([account.mean_rate.value]))[0])
    return account_of_source(
        register,
        source_id,
        year=year,
        assumed_probability=chance,
        assumed_looks=assumed_looks,
        seed=seed + source_id,
    )


def mean_persistence(sources: Sequence[ObservedSource]) -> float:
    """Of the sources that have one; 1 if none has."""
    shares = [one.persistence for one in sources if one.persistence]
    return float(np.mean(shares)) if shares else 1.0
