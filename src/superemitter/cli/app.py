"""The commands put together, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import errno
import json
import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any, TextIO

import typer

from superemitter import __version__
from superemitter.cli import case_steps  # noqa: F401 - adds its commands to `cases`
from superemitter.cli.abate import abate
from superemitter.cli.account import account
from superemitter.cli.cases import cases
from superemitter.cli.demo import demo
from superemitter.cli.fee import fee
from superemitter.cli.follow import compare, cue
from superemitter.cli.imports import import_
from superemitter.cli.info import info
from superemitter.cli.inventory import inventory
from superemitter.cli.limit import limit
from superemitter.cli.notify import notify
from superemitter.cli.pledges import pledges
from superemitter.cli.reconcile import reconcile
from superemitter.cli.register import register
from superemitter.cli.report import report as report_leak
from superemitter.cli.samples import samples
from superemitter.cli.scan import scan
from superemitter.cli.serve import serve
from superemitter.cli.simulate import simulate
from superemitter.cli.users import users
from superemitter.cli.validate import validate
from superemitter.cli.verify import verify

if TYPE_CHECKING:
    from superemitter.model.errors import SuperemitterError

INTERRUPTED = 130
TERMINATED = 143
# Base of every complaint about the command line itself; typer carries it along without giving it a name.
_CommandLineError: type[Any] = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="superemitter",
    add_completion=False,
    rich_markup_mode=None,  # plain help costs a third of the time
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (scan, simulate, info, samples, verify):
    app.command()(command)
app.command("register")(register)
app.command("import")(import_)
app.command("report")(report_leak)
app.add_typer(cases)
app.command()(notify)
app.command()(fee)
app.command()(account)
app.command()(reconcile)
app.command()(abate)
app.command()(inventory)
app.command()(pledges)
app.command()(serve)
app.add_typer(users)
app.command()(limit)
app.command()(validate)
app.command()(cue)
app.command()(compare)
app.command()(demo)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"superemitter {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """From a satellite's radiance file to attributed methane plumes with rates and honest bounds."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; see ``docs/reference/exit-codes.md``.

    Parameters
    ----------
    argv : sequence of str, optional
        Without the program's name; by default that of the process.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a name the terminal cannot show must not stop a scan
    with _plain_warnings(), _terminated_like_interrupted():
        try:
            return _run(arguments)
        except BrokenPipeError:  # the reader, say `head`, has seen enough
            _silence()
            return 1


def _silence() -> None:
    """Nothing more can be written to stdout; Python must not try again when it ends."""
    sys.stdout = open(os.devnull, "w")  # noqa: SIM115, PTH123 - lives until the process ends


def _run(arguments: list[str]) -> int:
    as_json = "--json" in arguments
    try:
        code = app(arguments or ["--help"], prog_name="superemitter", standalone_mode=False)
        sys.stdout.flush()
    except _CommandLineError as error:
        return _report_usage(error, as_json=as_json)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except SystemExit as stop:
        code = stop.code
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - ours become messages; of others, a defect, the traceback is kept
        return report(error, as_json=as_json)
    if code == INTERRUPTED:
        typer.echo("superemitter: interrupted; nothing half written is left", err=True)
    return code if isinstance(code, int) else 0


def report(error: Exception, *, as_json: bool) -> int:
    """Tell an error, as text on stderr or as JSON on stdout, and return its exit code."""
    from superemitter.model.errors import OutputError, SuperemitterError  # here, not above: it brings numpy along

    if (
        isinstance(error, OSError) and error.errno == errno.ENOSPC
    ):  # files are the library's business: it is stdout
        _silence()
        as_json = False
        error = OutputError(f"cannot write to standard output: {error.strerror}")
    if not isinstance(error, SuperemitterError):
        unexpected = SuperemitterError(
            f"unexpected {type(error).__name__}: {error}",
            hint="this is a defect of superemitter; please report it with the lines above",
        )
        unexpected.__cause__ = error
        error = unexpected
    if error.code == SuperemitterError.code and error.__cause__ is not None:
        import traceback

        traceback.print_exception(error.__cause__)
    if as_json:
        typer.echo(json.dumps({"error": error.as_dict()}, indent=1))
    else:
        typer.echo(as_text(error), err=True)
    return error.exit_code


def as_text(error: SuperemitterError) -> str:
    """``superemitter: error[code]: what and where``, and a line with the hint."""
    text = f"superemitter: error[{error.code}]: {error.message}"
    return f"{text}\n  hint: {error.hint}" if error.hint else text


def _report_usage(error: Any, *, as_json: bool) -> int:
    """A mistake in the command line itself: an unknown option, a missing argument, a word for a number."""
    message = str(error.format_message())
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "superemitter"
    if as_json:
        content = {"code": "usage", "message": message, "hint": f"see {path} --help"}
        typer.echo(json.dumps({"error": content}, indent=1))
    else:
        typer.echo(f"superemitter: error[usage]: {message}\n  hint: see {path} --help", err=True)
    return int(error.exit_code)


@contextmanager
def _plain_warnings() -> Iterator[None]:
    """Warnings as one line on stderr, without the place in our code."""

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        typer.echo(f"superemitter: warning: {message}", err=True)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let a polite kill unwind as Ctrl-C does, so that nothing half written stays behind."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(TERMINATED)

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not in the main thread: signals are somebody else's business
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
