"""Measures that stop methane, as data: where each applies, what share it stops, and where that was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType
from typing import Final

from superemitter.account.inventory_csv import read_text
from superemitter.account.inventory_uncertainty import Estimate
from superemitter.account.tables import DataTable
from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.model.passport import Passport

#: Where measures apply. What the register calls ``coal`` may be either kind of mine.
SECTORS: Final = ("oil-gas", "coal-underground", "coal-surface", "waste")
_DATA = files("superemitter") / "data" / "accounts" / "measures.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """Something that stops methane.

    Attributes
    ----------
    id : str
    title, where : mapping of language to str
    sector : str
        One of :data:`SECTORS`.
    part : str
        Of an emission: what the share is a share of.
    group : str
        Of measures of which one place takes only one; else its own id.
    share : Estimate or None
        That it stops, 0 to 1; None: not stated, or told by `destruction`.
    destruction : Estimate or None
        It brings the destruction of a flare up to this; what it stops depends on what that is now.
    passport : Passport
    """

    id: str
    title: Mapping[str, str]
    where: Mapping[str, str]
    sector: str
    part: str
    group: str
    share: Estimate | None
    destruction: Estimate | None
    passport: Passport


@cache
def load_measures() -> tuple[Measure, ...]:
    """The packaged measures."""
    return parse_measures(_DATA.read_text(encoding="utf-8"), "measures.toml")


def read_measures(path: Path) -> tuple[Measure, ...]:
    """Measures of a file in the form of the packaged one, together with the packaged ones; its own come first.

    A measure of an id that is packaged takes its place: that is how a checked share comes in.

    Raises
    ------
    AccountError
        The file cannot be read.
    InvalidRules
        A key is missing, unknown or wrong.
    """
    own = parse_measures(read_text(path), path.name)
    ids = {measure.id for measure in own}
    return (*own, *(measure for measure in load_measures() if measure.id not in ids))


def parse_measures(text: str, where: str) -> tuple[Measure, ...]:
    """Measures given as TOML."""
    table = DataTable.parse(text, where)
    found = tuple(map(_measure, table.tables("measure")))
    table.done()
    ids = [measure.id for measure in found]
    if not found or len(set(ids)) < len(ids):
        raise InvalidRules(f"{where}: there is no [[measure]], or an id is there twice")
    return found


def parts_of(measures: tuple[Measure, ...], sector: str) -> tuple[str, ...]:
    """The parts of an emission that some measure of a sector acts on."""
    return tuple(dict.fromkeys(measure.part for measure in measures if measure.sector == sector))


def _measure(entry: DataTable) -> Measure:
    name = entry.text("id")
    share, destruction = _estimate(entry, "share"), _estimate(entry, "destruction")
    if share is not None and destruction is not None:
        raise InvalidRules(f"{entry.where}: share beside destruction", hint="give one of them")
    measure = Measure(
        id=name,
        title=_words(entry.table("title")),
        where=_words(entry.table("where")),
        sector=entry.one_of("sector", SECTORS),
        part=entry.text("part"),
        group=entry.text("group", name),
        share=share,
        destruction=destruction,
        passport=entry.passport(),
    )
    entry.done()
    return measure


def _estimate(entry: DataTable, key: str) -> Estimate | None:
    if not entry.has(key):
        return None
    value = float(entry.number(key))
    bounds = [float(entry.number(name)) if entry.has(name) else None for name in ("low", "high")]
    try:
        estimate = Estimate(value=value, low95=bounds[0], high95=bounds[1])
    except InvalidValue as error:
        raise InvalidRules(f"{entry.where}: {error.message}") from error
    if max(value, estimate.high95 or 0.0) > 1:
        raise InvalidRules(f"{entry.where}: {key} is a share of 0 to 1")
    return estimate


def _words(entry: DataTable) -> Mapping[str, str]:
    found = {language: entry.text(language) for language in ("en", "zh")}
    entry.done()
    return MappingProxyType(found)
