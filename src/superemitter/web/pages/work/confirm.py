"""What will be recorded, shown once more before it is: nothing that is recorded can be deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi.responses import Response

from superemitter.web.context import Context
from superemitter.web.pages.filled import Filled


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A line of what will be recorded."""

    label: str
    value: str


def confirm(
    context: Context,
    *,
    title: str,
    action: str,
    back: str,
    filled: Filled,
    shown: Sequence[Shown],
    told: str,
    also: Mapping[str, str] | None = None,
) -> Response:
    """The page that asks once more; its form sends what was filled in again, and ``confirm``.

    Parameters
    ----------
    context : Context
    title, told : str
        Messages: what will be done, and what follows from it.
    action, back : str
        Where the form goes, and where to go without sending it.
    filled : Filled
    shown : sequence of Shown
    also : mapping, optional
        More hidden values: the text of a file.
    """
    hidden = {name: value for name, value in filled.kept().items() if name != "confirm" and value}
    return context.page(
        "work/confirm.html",
        title=title,
        action=action,
        back=back,
        hidden={**hidden, **(also or {})},
        token=filled.text("form_token"),
        shown=shown,
        told=told,
    )
