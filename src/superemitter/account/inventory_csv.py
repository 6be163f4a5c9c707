"""CSV tables read strictly: every complaint names the file, the row and the column."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from superemitter.model.errors import AccountError


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its cells by column, and where it stands.

    Attributes
    ----------
    table : str
        Name of the file.
    number : int
        Row as a spreadsheet counts it: the header is row 1.
    cells : dict of str to str
        Stripped of blanks at both ends.
    """

    table: str
    number: int
    cells: dict[str, str]

    def filled(self, column: str) -> bool:
        """Whether the column is there and the cell not empty."""
        return bool(self.cells.get(column))

    def refuse(self, column: str, problem: str, hint: str | None = None) -> NoReturn:
        """Raise an error that names this row and a column."""
        raise AccountError(f"{self.table}, row {self.number}, column {column}: {problem}", hint=hint)

    def text(self, column: str) -> str:
        """The cell as it is; it must not be empty."""
        if not self.filled(column):
            self.refuse(column, "is empty")
        return self.cells[column]

    def one_of(self, column: str, choices: Sequence[str]) -> str:
        """The cell, if it is one of some words."""
        value = self.text(column)
        if value not in choices:
            self.refuse(column, f"is {value!r}", hint=f"one of: {', '.join(choices)}")
        return value

    def number_in(self, column: str, low: float = -math.inf, high: float = math.inf) -> float:
        """The cell as a finite number from `low` to `high`, both included."""
        value = self.text(column)
        try:
            number = float(value)
        except ValueError:
            self.refuse(column, f"{value!r} is not a number", hint="write 1234.5, without separators or a unit")
        if not math.isfinite(number):
            self.refuse(column, f"{value!r} is not a finite number")
        if not low <= number <= high:
            bounds = f"{low:g} or more" if high == math.inf else f"{low:g} to {high:g}"
            self.refuse(column, f"is {value}, which must be {bounds}")
        return number

    def year(self, column: str) -> int:
        """The cell as a calendar year."""
        number = self.number_in(column, 1, 9999)
        if number != int(number):
            self.refuse(column, f"{self.cells[column]!r} is not a year")
        return int(number)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, with or without a byte order mark.

    Raises
    ------
    AccountError
        There is no such file, or it is not text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise AccountError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise AccountError(f"{path} is not text in UTF-8 (byte {error.start})") from error


def read_table(text: str, name: str) -> tuple[tuple[str, ...], Iterator[Row]]:
    """The columns of a CSV table, and its rows one by one; empty lines are passed over.

    Parameters
    ----------
    text : str
        Content of the file.
    name : str
        Of the file, for messages.

    Raises
    ------
    AccountError
        The table is empty, a column has no name or one that is there already, or a row has more or fewer cells.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = next(_lines(reader, name), None)
    if header is None:
        raise AccountError(f"{name} is empty", hint="the first row names the columns")
    columns = tuple(cell.strip() for cell in header[1])
    for number, column in enumerate(columns, start=1):
        if not column or column in columns[: number - 1]:
            problem = f"column {column!r} is there twice" if column else f"column {number} has no name"
            raise AccountError(f"{name}, row 1: {problem}")
    return columns, _rows(reader, name, columns)


def _lines(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not empty, with the number a spreadsheet gives them."""
    number = 0
    try:
        for number, line in enumerate(reader, start=1):
            if any(cell.strip() for cell in line):
                yield number, line
    except csv.Error as error:
        raise AccountError(f"{name}, row {number + 1}: {error}") from error


def _rows(reader: Iterator[list[str]], name: str, columns: tuple[str, ...]) -> Iterator[Row]:
    for number, line in _lines(reader, name):
        if len(line) != len(columns):
            raise AccountError(f"{name}, row {number + 1}: {len(line)} cells for {len(columns)} columns")
        cells = {column: cell.strip() for column, cell in zip(columns, line, strict=True)}
        yield Row(table=name, number=number + 1, cells=cells)
