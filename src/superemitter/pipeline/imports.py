"""Plume lists of others into the register, for good or only to see what would become of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from superemitter.register import ImportReport, Register, import_file


def import_list(
    register: Register, path: Path, catalogue: str | None = None, *, dry_run: bool = False
) -> ImportReport:
    """Import a plume list; see :func:`superemitter.register.import_file`.

    Parameters
    ----------
    register : Register
    path : Path
    catalogue : str, optional
    dry_run : bool
        Say what would become of each row, and store nothing.

    Raises
    ------
    ImportRefused, RegisterError
    """
    return import_file(_Trial(register.engine, register.clock) if dry_run else register, path, catalogue)


class _Undone(Exception):
    """Ends a transaction whose answer is wanted, but not its effect."""


class _Trial(Register):
    """A register whose transactions are all taken back at their end."""

    @contextlib.contextmanager
    def writing(self, *, grouping: bool = False) -> Iterator[Connection]:
        """As of the register, but nothing is stored."""
        with contextlib.suppress(_Undone), super().writing(grouping=grouping) as connection:
            yield connection
            raise _Undone
