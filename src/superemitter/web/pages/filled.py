"""A form as a browser sent it: texts, choices, files, and moments with their zone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile

from superemitter.model.errors import InvalidForm
from superemitter.pipeline.uploads import Upload
from superemitter.programme.values import FieldError, read_value
from superemitter.web.i18n import Speaker

#: What one form may hold; the size of the whole is bounded before.
_MOST_FILES: Final = 20
_MOST_FIELDS: Final = 300
_LARGEST_FIELD: Final = 1_000_000
#: Offsets from UTC that clocks on the Earth have. [hour]
_HOURS: Final = (
    *(
        -12,
        -11,
        -10,
        -9.5,
        -9,
        -8,
        -7,
        -6,
        -5,
        -4,
        -3.5,
        -3,
        -2,
        -1,
        0,
        1,
        2,
        3,
        3.5,
        4,
        4.5,
        5,
        5.5,
        5.75,
        6,
        6.5,
    ),
    *(7, 8, 8.75, 9, 9.5, 10, 10.5, 11, 12, 12.75, 13, 14),
)


class Filled:
    """What was sent: every value under its name."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    def text(self, name: str) -> str:
        """A text, without blanks around it; empty if it was not sent."""
        value = self._form.get(name)
        return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""

    def texts(self, name: str) -> list[str]:
        """Every value of a name that is not empty."""
        return [one.strip() for one in self._form.getlist(name) if isinstance(one, str) and one.strip()]

    def uploads(self, *names: str) -> list[Upload]:
        """The files under some names, as they came in."""
        sent = [one for name in names for one in self._form.getlist(name)]
        files = [one for one in sent if isinstance(one, UploadFile) and (one.filename or one.size)]
        return [Upload(name=one.filename or "", content=_content(one)) for one in files]

    def kept(self) -> dict[str, str]:
        """Every text that was sent, for showing the form again; never the form's own token."""
        return {name: self.text(name) for name in self._form if name != "form_token"}

    def moment(self, name: str) -> str:
        """A time of a ``datetime-local`` input and of the zone beside it, in ISO 8601; empty if there is none."""
        local = self.text(name)
        return local + self.text(f"{name}_zone") if local else ""


def _content(sent: UploadFile) -> bytes:
    """Everything in a file, however often it is asked for."""
    sent.file.seek(0)
    return sent.file.read()


async def _filled(request: Request) -> AsyncIterator[Filled]:
    sent = request.form(max_files=_MOST_FILES, max_fields=_MOST_FIELDS, max_part_size=_LARGEST_FIELD)
    async with sent as form:
        yield Filled(form)


#: What a handler asks for: ``def send(context: Asked, filled: Sent) -> Response``.
Sent = Annotated[Filled, Depends(_filled)]


def zones() -> list[tuple[str, str]]:
    """Offsets from UTC to choose from: as ISO 8601 has them, and as they are shown."""
    return [(_offset(hours), "UTC" if hours == 0 else f"UTC{_offset(hours)}") for hours in _HOURS]


def _offset(hours: float) -> str:
    minutes = round(abs(hours) * 60)
    return f"{'-' if hours < 0 else '+'}{minutes // 60:02d}:{minutes % 60:02d}"


def require_texts(values: Mapping[str, Any]) -> None:
    """Refuse texts that hide something or cannot be stored.

    Raises
    ------
    InvalidForm
        Names every field that is wrong.
    """
    read = [read_value(name, "text", value) for name, value in values.items() if isinstance(value, str)]
    if faults := [one for one in read if isinstance(one, FieldError)]:
        raise InvalidForm("; ".join(f"{one.field}: {one.reason}" for one in faults))


def occurred(filled: Filled, name: str = "occurred") -> datetime | None:
    """When something happened, if the form says so.

    Raises
    ------
    InvalidForm
        It is no time, or the zone is not said.
    """
    if not (written := filled.moment(name)):
        return None
    read = read_value(name, "datetime", written)
    if isinstance(read, FieldError):
        raise InvalidForm(f"{name}: {read.reason}", hint="choose the offset from UTC beside the time")
    return datetime.fromisoformat(read)


def reason_in(say: Speaker, fault: FieldError) -> str:
    """What is wrong with a field, in the language of the page if it is known in it."""
    return fault.reason_zh if say.language == "zh" and fault.reason_zh else fault.reason


def by_field(say: Speaker, faults: Iterable[FieldError]) -> dict[str, list[str]]:
    """What is wrong, by field."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(fault.field, []).append(reason_in(say, fault))
    return found
