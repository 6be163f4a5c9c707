"""Programmes, read from ``data/programmes/*.toml``: a new programme is one data file and no code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.programme.clocks import Clock, clocks
from superemitter.programme.loading import read_texts
from superemitter.programme.rules import RuleText, Status
from superemitter.programme.strict import Bilingual, ensure_unique, parse

_DATA = files("superemitter") / "data" / "programmes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """A super-emitter programme: one or more legal texts under one name.

    Attributes
    ----------
    id, jurisdiction : str
    title : Bilingual
    tips : Bilingual
        What becomes of a report that is no notification.
    texts : tuple of RuleText
    default_text : str
        Id of the text a case falls under while it is not known which one applies.
    sources : tuple of str
    """

    id: str
    title: Bilingual
    jurisdiction: str
    tips: Bilingual
    texts: tuple[RuleText, ...]
    default_text: str
    sources: tuple[str, ...]

    def text(self, text_id: str = "") -> RuleText:
        """A text by its id; the default text if none is given.

        Raises
        ------
        InvalidValue
            The programme has no such text.
        """
        wanted = text_id or self.default_text
        for text in self.texts:
            if text.id == wanted:
                return text
        known = ", ".join(text.id for text in self.texts)
        raise InvalidValue(f"the programme {self.id} has no text {wanted!r}", hint=f"it has: {known}")

    def texts_as_of(self, day: date) -> tuple[tuple[RuleText, Status], ...]:
        """Every text with its status on a day."""
        return tuple((text, text.status_on(day)) for text in self.texts)

    def duties(
        self,
        moments: Mapping[str, datetime],
        now: datetime,
        *,
        text_id: str = "",
        facts: Mapping[str, str] | None = None,
        rates: Mapping[str, float] | None = None,
    ) -> tuple[Clock, ...]:
        """The clocks of one of its texts; see :func:`~superemitter.programme.clocks.clocks`."""
        return clocks(self.text(text_id), moments, now, facts=facts or {}, rates=rates or {})


@cache
def load_programmes() -> Mapping[str, Programme]:
    """The packaged programmes by id.

    Raises
    ------
    InvalidRules
        A file is not well formed.
    """
    found = [read_programme(item.read_text(encoding="utf-8"), item.name) for item in _files()]
    ensure_unique([programme.id for programme in found], "data/programmes")
    return {programme.id: programme for programme in found}


def load_programme(programme_id: str) -> Programme:
    """A packaged programme.

    Raises
    ------
    InvalidValue
        There is none of that id.
    """
    known = load_programmes()
    if programme_id not in known:
        raise InvalidValue(f"no programme named {programme_id!r}", hint=f"known: {', '.join(sorted(known))}")
    return known[programme_id]


def read_programme(text: str, where: str) -> Programme:
    """A programme from the text of its file.

    Parameters
    ----------
    text : str
        TOML; see ``docs/explanation/programmes.md``.
    where : str
        Name of the file, for errors.

    Raises
    ------
    InvalidRules
        A key is missing, unknown or of the wrong type.
    """
    table = parse(text, where)
    programme_id, jurisdiction = table.text("id"), table.text("jurisdiction")
    programme = Programme(
        id=programme_id,
        title=table.words("title"),
        jurisdiction=jurisdiction,
        tips=table.words("tips"),
        default_text=table.text("default_text"),
        sources=table.texts("sources"),
        texts=read_texts(table, programme_id, jurisdiction),
    )
    table.done()
    ensure_unique([one.id for one in programme.texts], where)
    if programme.default_text not in {one.id for one in programme.texts}:
        raise InvalidRules(f"{where}: default_text is {programme.default_text!r}, which is not there")
    return programme


def _files() -> Iterator[Traversable]:
    return (item for item in sorted(_DATA.iterdir(), key=lambda f: f.name) if item.name.endswith(".toml"))
