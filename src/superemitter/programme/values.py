"""Single values that people send: text, choices, numbers, dates, times with their zone, files."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

KINDS = ("text", "choice", "number", "date", "datetime", "bool", "file")
MAX_TEXT = 20_000
_TRUE = ("yes", "true", "1", "是")
_FALSE = ("no", "false", "0", "否")
# Control characters hide text from a reader and break files; tab, line feed and carriage return may stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field: its id, and why its value cannot be taken (English, Chinese if at hand)."""

    field: str
    reason: str
    reason_zh: str = ""


def read_value(field: str, kind: str, value: Any, choices: tuple[str, ...] = ()) -> Any:
    """A value as plain JSON, or what is wrong with it.

    Parameters
    ----------
    field : str
        Named in the error.
    kind : str
        One of :data:`KINDS`.
    value : any
        As JSON or a spreadsheet gives it.
    choices : tuple of str
        Allowed values of a ``"choice"``.

    Returns
    -------
    str, float, bool, dict or FieldError
        Dates as ``YYYY-MM-DD``, times as ISO 8601 in UTC.
    """
    reader = {
        "text": _text,
        "number": _number,
        "date": _date,
        "datetime": _moment,
        "bool": _truth,
        "file": _file,
    }.get(kind)
    if reader is None:
        return _choice(field, value, choices)
    return reader(field, value)


def _text(field: str, value: Any) -> str | FieldError:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return FieldError(field=field, reason=f"{value!r} is no text", reason_zh="不是文本")
    text = str(value).strip()
    if len(text) > MAX_TEXT:
        return FieldError(field=field, reason=f"has more than {MAX_TEXT} characters", reason_zh="文本过长")
    if _CONTROL.search(text):
        return FieldError(field=field, reason="holds control characters", reason_zh="含有控制字符")
    return text


def _choice(field: str, value: Any, choices: tuple[str, ...]) -> str | FieldError:
    text = "yes" if value is True else "no" if value is False else str(value).strip().lower()
    for choice in choices:
        if text == choice.lower():
            return choice
    reason = f"is {value!r}; choose one of: {', '.join(choices)}"
    return FieldError(field=field, reason=reason, reason_zh=f"须为以下之一：{'、'.join(choices)}")


def _number(field: str, value: Any) -> float | FieldError:
    wrong = FieldError(field=field, reason=f"{value!r} is no finite number", reason_zh="不是有限的数字")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return wrong
    try:
        number = float(value)
    except ValueError:
        return wrong
    return number if math.isfinite(number) else wrong


def _date(field: str, value: Any) -> str | FieldError:
    wrong = FieldError(
        field=field, reason=f"{value!r} is no date; write YYYY-MM-DD", reason_zh="日期格式须为 YYYY-MM-DD"
    )
    if isinstance(value, datetime):
        # A spreadsheet gives a date as midnight; with a time of day it was not meant as a date.
        return value.date().isoformat() if not any((value.hour, value.minute, value.second)) else wrong
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(str(value).strip()).isoformat()
    except ValueError:
        return wrong


def _moment(field: str, value: Any) -> str | FieldError:
    if isinstance(value, datetime):
        moment = value
    else:
        try:
            moment = datetime.fromisoformat(str(value).strip())
        except ValueError:
            return FieldError(
                field=field,
                reason=f"{value!r} is no time; write 2027-02-01T18:30:00Z or 2027-02-01T11:30:00-07:00",
                reason_zh="时间格式须为 2027-02-01T18:30:00Z",
            )
    if moment.tzinfo is None:
        return FieldError(
            field=field,
            reason=f"{value!s} has no time zone; end it with Z for UTC or an offset such as -07:00",
            reason_zh="缺少时区，请以 Z 或 +08:00 等结尾",
        )
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError:
        return FieldError(field=field, reason=f"{value!s} is out of range", reason_zh="时间超出范围")


def _truth(field: str, value: Any) -> bool | FieldError:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    return FieldError(field=field, reason=f"is {value!r}; answer yes or no", reason_zh="请回答是或否")


def _file(field: str, value: Any) -> dict[str, str] | FieldError:
    """A file as its name, SHA-256 and media type; a bare name waits for whoever reads the attachment."""
    entry = {"name": value} if isinstance(value, str) else value
    if not isinstance(entry, Mapping) or not set(entry) <= {"name", "sha256", "media_type", "caption"}:
        reason = f"is {value!r}; give a file's name, sha256 and media_type"
        return FieldError(field=field, reason=reason, reason_zh="须为文件名及其校验和")
    name = entry.get("name")
    if not isinstance(name, str) or not name.strip() or _CONTROL.search(name) or any(c in name for c in "/\\"):
        return FieldError(field=field, reason=f"{name!r} is no file name", reason_zh="文件名无效")
    digest = entry.get("sha256", "")
    if digest and not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
        return FieldError(field=field, reason=f"{digest!r} is no SHA-256", reason_zh="SHA-256 无效")
    return {key: str(text) for key, text in entry.items()}
