"""Accounts: pledges beside the record, the methane fee as a what-if, what is reported beside what is seen."""

from __future__ import annotations

import csv
import io
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
from fastapi import APIRouter, Form, UploadFile
from fastapi.responses import Response

from superemitter.account.fee import FEE_RULES, FeeStatement, assess_fee, load_fee_rules, read_facilities
from superemitter.account.inventory_factors import load_sources
from superemitter.account.pledges import load_pledges
from superemitter.account.pledges_judge import Judgement, judge_all
from superemitter.account.reconcile import reconcile
from superemitter.account.reported import is_series, read_countries, reported_of_activity, reported_of_series
from superemitter.account.series import Series, read_series
from superemitter.model.errors import SuperemitterError, UnknownRecord, UsageError
from superemitter.pipeline.ledger import parse_filters
from superemitter.web.charts import bars, record
from superemitter.web.context import Asked, Context

router = APIRouter()
_SEED: Final = 0
#: The largest table of an inventory that is taken. [byte]
_LARGEST: Final = 2_000_000
SEGMENTS: Final = (
    *("onshore_production", "offshore_production", "gathering_boosting", "processing"),
    *(
        "transmission_compression",
        "transmission_pipeline",
        "underground_storage",
        "lng_storage",
        "lng_import_export",
    ),
)
GWPS: Final = ("", "AR4", "AR5", "AR6")
FEE_FIELDS: Final = ("segment", "year", "ch4_t", "co2_t", "n2o_t", "gas_to_sale_mscf", "oil_to_sale_bbl", "owner")


# ---- pledges


@router.get("/pledges")
def pledges(context: Asked) -> Response:
    """Every pledge and how it stands by the inventories that this server was given."""
    return context.page("pledges.html", judged=_judged(context), inventories=context.settings.inventories)


@router.get("/pledges/{pledge_id}")
def pledge(context: Asked, pledge_id: str) -> Response:
    """One pledge with its record, its trend and what would still meet it."""
    found = next((one for one in _judged(context) if one.pledge.id == pledge_id), None)
    if found is None:
        raise UnknownRecord("there is no such pledge")
    return context.page("pledge.html", one=found, chart=_pledge_chart(context, found))


def _judged(context: Context) -> tuple[Judgement, ...]:
    return _judged_on(context.settings.inventories, context.now.date())


@cache
def _judged_on(inventories: tuple[Path, ...], day: date) -> tuple[Judgement, ...]:
    return judge_all(load_pledges(), _series(inventories), day, np.random.default_rng(_SEED))


@cache
def _series(inventories: tuple[Path, ...]) -> tuple[Series, ...]:
    return tuple(one for path in inventories for one in read_series(path).series)


def _pledge_chart(context: Context, one: Judgement) -> Any:
    if one.series is None:
        return ""
    say = context.say
    targets = [
        (one.pledge.target_year, value) for value in (one.target_emissions, one.target_high_emissions) if value
    ]
    values = [value / 1e6 for value in one.series.emissions]
    unit = say("million %(unit)s a year", unit=one.series.quantity.unit)
    title = say("Yearly emissions of %(country)s", country=one.series.entity)
    return record(say, title, one.series.years, values, unit, [(year, value / 1e6) for year, value in targets])


# ---- the fee


@router.get("/fee")
def fee(context: Asked) -> Response:
    """What a facility's year would cost under each law: never the price of an event."""
    asked = {name: value.strip() for name, value in context.request.query_params.items()}
    if unknown := sorted(set(asked) - set(FEE_FIELDS)):
        raise UsageError(f"unknown field: {', '.join(unknown)[:80]}", hint=f"known are: {', '.join(FEE_FIELDS)}")
    statements: list[FeeStatement] = []
    fault = None
    if asked.get("ch4_t"):
        try:
            statements = _statements(asked)
        except SuperemitterError as error:
            fault = error
    return context.page(
        "fee.html",
        status=422 if fault else 200,
        asked=asked,
        fault=fault,
        statements=statements,
        segments=SEGMENTS,
        year=asked.get("year") or str(context.now.year - 1),
    )


def _statements(asked: dict[str, str]) -> list[FeeStatement]:
    """The same year under every law that knows it, each by itself."""
    try:
        year = int(asked.get("year") or "")
    except ValueError:
        raise UsageError("year: give a year such as 2024") from None
    text = io.StringIO()
    row = {"facility_id": "what-if", "owner": asked.get("owner") or "owner", "segment": asked.get("segment", "")}
    row |= {name: asked.get(name, "") for name in FEE_FIELDS[2:7]}
    writer = csv.DictWriter(text, fieldnames=list(row))
    writer.writeheader()
    writer.writerow(row)
    found = []
    for name in FEE_RULES:
        rules = load_fee_rules(name)
        reports = read_facilities(text.getvalue(), "the form", rules, year)
        found.append(assess_fee(reports, rules, year))
    return found


# ---- reported and seen


@router.get("/reported")
def reported_page(context: Asked) -> Response:
    """The form: an inventory's activity table, a year, and a box or a country."""
    return context.page("reported.html", made=None, fault=None, chart="", asked={}, gwps=GWPS)


@router.post("/reported")
def reported(
    context: Asked,
    inventory: UploadFile,
    form_token: Annotated[str, Form(max_length=200)],
    year: Annotated[int, Form(ge=1, le=9999)],
    name: Annotated[str, Form(max_length=200)] = "",
    bbox: Annotated[str, Form(max_length=200)] = "",
    country: Annotated[str, Form(max_length=20)] = "",
    gwp: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Hold an inventory against the sources that the viewer sees. Nothing of it is kept."""
    context.check_form("reported", form_token)
    context.explorer.limits.count("reported", context.address, (20, 600.0))
    asked = {"year": str(year), "name": name, "bbox": bbox, "country": country, "gwp": gwp}
    try:
        content = inventory.file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UsageError(f"the table is larger than {_LARGEST // 1_000_000} MB")
        made = _reconciled(context, _text(content), inventory.filename or "table", asked)
    except SuperemitterError as error:
        return context.page("reported.html", status=422, made=None, fault=error, chart="", asked=asked, gwps=GWPS)
    chart = _reported_chart(context, made)
    return context.page("reported.html", made=made, fault=None, chart=chart, asked=asked, gwps=GWPS)


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError("the table is no UTF-8 text", hint="save it as CSV in UTF-8") from error


def _reconciled(context: Context, text: str, where: str, asked: dict[str, str]) -> Any:
    rng = np.random.default_rng(_SEED)
    year = int(asked["year"])
    if not is_series(text):
        stated = reported_of_activity(text, where, load_sources(), year, rng, name=asked["name"] or None)
    elif not asked["name"]:
        raise UsageError("name: which country of the table is meant?", hint="as the table writes it")
    else:
        table = read_countries(text, where)
        stated = reported_of_series(table, asked["name"], year, rng, gwp_table=asked["gwp"] or None)
    filters = parse_filters({key: asked[key] for key in ("bbox", "country") if asked[key]})
    if context.settings.demo:
        filters = parse_filters(filters.as_query() | {"simulated": "1"})
    seen, assumed = context.ledger.observed(context.viewer, filters, year, now=context.now)
    what = asked["name"] or asked["country"] or asked["bbox"]
    return reconcile(what, year, stated, seen, rng, curve=None, assumptions=assumed)


def _reported_chart(context: Context, made: Any) -> Any:
    say = context.say
    named = (
        (say("reported"), made.reported.mass.value_t),
        (say("seen"), getattr(made.observed, "value", None)),
        (say("seen and unseen"), getattr(made.total, "value", None)),
    )
    rows = [(name, value, f"{say.number(value)} t") for name, value in named if value is not None]
    return bars(say("Reported and seen"), rows, say("methane (t a year)"))
