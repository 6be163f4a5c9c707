"""Statements of the fee: complete, in step with each other, safe to open."""

from __future__ import annotations

import csv
import json
import re

import pytest
from pypdf import PdfReader

from superemitter.account.fee import assess_fee, load_fee_rules, packaged_example, read_facilities
from superemitter.cli import main
from superemitter.publish.fee import fee_page, fee_record, write_fee

BOTH = ("statute_2022", "current_law")


def statements(text: str = "", year: int = 2024):
    found = []
    for name in BOTH:
        rules = load_fee_rules(name)
        found.append(assess_fee(read_facilities(text or packaged_example(), "x.csv", rules, year), rules, year))
    return found


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "facilities.csv"
    path.write_text(packaged_example(), encoding="utf-8")
    return path


def rows(path):
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_the_page_shows_both_laws_side_by_side_with_their_banners():
    page = fee_page(statements())
    assert "$540,000.00" in page and "$0.00" in page
    assert "HISTORICAL LAW" in page
    assert "0.002 × 0.0192 t/Mscf × 10,000,000 Mscf" in page
    assert "no price of a single event" in page
    assert re.findall(r"<script|src=|https?://", page) == []


def test_names_from_the_table_are_never_markup_nor_formulas(tmp_path):
    text = packaged_example().replace("North Basin (made up)", '"=cmd|<script>alert(1)</script>"')
    files = write_fee(statements(text), tmp_path / "out", {})
    assert "<script" not in files["page"].read_text(encoding="utf-8")
    assert "&lt;script&gt;" in files["page"].read_text(encoding="utf-8")
    assert rows(files["facilities"])[0]["facility_name"].startswith("'=cmd")


def test_the_files_hold_every_facility_party_and_equation_under_each_law(tmp_path):
    made = statements()
    files = write_fee(made, tmp_path / "out", {})
    facilities, parties, equations = (rows(files[key]) for key in ("facilities", "parties", "equations"))
    assert [row["facility_id"] for row in facilities] == ["1001", "1002", "1003"] * 2
    assert [row["netted_ch4_t"] for row in facilities[:3]] == ["1000", "-400", ""]
    assert [(row["rules"], row["charge_usd"]) for row in parties] == [
        ("statute_2022", "540000.00"),
        ("current_law", "0.00"),
    ]
    assert len(equations) == sum(len(p.steps) for s in made for p in (*s.facilities, *s.parties))
    assert {row["verified"] for row in equations} == {"true", "false"}
    assert all(row["citation"] for row in equations)


def test_the_paper_says_what_the_page_says(tmp_path):
    files = write_fee(statements(), tmp_path / "out", {})
    text = " ".join(page.extract_text() for page in PdfReader(files["paper"]).pages)
    for words in (
        "$540,000.00",
        "HISTORICAL LAW",
        "Prairie Group",
        "42 U.S.C. 7436(e)(2)(A)",
        "no price of a single",
    ):
        assert words in text


def test_a_long_list_makes_every_file_but_the_paper_and_says_so(table, tmp_path, capsys):
    header, first, *_ = packaged_example().splitlines()
    lines = [header, *(first.replace("1001", f"F{number}", 1) for number in range(401))]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    out = tmp_path / "out"
    assert main(["fee", str(table), "--year", "2024", "--rules", "current_law", "--out", str(out)]) == 0
    assert "no PDF" in capsys.readouterr().out
    assert not (out / "statement.pdf").exists()
    assert len(rows(out / "facilities.csv")) == 401


def test_decimals_in_json_are_strings_and_none_is_null():
    record = json.loads(json.dumps(fee_record(statements()[0])))
    assert record["total_usd"] == "540000.00"
    assert [facility["netted_ch4_t"] for facility in record["facilities"]] == ["1000", "-400", None]
    assert record["parties"][0]["owners"][1] == {"owner": "Prairie Midstream", "net_ch4_t": "-400"}


def test_the_command_writes_statements_and_equal_calls_give_equal_bytes(table, tmp_path, capsys):
    out = tmp_path / "out"
    call = [
        "fee",
        str(table),
        "--year",
        "2024",
        "--rules",
        "statute_2022",
        "--rules",
        "current_law",
        "--out",
        str(out),
    ]
    assert main(call) == 0
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    shown = capsys.readouterr().out
    assert "$540,000.00" in shown and "Law applied" in shown and "HISTORICAL LAW" in shown
    assert main(call) == 6
    assert main([*call, "--overwrite"]) == 0
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    record = json.loads(first["run.json"])
    assert record["options"]["rules"] == {"statute_2022": "2025-07-03", "current_law": "2026-03-26"}


def test_a_dry_run_computes_and_writes_nothing(table, tmp_path, capsys):
    out = tmp_path / "out"
    call = [
        "fee",
        str(table),
        "--year",
        "2034",
        "--rules",
        "current_law",
        "--out",
        str(out),
        "--dry-run",
        "--json",
    ]
    assert main(call) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["dry_run"], answer["files"], answer["statements"][0]["total_usd"]) == (True, {}, "900000.00")
    assert not out.exists()


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        (["--rules", "wec"], 2, "value.invalid"),
        (["--rules", "statute_2022", "--as-of", "2026-01-01"], 2, "current_law"),
        (["--rules", "statute_2022", "--as-of", "soon"], 2, "YYYY-MM-DD"),
        (["--rules", "statute_2022", "--year", "2023"], 2, "2023 lies outside"),
    ],
)
def test_what_cannot_be_asked_is_told(table, tmp_path, capsys, changes, code, words):
    call = ["fee", str(table), "--year", "2024", "--out", str(tmp_path / "out"), *changes]
    assert main(call) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_faulty_table_ends_the_command_and_writes_nothing(table, tmp_path, capsys):
    table.write_text(packaged_example().replace(",1384,", ",-1384,"), encoding="utf-8")
    assert (
        main(["fee", str(table), "--year", "2024", "--rules", "current_law", "--out", str(tmp_path / "o")]) == 15
    )
    assert "facilities.csv: 1 fault: row 2, column ch4_t" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_assumed_determinations_reach_the_statement(table, tmp_path, capsys):
    call = ["fee", str(table), "--year", "2024", "--rules", "part99_2024", "--out", str(tmp_path / "o")]
    assert main([*call, "--assume-determined", "TX", "--json"]) == 0
    (statement,) = json.loads(capsys.readouterr().out)["statements"]
    assert statement["assumed_determined_states"] == ["TX"]
    assert any(banner.startswith("ASSUMED") for banner in statement["banners"])
