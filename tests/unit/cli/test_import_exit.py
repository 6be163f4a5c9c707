"""A list of which nothing could be stored is a failure to whoever scripts the import."""

from __future__ import annotations

import pytest

from superemitter.cli import main

HEADER = "plume_id,time,latitude,longitude,rate_kg_h,rate_sigma_kg_h,licence\n"
GOOD = "a,2023-07-17T06:05:00Z,36.3,61.9,1200,300,CC-BY-4.0\n"
BAD = "b,2023-07-17T06:05:00,36.3,61.9,1200,300,CC-BY-4.0\n"


@pytest.mark.parametrize(("rows", "code"), [(BAD, 14), (GOOD + BAD, 0), (GOOD, 0)])
def test_only_a_list_without_a_usable_row_fails(tmp_path, capsys, rows, code):
    path = tmp_path / "list.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    try:
        found = main(["import", str(path), "--db", str(tmp_path / "x.db"), "--json"])
    except SystemExit as end:
        found = int(end.code or 0)
    assert found == code, capsys.readouterr()
