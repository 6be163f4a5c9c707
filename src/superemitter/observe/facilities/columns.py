"""Which column of a list means what: the one table of column names.

Names are compared without case, spaces and punctuation: ``Facility Name``, ``FACILITY_NAME`` and ``facility-name``
are one name. For each meaning the first column listed that is there and not empty wins, row by row. The names are
those of Global Energy Monitor, OGIM, EPA GHGRP and FRS, SkyTruth, Carbon Mapper and UNEP, and the plain English
and Chinese words. Every other column is kept, unchanged, in ``Facility.properties``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

ALIASES: Mapping[str, tuple[str, ...]] = {
    "id": (
        *("id", "facilityid", "facid", "ogimid", "unitid", "ghgrpfacilityid", "frsid", "registryid", "projectid"),
        *("mapid", "gemmineid", "gemunitid", "idsource", "sourceid", "objectid", "fid", "编号", "设施编号"),
    ),
    "name": (
        *("name", "facilityname", "facname", "minename", "wikiname", "projectname", "plantname", "terminalname"),
        *("sitename", "unitname", "sourcename", "infraname", "名称", "设施名称", "煤矿名称", "企业名称"),
    ),
    "operator": (
        *("operator", "operatorname", "owner", "owners", "ownername", "ownersnoneng", "parentcompany"),
        *("parentcompanyname", "parent", "company", "运营商", "经营者", "业主", "公司"),
    ),
    "kind": (
        *("minefeaturesubcategory", "facilitytype", "factype", "infratype", "type", "kind", "sourcetype"),
        *("minetype", "category", "tracker", "sector", "类型", "设施类型"),
    ),
    "kind_group": ("minefeaturecategory",),  # written before the kind: "ventilation system: shaft"
    "latitude": ("latitude", "lat", "facilitylatitude", "latitudedd", "latitude83", "plumelatitude", "纬度"),
    "longitude": (
        "longitude",
        "lon",
        "lng",
        "long",
        "facilitylongitude",
        "longitudedd",
        "longitude83",
        "plumelongitude",
        "经度",
    ),
    "radius_m": ("radiusm",),
    "precision": ("coordinatesprecision", "locationaccuracy"),
}

NOTHING = frozenset({"", "n/a", "na", "nan", "none", "null", "-", "-999", "-999.0", "unknown"})
"""What lists write where they know nothing; compared in lower case."""

APPROXIMATE = frozenset({"approximate", "estimated"})
"""Words of Global Energy Monitor for coordinates that are not read off an image or a record."""


def plain(name: str) -> str:
    """A column's name without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name.casefold())


def columns_of(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """For each meaning, the columns of a list that carry it, most telling first."""
    by_plain: dict[str, str] = {}
    for name in names:
        by_plain.setdefault(plain(name), name)
    return {
        meaning: tuple(by_plain[alias] for alias in aliases if alias in by_plain)
        for meaning, aliases in ALIASES.items()
    }


def first_of(row: Mapping[str, str], columns: tuple[str, ...]) -> str:
    """The first value of a row in these columns that says something, or an empty text."""
    for column in columns:
        value = row.get(column, "").strip()
        if value.casefold() not in NOTHING:
            return value
    return ""
