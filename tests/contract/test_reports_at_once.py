"""First reports of one leak that come in at the same moment gather in one case, on both databases."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from superemitter.pipeline.report_files import read_report_file
from superemitter.pipeline.reports import file_report
from superemitter.register import list_cases, open_register

REPORTS = 8


def test_reports_of_one_leak_filed_at_once_open_one_case(database, tmp_path):
    now = datetime.now(UTC)
    filings = []
    for number in range(REPORTS):
        path = tmp_path / f"report-{number}.json"
        path.write_text(
            json.dumps(
                {
                    "reporter": f"Neighbour {number}",
                    "longitude": 61.9,
                    "latitude": 36.3,
                    "detected_at": "2026-11-20T06:05:00Z",
                    "text": f"A hiss and a smell of gas, {number}.",
                }
            ),
            encoding="utf-8",
        )
        filings.append(read_report_file(path, now=now))
    registers = [open_register(database) for _ in filings]

    def file(number: int) -> str:
        receipt = file_report(registers[number], filings[number], programme_id="generic", now=datetime.now(UTC))
        return receipt.case.case_id

    with ThreadPoolExecutor(REPORTS) as pool:
        found = set(pool.map(file, range(REPORTS)))
    assert len(found) == 1
    assert {row.case_id for row in list_cases(registers[0], programme_id="generic")} == found
    for register in registers:
        register.close()
