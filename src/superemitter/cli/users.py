"""``superemitter users``: accounts of the explorer, from the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from superemitter.cli import clock, options
from superemitter.cli.output import console, print_json

users = typer.Typer(
    name="users",
    help="Accounts of the explorer: the first administrator is made here.",
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="What one signs in with.")]


@users.command()
def add(
    name: Name,
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help="notifier, reviewer, operator or administrator.")
    ],
    display_name: Annotated[
        str, typer.Option("--display-name", metavar="TEXT", help="What a case's history says. Left out: NAME.")
    ] = "",
    operator: Annotated[
        str, typer.Option("--operator", metavar="TEXT", help="Whom an operator's account acts for, as in notices.")
    ] = "",
    db: options.Db = None,
    as_json: options.Json = False,
) -> None:
    """Make an account and show its password, once."""
    from superemitter.cli.cases import opened
    from superemitter.pipeline.identity import CONSOLE, add_user

    with opened(db) as book:
        made, password = add_user(
            book,
            name=name,
            display_name=display_name or name,
            role=role,
            operator=operator,
            by=CONSOLE,
            now=clock.now(),
        )
    if as_json:
        print_json({"user_id": made.user_id, "name": made.name, "role": made.role, "password": password})
    else:
        typer.echo(f"{made.name} ({made.role}), password: {password}")


@users.command("list")
def list_(db: options.Db = None, as_json: options.Json = False) -> None:
    """List accounts."""
    from rich.table import Table

    from superemitter.cli.cases import opened
    from superemitter.register.people import list_users

    with opened(db) as book:
        found = list_users(book)
    if as_json:
        rows = [
            {"name": one.name, "display_name": one.display_name, "role": one.role, "operator": one.operator,
             "disabled": one.disabled_at is not None}
            for one in found
        ]  # fmt: skip
        print_json({"users": rows})
        return
    table = Table()
    for head in ("name", "shown as", "role", "acts for", ""):
        table.add_column(head, overflow="fold")
    for one in found:
        table.add_row(one.name, one.display_name, one.role, one.operator, "disabled" if one.disabled_at else "")
    console().print(table)


@users.command()
def password(name: Name, db: options.Db = None, as_json: options.Json = False) -> None:
    """Set a new password and show it, once; whoever is signed in with the account is signed out."""
    from superemitter.cli.cases import opened
    from superemitter.pipeline.identity import CONSOLE, require_user, reset_password

    with opened(db) as book:
        chosen = reset_password(book, require_user(book, name).user_id, by=CONSOLE, now=clock.now())
    if as_json:
        print_json({"name": name, "password": chosen})
    else:
        typer.echo(f"{name}, password: {chosen}")


@users.command()
def disable(
    name: Name,
    again: Annotated[bool, typer.Option("--undo", help="Let the account in again.")] = False,
    db: options.Db = None,
) -> None:
    """Keep an account out, and sign it out."""
    from superemitter.cli.cases import opened
    from superemitter.pipeline.identity import CONSOLE, enable_user, require_user

    with opened(db) as book:
        enable_user(book, require_user(book, name).user_id, enabled=again, by=CONSOLE, now=clock.now())
    typer.echo(f"{name} is {'enabled' if again else 'disabled'}")
