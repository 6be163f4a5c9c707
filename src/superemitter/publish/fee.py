"""Statements of the methane fee: tables, JSON, page and paper, every equation with its numbers and citation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from superemitter.account.fee import FacilityStatement, FeeStatement, PartyStatement, Step, money, plain
from superemitter.model.passport import TAGS, Passport
from superemitter.publish.fee_pdf import fee_pdf
from superemitter.publish.folder import MARK, staged
from superemitter.publish.vector import csv_text

FACILITY_COLUMNS: Final = (
    *("rules", "year", "facility_id", "facility_name", "owner", "party", "segments", "covered", "verdict"),
    *("co2e_t", "ch4_t", "threshold_ch4_t", "above_threshold_ch4_t", "exempt_ch4_t", "netted_ch4_t", "notes"),
    *("law_applied", "banners"),
)
PARTY_COLUMNS: Final = (
    *("rules", "year", "party", "owners", "covered_facilities", "facilities", "net_ch4_t", "rate_usd_per_t"),
    *("charge_usd", "law_applied", "banners"),
)
STEP_COLUMNS: Final = (
    *("rules", "year", "facility_id", "party", "what", "equation", "numbers", "result"),
    *("citation", "verified", "read", "note"),
)
PAPER: Final = "statement.pdf"
#: Facilities, all laws together, up to which a PDF is made: laying out more takes minutes, and nobody prints it.
PAPER_FACILITIES: Final = 400
NOT_AN_EVENT: Final = (
    "The charge is annual, by facility, and netted over everything a party reports. "
    "It is no price of a single event, and an observation from the air or from space is no charge."
)


def write_fee(
    statements: Sequence[FeeStatement], out: Path, record: Mapping[str, Any], *, overwrite: bool = False
) -> dict[str, Path]:
    """Write the statements into a folder that appears whole or not at all.

    Parameters
    ----------
    statements : sequence of FeeStatement
        One for each law, of the same facilities and year; shown side by side, never mixed.
    out : Path
    record : mapping
        Inputs with their checksums, options and versions; becomes ``run.json``.
    overwrite : bool

    Returns
    -------
    dict of str to Path
        What each file is, and where; without ``"paper"`` above :data:`PAPER_FACILITIES`.

    Raises
    ------
    OutputExists, OutputError
        See :func:`superemitter.publish.folder.staged`.
    """
    texts = {
        "facilities": ("facilities.csv", csv_text(FACILITY_COLUMNS, _facility_rows(statements))),
        "parties": ("parties.csv", csv_text(PARTY_COLUMNS, _party_rows(statements))),
        "equations": ("equations.csv", csv_text(STEP_COLUMNS, _step_rows(statements))),
        "statement": ("statement.json", _json({"statements": [fee_record(one) for one in statements]})),
        "page": ("statement.html", fee_page(statements)),
        "record": (MARK, _json(record)),
    }
    on_paper = sum(len(statement.facilities) for statement in statements) <= PAPER_FACILITIES
    with staged(out, overwrite=overwrite) as folder:
        for name, text in texts.values():
            (folder / name).write_bytes(text.encode())
        if on_paper:
            (folder / PAPER).write_bytes(fee_pdf(statements, NOT_AN_EVENT))
    files = {key: out / name for key, (name, _) in texts.items()}
    return files | {"paper": out / PAPER} if on_paper else files


def fee_record(statement: FeeStatement) -> dict[str, Any]:
    """A statement as JSON: decimals as strings, so that no digit is lost."""
    rules = statement.rules
    return {
        "rules": rules.id,
        "title": {"en": rules.title_en, "zh": rules.title_zh},
        "law": rules.law,
        "year": statement.year,
        "as_of": statement.as_of.isoformat(),
        "law_applied": statement.law_applied,
        "changes": [
            {"on": change.on.isoformat(), "en": change.en, "zh": change.zh} | _passport(change.passport)
            for change in statement.changes
        ],
        "banners": list(statement.banners),
        "unverified": [{"parameter": name} | _passport(passport) for name, passport in statement.unverified],
        "assumed_determined_states": list(statement.determined_states),
        "total_usd": f"{statement.total_usd:.2f}",
        "parties": [_party(party) for party in statement.parties],
        "facilities": [_facility(facility) for facility in statement.facilities],
        "notice": NOT_AN_EVENT,
    }


def fee_page(statements: Sequence[FeeStatement]) -> str:
    """The statements as one HTML page: no script, no request to anywhere."""
    return _template().render(statements=statements, notice=NOT_AN_EVENT)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("superemitter.publish"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(plain=plain, money=money, read=lambda passport: TAGS[passport.tag])
    return environment.get_template("fee.html.j2")


def _exact(value: Decimal) -> str:
    """A decimal without exponent or needless zeros, as in CSV and JSON."""
    return plain(value).replace(",", "")


def _passport(passport: Passport) -> dict[str, Any]:
    return {
        "citation": passport.citation,
        "verified": passport.verified,
        "read": TAGS[passport.tag],
        "note": passport.note,
    }


def _steps(steps: Sequence[Step]) -> list[dict[str, Any]]:
    return [
        {"what": step.what, "equation": step.equation, "numbers": step.numbers, "result": step.result}
        | _passport(step.passport)
        for step in steps
    ]


def _party(party: PartyStatement) -> dict[str, Any]:
    return {
        "party": party.party,
        "owners": [{"owner": owner, "net_ch4_t": _exact(part)} for owner, part in party.owners],
        "facilities": [facility.facility_id for facility in party.facilities],
        "net_ch4_t": _exact(party.net_t),
        "rate_usd_per_t": _exact(party.rate_usd_per_t),
        "charge_usd": f"{party.charge_usd:.2f}",
        "equations": _steps(party.steps),
    }


def _facility(facility: FacilityStatement) -> dict[str, Any]:
    return {
        "facility_id": facility.facility_id,
        "facility_name": facility.facility_name,
        "owner": facility.owner,
        "party": facility.party,
        "segments": [report.segment for report in facility.reports],
        "covered": facility.covered,
        "verdict": facility.verdict,
        "co2e_t": _exact(facility.co2e_t),
        "ch4_t": _exact(facility.ch4_t),
        "threshold_ch4_t": _exact(facility.threshold_t),
        "above_threshold_ch4_t": _exact(facility.above_threshold_t),
        "exempt_ch4_t": _exact(facility.exempt_t),
        "netted_ch4_t": None if facility.netted_t is None else _exact(facility.netted_t),
        "input_notes": [report.note for report in facility.reports if report.note],
        "notes": list(facility.notes),
        "equations": _steps(facility.steps),
    }


def _facility_rows(statements: Sequence[FeeStatement]) -> list[dict[str, object]]:
    rows = []
    for statement in statements:
        for facility in statement.facilities:
            row: dict[str, object] = dict(_facility(facility))
            row |= {name: _cell(row[name]) for name in FACILITY_COLUMNS if name.endswith("_t")}
            row["segments"] = "; ".join(report.segment for report in facility.reports)
            row["notes"] = " ".join(facility.notes)
            rows.append(row | _law(statement))
    return rows


def _party_rows(statements: Sequence[FeeStatement]) -> list[dict[str, object]]:
    return [
        {
            "party": party.party,
            "owners": "; ".join(f"{owner}: {plain(part)} t" for owner, part in party.owners),
            "covered_facilities": sum(facility.covered for facility in party.facilities),
            "facilities": len(party.facilities),
            "net_ch4_t": _cell(_exact(party.net_t)),
            "rate_usd_per_t": _cell(_exact(party.rate_usd_per_t)),
            "charge_usd": _cell(f"{party.charge_usd:.2f}"),
        }
        | _law(statement)
        for statement in statements
        for party in statement.parties
    ]


def _step_rows(statements: Sequence[FeeStatement]) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for statement in statements:
        for facility in statement.facilities:
            head = {"facility_id": facility.facility_id, "party": facility.party} | _law(statement)
            rows += [head | step for step in _steps(facility.steps)]
        for party in statement.parties:
            head = {"facility_id": None, "party": party.party} | _law(statement)
            rows += [head | step for step in _steps(party.steps)]
    return rows


def _law(statement: FeeStatement) -> dict[str, object]:
    return {
        "rules": statement.rules.id,
        "year": statement.year,
        "law_applied": statement.law_applied,
        "banners": " ".join(statement.banners),
    }


def _cell(value: object) -> object:
    """A number as a table takes it: negative ones are no formulas, so they must not get an apostrophe."""
    return None if value is None else Decimal(str(value))


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n"
