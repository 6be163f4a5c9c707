"""Notices as plain JSON types, for events and files, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from superemitter.model.errors import InvalidForm, InvalidValue
from superemitter.programme.notification import Notification


def to_plain(value: Any) -> Any:
    """A noun as JSON carries it: times in ISO 8601, tuples as lists, nouns as objects."""
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list | tuple | frozenset | set):
        parts = sorted(value) if isinstance(value, frozenset | set) else value
        return [to_plain(one) for one in parts]
    if isinstance(value, Mapping):
        return {str(name): to_plain(one) for name, one in value.items()}
    return value


def notification_from(plain: Mapping[str, Any]) -> Notification:
    """A notice from its plain form, as :func:`to_plain` writes it.

    Raises
    ------
    InvalidForm
        A key is missing, unknown, or holds what cannot be read.
    """
    try:
        notice = _build(Notification, plain, "notification")
    except InvalidValue as error:
        raise InvalidForm(f"the notification cannot be read: {error.message}", hint=error.hint) from error
    assert isinstance(notice, Notification)
    return notice


def _build(kind: type, plain: Any, where: str) -> Any:
    if not isinstance(plain, Mapping):
        raise InvalidForm(f"{where} is {plain!r}, not an object")
    hints = get_type_hints(kind)
    if unknown := sorted(set(plain) - set(hints)):
        raise InvalidForm(f"{where}: unknown key {', '.join(map(str, unknown))}")
    given = {name: _read(hints[name], value, f"{where}.{name}") for name, value in plain.items()}
    try:
        return kind(**given)
    except TypeError as error:
        raise InvalidForm(f"{where}: {error}") from error


def _read(hint: Any, value: Any, where: str) -> Any:
    if get_origin(hint) in (UnionType, Union):
        if value is None and NoneType in get_args(hint):
            return None
        hint = next(one for one in get_args(hint) if one is not NoneType)
    if get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise InvalidForm(f"{where} is {value!r}, not a list")
        return tuple(_read(get_args(hint)[0], one, f"{where}[{n}]") for n, one in enumerate(value))
    if is_dataclass(hint):
        return _build(hint, value, where)  # type: ignore[arg-type]
    if hint in (datetime, date):
        return _moment(hint, value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, hint) or (hint is not bool and isinstance(value, bool)):
        raise InvalidForm(f"{where} is {value!r}, not a {hint.__name__}")
    return value


def _moment(hint: type[date], value: Any, where: str) -> date:
    try:
        return hint.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise InvalidForm(f"{where} is {value!r}, not ISO 8601") from error
