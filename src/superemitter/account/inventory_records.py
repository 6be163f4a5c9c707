"""An inventory as plain types, for JSON and CSV; units are in the names."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from superemitter.account.inventory import Inventory, Line
from superemitter.account.inventory_uncertainty import Interval, Mass

UNVERIFIED = "NOT VERIFIED: not all defaults used here were checked against the primary texts."


def inventory_record(inventory: Inventory) -> dict[str, Any]:
    """An inventory as JSON holds it; what is not known is null, with the reason beside it."""
    equivalent = inventory.equivalent
    return {
        "gwp": {
            "table": equivalent.table,
            "horizon_years": equivalent.horizon,
            "methane": "by origin" if equivalent.by_origin else "unsplit",
            "citations": list(dict.fromkeys(p.citation for p in inventory.equivalent_passports)),
        },
        "verified": inventory.verified,
        "banner": None if inventory.verified else UNVERIFIED,
        "totals": total_rows(inventory),
        "lines": line_rows(inventory),
    }


def line_rows(inventory: Inventory) -> list[dict[str, Any]]:
    """One row per gas of each activity, with its equation and sources."""
    return [_line(line, inventory.equivalent.name) for line in inventory.lines]


def total_rows(inventory: Inventory) -> list[dict[str, Any]]:
    """One row per year, gas and tier; tier ``all`` is the sum of the tiers; gas ``CO2e`` that of the gases."""
    return [
        {
            "year": total.year,
            "gas": total.gas,
            "tier": str(total.tier) if total.tier else "all",
            **_mass(total.mass, "emission"),
            "gwp": inventory.equivalent.name if total.gas == "CO2e" else None,
        }
        for total in inventory.totals
    ]


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows with the same keys as CSV; null is an empty cell."""
    rows = list(rows)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({key: _cell(value) for key, value in row.items()} for row in rows)
    return text.getvalue()


def _line(line: Line, gwp: str) -> dict[str, Any]:
    return {
        "row": line.row,
        "name": line.name,
        "year": line.year,
        "source": line.source_id,
        "tier": str(line.tier),
        "gas": line.gas,
        "memo": line.memo,
        **_mass(line.emission, "emission"),
        "co2e_t": line.co2e.value_t,
        "co2e_low95_t": line.co2e.interval.low95_t if isinstance(line.co2e.interval, Interval) else None,
        "co2e_high95_t": line.co2e.interval.high95_t if isinstance(line.co2e.interval, Interval) else None,
        "gwp": gwp,
        "equation": line.equation,
        "citation": "; ".join(dict.fromkeys(p.citation for p in line.passports)) or "the table's own figures",
        "verified": line.verified,
    }


def _mass(mass: Mass, name: str) -> dict[str, Any]:
    keys = ("median_t", "low68_t", "high68_t", "low95_t", "high95_t")
    known = isinstance(mass.interval, Interval)
    bounds = {f"{name}_{key}": getattr(mass.interval, key) if known else None for key in keys}
    reason = None if isinstance(mass.interval, Interval) else mass.interval.reason
    return {f"{name}_t": mass.value_t, **bounds, "no_interval_because": reason}


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else value
    # A cell that begins so is a formula to a spreadsheet.
    return f"'{text}" if isinstance(text, str) and text[:1] in ("=", "+", "-", "@") else text
