"""Sources of the register as emissions that measures may act on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from superemitter.account.abatement import Target, target_of_account
from superemitter.model.errors import AccountError
from superemitter.model.rate import CannotSay
from superemitter.pipeline.annual import account_of_source
from superemitter.register import ObservationQuery, Register, each_observation


def targets_of_sources(
    register: Register,
    source_ids: Sequence[int],
    *,
    sector: str | None = None,
    year: int | None = None,
    assumed_probability: float | None = None,
    seed: int = 0,
) -> tuple[tuple[Target, ...], tuple[tuple[str, str], ...]]:
    """Annual accounts of sources as targets, and the sources that are none, with the reason.

    Parameters
    ----------
    register : Register
    source_ids : sequence of int
    sector : str, optional
        If not what most of the source's plumes say.
    year, assumed_probability, seed
        See :func:`superemitter.pipeline.annual.account_of_source`.

    Raises
    ------
    UnknownRecord
        There is no such source.
    AccountError
        No plume of a source tells its sector, and none is given.
    """
    targets, left_out = [], []
    for source_id in source_ids:
        account = account_of_source(
            register, source_id, year=year, assumed_probability=assumed_probability, seed=seed
        )
        kind = sector or sector_of_source(register, source_id)
        if kind is None:
            raise AccountError(f"no plume of source {source_id} tells its sector", hint="give the sector")
        target = target_of_account(account.name, kind, account.emission, simulated=account.simulated)
        if isinstance(target, CannotSay):
            left_out.append((account.name, target.reason))
        else:
            targets.append(target)
    return tuple(targets), tuple(left_out)


def sector_of_source(register: Register, source_id: int) -> str | None:
    """The sector that most plumes of a source name; None if none does."""
    plumes = each_observation(register, ObservationQuery(source_id=source_id))
    named = Counter(seen.sector for seen in plumes if seen.sector)
    return named.most_common(1)[0][0] if named else None
