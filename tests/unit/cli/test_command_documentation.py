"""The pages on commands and exit codes name everything there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from superemitter.cli.app import app
from superemitter.model import errors
from superemitter.model.errors import SuperemitterError

DOCS = Path(__file__).resolve().parents[3] / "docs" / "reference"


def all_commands(group, prefix=""):
    """Commands by their full name, those of groups too: ``cases list``."""
    found = {}
    for name, command in group.commands.items():
        nested = all_commands(command, f"{prefix}{name} ") if hasattr(command, "commands") else None
        found |= {f"{prefix}{name}": command} if nested is None else nested
    return found


COMMANDS = all_commands(typer.main.get_command(app))


def all_errors(base=SuperemitterError):
    return [base, *(error for child in base.__subclasses__() for error in all_errors(child))]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_of_a_command_is_explained_in_its_section(name):
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    _, _, rest = page.partition(f"## superemitter {name}\n")
    section = rest.partition("\n## ")[0]
    options = [o for parameter in COMMANDS[name].params for o in parameter.opts if o.startswith("--")]
    assert len(options) > 1
    assert [option for option in options if not re.search(rf"`{option}[` ]", section) and option != "--help"] == []


def test_the_page_explains_no_option_that_is_not_there():
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    known = {o for command in COMMANDS.values() for parameter in command.params for o in parameter.opts}
    assert set(re.findall(r"`(--[a-z-]+)", page)) - known - {"--help", "--version"} == set()


def test_every_error_is_listed_with_its_exit_code():
    page = (DOCS / "exit-codes.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| (\d+) \| `([a-z.-]+)` \|", page, flags=re.MULTILINE))
    public = [error for error in all_errors() if error.__module__ == errors.__name__]
    assert {(str(error.exit_code), error.code) for error in public} - rows == set()


def test_every_error_outside_the_table_module_has_an_exit_code_of_its_family():
    import superemitter.pipeline  # noqa: F401 - defines every error there is

    listed = {error.exit_code for error in all_errors() if error.__module__ == errors.__name__}
    assert all(error.exit_code in listed for error in all_errors())
