"""A case's large release as people read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from superemitter.account.large_release_records import NO_PRICE, banners, mass_words, sentence
from superemitter.cli.output import console
from superemitter.model import CannotSay

if TYPE_CHECKING:
    from superemitter.account.large_release import LargeRelease


def show_release(release: LargeRelease | CannotSay) -> None:
    """The sentence, the test, and every basis beside the others."""
    from rich.table import Table

    if isinstance(release, CannotSay):
        typer.echo(f"if this were reported: cannot say: {release.reason}")
        return
    typer.echo(sentence(release))
    table = Table(title=release.rules.title["en"])
    for name in ("basis", "from", "to", "days", "CH4", "checked"):
        table.add_column(name, overflow="fold")
    for basis, one in release.durations.items():
        mark = " (would be reported)" if basis is release.reported_basis else ""
        if isinstance(one, CannotSay):
            table.add_row(f"{basis.value}{mark}", f"cannot say: {one.reason}", "", "", "", "")
            continue
        until = f"{one.end.middle:%Y-%m-%d}" + (" and on" if one.ongoing else "")
        days, verified = f"{one.hours / 24:.1f}", all(passport.verified for passport in one.passports)
        table.add_row(
            f"{basis.value}{mark}",
            f"{one.start.middle:%Y-%m-%d}",
            until,
            days,
            mass_words(one.mass),
            "yes" if verified else "no",
        )
    console().print(table)
    test = release.test
    chance = test.probability
    said = "" if isinstance(chance, CannotSay) else f" (probability {chance:.0%})"
    typer.echo(f"large enough? {_answer(test.answer)}: {test.reason}{said} [{test.passport.citation}]")
    for line in (*map(str, release.cautions), *banners(release), release.rules.scope["en"], NO_PRICE):
        typer.echo(line)


def _answer(answer: bool | CannotSay) -> str:
    return "cannot say" if isinstance(answer, CannotSay) else "yes" if answer else "no"
