"""``superemitter serve``: the explorer, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from superemitter.cli import clock, options

if TYPE_CHECKING:
    from superemitter.register import Register

#: What the accounts of the demonstration are called, by role; the operator is that of the demonstration's cases.
DEMO_USERS = ("notifier", "reviewer", "operator", "administrator")


def serve(
    host: Annotated[
        str, typer.Option("--host", metavar="HOST", help="Where to listen. Others than 127.0.0.1 are reachable.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", metavar="PORT", min=0, max=65535, help="0: any free one.")] = 8000,
    address: Annotated[
        str | None,
        typer.Option(
            "--address", metavar="URL", help="How people reach it, if not by host and port: https://HOST."
        ),
    ] = None,
    programme: Annotated[
        str, typer.Option("--programme", metavar="ID", help="The programme that public reports are judged by.")
    ] = "generic",
    inventory: Annotated[
        list[Path] | None,
        typer.Option("--inventory", metavar="FILE", help="Yearly emissions to judge pledges by; repeatable."),
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Make the demonstration and show it, with an account for each role.")
    ] = False,
    demo_dir: Annotated[
        Path, typer.Option("--demo-dir", metavar="DIR", help="Where the demonstration is, or is made.")
    ] = Path("demo"),
    db: options.Db = None,
) -> None:
    """Show the register as pages for people and interfaces for programs, until Ctrl-C.

    Nothing it serves asks for anything outside. Make the first account with `superemitter users add`.
    """
    from superemitter.model.errors import UsageError
    from superemitter.programme.programmes import load_programme
    from superemitter.register import open_register
    from superemitter.web import Settings

    load_programme(programme)
    if demo and db is not None:
        raise UsageError("--demo and --db were both given", hint="the demonstration has a register of its own")
    if demo:
        db = _demo_register(demo_dir)
    settings = Settings(
        address=(address or f"http://{_bracketed(host)}:{port}").rstrip("/"),
        programme_id=programme,
        demo=demo,
        inventories=tuple(inventory or ()),
    )
    book = open_register(db)
    try:
        if demo:
            _show_accounts(book)
        _run(book, settings, host, port, moved=address is not None)
    finally:
        book.close()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _run(book: Register, settings: object, host: str, port: int, *, moved: bool) -> None:
    import socket
    from dataclasses import replace

    import uvicorn

    from superemitter.model.errors import ServeError
    from superemitter.web import Settings, create_app
    from superemitter.web.vendor import HOW, missing_files

    assert isinstance(settings, Settings)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ServeError(
            f"cannot listen on {host}:{port}: {error.strerror or error}", hint="choose another with --port"
        ) from error
    chosen = listener.getsockname()[1]
    if not moved:
        settings = replace(settings, address=f"http://{_bracketed(host)}:{chosen}")
    app = create_app(book, settings)
    if missing := missing_files(settings.vendor):
        typer.echo(f"no maps: {missing[0]} is not in this installation ({HOW}); pages show lists", err=True)
    typer.echo(f"register {book.name}")
    typer.echo(f"open {settings.address}/ (Ctrl-C ends it)")
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="warning", server_header=False, date_header=True, proxy_headers=moved)
    )
    server.run(sockets=[listener])


def _demo_register(folder: Path) -> str:
    """The demonstration's register; made first if it is not there."""
    from superemitter.cli.output import stage_bars
    from superemitter.pipeline.demo import run_demo
    from superemitter.pipeline.scan import STAGES

    database = folder / "superemitter.db"
    if not database.is_file():
        typer.echo(f"making the demonstration in {folder}")
        with stage_bars(len(STAGES) + 2, quiet=False) as tell:
            run_demo(
                folder, today=clock.now().date(), overwrite=True, progress=lambda one: tell(Path("demo"), one)
            )
    return str(database)


def _show_accounts(book: Register) -> None:
    """A new password for each demonstration account: they are shown here and nowhere else."""
    from superemitter.pipeline.casedemo import ANALYST, OPERATOR
    from superemitter.pipeline.identity import CONSOLE, add_user, reset_password
    from superemitter.register.people import user_named

    typer.echo("accounts of this demonstration (new passwords at every start):")
    for role in DEMO_USERS:
        known = user_named(book, role)
        if known is None:
            _, password = add_user(
                book,
                name=role,
                display_name=ANALYST if role == "notifier" else f"Demo {role}",
                role=role,
                operator=OPERATOR if role == "operator" else "",
                by=CONSOLE,
                now=clock.now(),
            )
        else:
            password = reset_password(book, known.user_id, by=CONSOLE, now=clock.now())
        typer.echo(f"  {role:15} {password}")
