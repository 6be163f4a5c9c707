"""What programs may ask of a list, read from the address; what is not known is refused, never ignored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Final

from fastapi import Request

from superemitter.model.errors import UsageError
from superemitter.pipeline.ledger import Filters, parse_filters

DEFAULT_LIMIT: Final = 100
LARGEST_LIMIT: Final = 1000
_TIMES: Final = ("since", "until")
_OPEN: Final = ("", "..")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """A question for a page of a list.

    Attributes
    ----------
    filters : Filters
    query : mapping of str to str
        What the address said, less the page.
    limit : int
    after : str or None
    """

    filters: Filters
    query: dict[str, str]
    limit: int
    after: str | None


def asked(request: Request, known: Collection[str]) -> dict[str, str]:
    """The query of an address.

    Raises
    ------
    UsageError
        It has a name that is not known, or one of them twice.
    """
    pairs = request.query_params.multi_items()
    names = [name for name, _ in pairs]
    unknown = sorted(set(names) - set(known))
    if unknown:
        hint = f"known are: {', '.join(known)}" if known else "this address takes none"
        raise UsageError(f"unknown parameter: {', '.join(unknown)[:80]}", hint=hint)
    if len(set(names)) != len(names):
        raise UsageError("a parameter is given more than once", hint="give each one once")
    return dict(pairs)


def question(request: Request, filters: Collection[str]) -> Asking:
    """A question for a page of a list that may be narrowed by some filters.

    Raises
    ------
    UsageError
        A parameter is not known or cannot be read.
    """
    query = asked(request, ("limit", "after", "datetime", *filters))
    limit, after = limit_of(query.pop("limit", "")), query.pop("after", "") or None
    return Asking(filters=filters_in(query), query=query, limit=limit, after=after)


def filters_in(query: dict[str, str]) -> Filters:
    """Filters, with ``datetime`` as OGC API Features has it among them.

    Raises
    ------
    UsageError
        A filter cannot be read, or the time is asked for in two ways.
    """
    named = {name: value for name, value in query.items() if name != "datetime"}
    found = parse_filters(named)
    if not query.get("datetime", "").strip():
        return found
    if any(named.get(name) for name in _TIMES):
        raise UsageError("the time is asked for twice", hint="give datetime, or since and until")
    since, until = interval(query["datetime"].strip())
    return replace(found, since=since, until=until)


def interval(text: str) -> tuple[datetime | None, datetime | None]:
    """The time from (included) to (excluded) of ``datetime``: a moment, a day, or ``a/b`` with ``..`` for open.

    Raises
    ------
    UsageError
        It is none.
    """
    first, slash, last = text.partition("/")
    if not slash:
        return _span(text)
    since = None if first in _OPEN else _span(first)[0]
    until = None if last in _OPEN else _span(last)[1]
    if since is not None and until is not None and since >= until:
        raise UsageError("the time ends before it begins", hint="datetime is written from/to")
    return since, until


def _span(text: str) -> tuple[datetime, datetime]:
    """A day, or a moment: both ends of an interval belong to it."""
    try:
        if len(text) == 10:
            day = datetime.combine(datetime.fromisoformat(text).date(), time(0), UTC)
            return day, day + timedelta(days=1)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC)
            return moment, moment + timedelta(microseconds=1)
    except (ValueError, OverflowError):
        pass
    raise UsageError(
        f"datetime is {text[:40]!r}",
        hint="write 2026-09-01, 2026-09-01T12:00:00Z, or two of them with / between and .. for an open end",
    )


def limit_of(text: str) -> int:
    """How many rows; more than the largest page is the largest page, as OGC API Features asks.

    Raises
    ------
    UsageError
        It is no whole number from 1.
    """
    if not text.strip():
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) >= 1):
        raise UsageError(
            f"limit is {text[:40]!r}", hint=f"give a whole number from 1; at most {LARGEST_LIMIT} come"
        )
    return min(int(text), LARGEST_LIMIT)
