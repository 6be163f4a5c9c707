"""A form that came back: its values, where each stood, and the zone of its times."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

from superemitter.model.errors import InvalidForm

MANY: Final = 5  # answers a question with several takes in a spreadsheet
_TOLD: Final = 20
_OFFSET: Final = re.compile(r"(?:UTC|GMT)?([+-−])(\d{1,2}):?(\d{2})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """What a person filled in, before it is judged.

    Attributes
    ----------
    form_id, case_id : str
    values : mapping
        For :func:`superemitter.programme.forms.validate_answer`; only what was filled in.
    places : mapping of field id to str
        Where a value stands in the file: ``"C12"``, ``"values.source"``.
    """

    form_id: str
    case_id: str
    values: Mapping[str, Any]
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def refuse(path: Path, faults: Sequence[str]) -> None:
    """Raise InvalidForm with every fault, each with its place; do nothing without one."""
    if not faults:
        return
    more = f"; and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
    raise InvalidForm(
        f"{path.name}: {'; '.join(faults[:_TOLD])}{more}", hint="correct the places named and send the file again"
    )


def zone_of(text: str) -> tzinfo | None:
    """A time zone from its name or offset; None if there is none of that name.

    ``UTC``, ``Z``, ``-06:00``, ``UTC+8``, ``America/Chicago``.
    """
    name = text.strip()
    if name.upper() in ("UTC", "Z", "GMT"):
        return UTC
    offset = _OFFSET.fullmatch(name.upper())
    if offset is not None:
        sign, hours, minutes = offset.groups()
        delta = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(delta if sign == "+" else -delta) if delta < timedelta(hours=15) else None
    # ZoneInfo reads a file of that name: nothing but a plain zone name may reach it.
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def zoned(value: Any, zone: tzinfo | None) -> Any:
    """A time with its zone, in ISO 8601; what is no time, or still lacks a zone, comes back as it was.

    Raises
    ------
    ValueError
        The zone has no such time, or has it twice (clocks were changed); the message says so.
    """
    moment = value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            return value
    if not isinstance(moment, datetime) or moment.tzinfo is not None or zone is None:
        return value
    early, late = moment.replace(tzinfo=zone, fold=0), moment.replace(tzinfo=zone, fold=1)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != moment:
        raise ValueError(f"{moment} does not exist in {zone}: the clocks were put forward")
    if early.utcoffset() != late.utcoffset():
        raise ValueError(f"{moment} happened twice in {zone}: give it with its offset, as in {early.isoformat()}")
    return early.isoformat()
