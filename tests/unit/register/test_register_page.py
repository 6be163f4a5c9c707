"""The pages on the register name every table and every catalogue there is."""

from __future__ import annotations

import re
from pathlib import Path

from superemitter.register import CATALOGUES
from superemitter.register.importers.generic import GenericImporter
from superemitter.register.schema import metadata

DOCS = Path(__file__).resolve().parents[3] / "docs"


def rows(page: str) -> list[str]:
    """The first cells of all tables."""
    return re.findall(r"^\| (`.*?) \|", (DOCS / page).read_text(encoding="utf-8"), flags=re.M)


def test_the_reference_names_every_table() -> None:
    named = {name for cell in rows("reference/register.md") for name in re.findall(r"`(\w+)`", cell)}
    assert named == set(metadata.tables)


def test_the_how_to_names_every_catalogue_and_column() -> None:
    cells = rows("how-to/import-catalogues.md")
    named = {name for cell in cells for name in re.findall(r"`([\w-]+)`", cell)}
    assert set(CATALOGUES) <= named
    columns = {name for name in GenericImporter.known if not name.startswith(("rate_", "position_error"))}
    assert columns <= named
    assert {"rate_kg_h", "rate_t_h", "rate_g_s", "rate_sigma_kg_h", "rate_low_kg_h", "position_error_m"} <= named
