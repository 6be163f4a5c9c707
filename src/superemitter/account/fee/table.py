"""The table of facilities: its columns, and how its rows become reports. Every fault names row and column."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

from superemitter.account.fee.facilities import RowFaults, SegmentReport, standard_gas
from superemitter.account.fee.ownership import Fault, ultimate_parents
from superemitter.account.fee.rules import FeeRules
from superemitter.account.inventory_csv import Row, read_table
from superemitter.account.quantities import GasVolume
from superemitter.model.errors import AccountError, InvalidValue

T = TypeVar("T")

#: Faults told in one message; the rest are counted.
TOLD_FAULTS: Final = 40

_DECIMAL = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
_SEPARATOR: Final = ";"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its name with the unit in it, whether each row must fill it, and what it means."""

    name: str
    unit: str
    required: bool
    meaning: str


COLUMNS: Final = (
    Column("facility_id", "", True, "the same in each row of a facility with several segments"),
    Column("facility_name", "", False, "shown beside the id"),
    Column("owner", "", True, "owner or operator; one for a facility"),
    Column("parents", "", False, "who controls the owner, nearest first, separated by `;`"),
    Column("segment", "", True, "one of the nine ids below"),
    Column("ch4_t", "t", True, "methane reported under Subpart W, without combustion under Subpart C"),
    Column("co2_t", "t", False, "carbon dioxide of the same report; with `n2o_t`, or else `co2e_t`"),
    Column("n2o_t", "t", False, "nitrous oxide of the same report"),
    Column("co2e_t", "t CO2e", False, "the report's total instead, with `ch4_gwp`"),
    Column("ch4_gwp", "t CO2e/t", False, "GWP of methane that `co2e_t` was made with; must be that of the year"),
    Column("gas_to_sale_mscf", "Mscf", False, "sent to sale, outside production also through; 60 °F, 14.7 psia"),
    Column("gas_to_sale_m3", "m³", False, "instead, with its reference conditions in the next two"),
    Column("gas_temperature_c", "°C", False, "reference temperature of `gas_to_sale_m3`"),
    Column("gas_pressure_kpa", "kPa", False, "reference pressure of `gas_to_sale_m3`, absolute"),
    Column("oil_to_sale_bbl", "bbl", False, "crude oil sent to sale; needed where a producer sends no gas"),
    Column("states", "", False, "States or Tribal lands with sites of the facility, separated by `;`"),
    Column("compliant_quarters", "0 to 4", False, "quarters in which all affected facilities complied"),
    Column("exempt_permitting_delay_ch4_t", "t", False, "from permitting delay, as determined; production"),
    Column("exempt_plugged_wells_ch4_t", "t", False, "from wells permanently plugged in the previous year"),
    Column("note", "", False, "kept, not used"),
)  # fmt: skip


def read_facilities(text: str, name: str, rules: FeeRules, year: int) -> tuple[SegmentReport, ...]:
    """The reports of a table of facilities; all of them, or an error that lists every fault.

    Parameters
    ----------
    text : str
        CSV, RFC 4180, with the columns of :data:`COLUMNS`; see ``docs/reference/fee.md``.
    name : str
        Of the file, for messages.
    rules : FeeRules
    year : int
        Reporting year of the table.

    Raises
    ------
    AccountError
        A column is unknown or missing, a cell is no number, amounts are negative or missing, a segment is unknown,
        owners run in a loop, a facility has two owners or the same segment twice, GWPs are mixed.
    """
    columns, rows = read_table(text, name)
    _check_columns(columns, name)
    faults: list[Fault] = []
    reports: list[SegmentReport] = []
    for row in rows:
        report = _report(row, rules, year, faults)
        if report is not None:
            reports.append(report)
    if not faults:
        faults += check_together(reports)
    if faults:
        raise AccountError(
            _told(name, faults), hint="see the columns in docs/reference/fee.md; nothing was computed"
        )
    if not reports:
        raise AccountError(f"{name} holds no facility", hint="give at least one row below the header")
    return tuple(reports)


def check_together(reports: Iterable[SegmentReport]) -> tuple[Fault, ...]:
    """What is wrong between rows: two owners of a facility, a segment twice, owners in a loop."""
    reports = tuple(reports)
    faults: list[Fault] = []
    first_of: dict[str, SegmentReport] = {}
    segments: dict[tuple[str, str], int] = {}
    for report in reports:
        first = first_of.setdefault(report.facility_id, report)
        for column in ("owner", "facility_name"):
            here, there = getattr(report, column), getattr(first, column)
            if here != there and here:
                reason = f"is {here!r}, and {there!r} for the same facility in row {first.row}"
                faults.append((report.row, column, reason))
        key = (report.facility_id, report.segment)
        if key in segments:
            reason = f"{report.segment} of {report.facility_id} is in row {segments[key]} already"
            faults.append((report.row, "segment", reason))
        segments.setdefault(key, report.row)
    _, ownership = ultimate_parents(reports)
    return (*faults, *ownership)


def _check_columns(columns: tuple[str, ...], name: str) -> None:
    known = [column.name for column in COLUMNS]
    for number, column in enumerate(columns, start=1):
        if column not in known:
            near = difflib.get_close_matches(column, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise AccountError(
                f"{name}, row 1, column {number}: there is no column {column!r}",
                hint=f"{hint}Units are part of the name; text that is not used goes into the column note",
            )
    missing = [column.name for column in COLUMNS if column.required and column.name not in columns]
    if missing:
        raise AccountError(f"{name}, row 1: no column {', '.join(missing)}", hint=f"columns: {', '.join(known)}")


def _told(name: str, faults: list[Fault]) -> str:
    lines = [f"row {row}, column {column}: {reason}" for row, column, reason in sorted(faults)[:TOLD_FAULTS]]
    more = f"; and {len(faults) - TOLD_FAULTS} more" if len(faults) > TOLD_FAULTS else ""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return f"{name}: {count}: {'; '.join(lines)}{more}"


class _Cells:
    """The cells of a row as values; what is wrong goes into a list."""

    def __init__(self, row: Row, faults: list[Fault]) -> None:
        self.row, self.faults, self.before = row, faults, len(faults)

    @property
    def sound(self) -> bool:
        return len(self.faults) == self.before

    def wrong(self, column: str, reason: str) -> None:
        self.faults.append((self.row.number, column, reason))

    def text(self, column: str) -> str:
        return self.row.cells.get(column, "")

    def needed(self, column: str) -> str:
        value = self.text(column)
        if not value:
            self.wrong(column, "is empty")
        return value

    def texts(self, column: str) -> tuple[str, ...]:
        parts = [part.strip() for part in self.text(column).split(_SEPARATOR)]
        if self.text(column) and not all(parts):
            self.wrong(column, f"{self.text(column)!r} has an empty part")
        return tuple(part for part in parts if part)

    def number(self, column: str) -> Decimal | None:
        value = self.text(column)
        if not value:
            return None
        if not _DECIMAL.fullmatch(value):
            reason = f"{value!r} is no number; write 1234.5, without separators, exponent or unit"
            self.wrong(column, reason)
            return None
        return Decimal(value)

    def needed_number(self, column: str) -> Decimal:
        value = self.number(column)
        if value is None:
            if not self.text(column):
                self.wrong(column, "is empty; 0 must be written")
            return Decimal(0)
        return value

    def whole(self, column: str) -> int | None:
        value = self.number(column)
        if value is not None and value != value.to_integral_value():
            self.wrong(column, f"is {value}; it must be a whole number")
            return None
        return None if value is None else int(value)


def _report(row: Row, rules: FeeRules, year: int, faults: list[Fault]) -> SegmentReport | None:
    cells = _Cells(row, faults)
    segment_id, production = _segment(cells, rules)
    gas = _gas(cells)
    gwp = cells.number("ch4_gwp")
    expected = rules.gwp("CH4", year).value
    if gwp is not None and gwp != expected:
        cells.wrong("ch4_gwp", f"is {gwp}, and reports for {year} use {expected}; GWPs are not mixed")
    content = {
        "facility_id": cells.needed("facility_id"),
        "facility_name": cells.text("facility_name"),
        "owner": cells.needed("owner"),
        "parents": cells.texts("parents"),
        "segment": segment_id,
        "production": production,
        "ch4_t": cells.needed_number("ch4_t"),
        "co2_t": cells.number("co2_t"),
        "n2o_t": cells.number("n2o_t"),
        "co2e_t": cells.number("co2e_t"),
        "ch4_gwp": gwp,
        "oil_to_sale_bbl": cells.number("oil_to_sale_bbl"),
        "states": cells.texts("states"),
        "compliant_quarters": cells.whole("compliant_quarters"),
        "permitting_delay_t": cells.number("exempt_permitting_delay_ch4_t") or Decimal(0),
        "plugged_wells_t": cells.number("exempt_plugged_wells_ch4_t") or Decimal(0),
        "note": cells.text("note"),
        "row": row.number,
    }
    if not cells.sound or gas is None:
        return None
    try:
        return SegmentReport(gas_to_sale=gas, **content)  # type: ignore[arg-type]  # each by its own name, above
    except RowFaults as error:
        faults.extend((row.number, column, reason) for column, reason in error.faults)
        return None


def _segment(cells: _Cells, rules: FeeRules) -> tuple[str, bool]:
    segment_id = cells.needed("segment")
    known = {segment.id: segment.production for segment in rules.segments}
    if segment_id and segment_id not in known:
        aside = "; distribution bears no charge" if "distribution" in segment_id.lower() else ""
        cells.wrong("segment", f"there is no segment {segment_id!r}, only {', '.join(known)}{aside}")
    return segment_id, known.get(segment_id, False)


def _gas(cells: _Cells) -> GasVolume | None:
    """The gas sent to sale, in standard cubic feet or in cubic metres with their conditions."""
    standard, metric = cells.number("gas_to_sale_mscf"), cells.number("gas_to_sale_m3")
    temperature, pressure = cells.number("gas_temperature_c"), cells.number("gas_pressure_kpa")
    if (standard is None) == (metric is None):
        if cells.sound:
            given = "neither gas_to_sale_mscf nor gas_to_sale_m3" if metric is None else "both units"
            cells.wrong("gas_to_sale_mscf", f"{given} given; write one, 0 if no gas was sent")
        return None
    if metric is not None:
        for column, value in (("gas_temperature_c", temperature), ("gas_pressure_kpa", pressure)):
            if value is None:
                cells.wrong(column, "is missing; gas_to_sale_m3 needs its reference conditions")
        if temperature is None or pressure is None:
            return None
    elif temperature is not None or pressure is not None:
        cells.wrong("gas_temperature_c", "goes with gas_to_sale_m3; gas_to_sale_mscf is at 60 °F and 14.7 psia")
        return None
    try:
        if standard is not None:
            return standard_gas(standard)
        assert metric is not None and temperature is not None and pressure is not None
        return GasVolume(value=metric, unit="m3", temperature_C=temperature, pressure_kPa=pressure)
    except InvalidValue as error:
        cells.wrong("gas_to_sale_mscf" if standard is not None else "gas_to_sale_m3", error.message)
        return None
