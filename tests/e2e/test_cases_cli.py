"""From a plume or a report to a closed case, through the command line alone."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from register_databases import scan_plume
from superemitter.programme.forms import load_form
from superemitter.publish.forms import write_answer_form
from superemitter.register import open_register

YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0c"
    b"IDATx\x9cc\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xc9\xfe\x92\xef\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SUPEREMITTER_DATABASE_URL", raising=False)


@pytest.fixture
def write_report(tmp_path):
    """Writes a report as a person would hand it in."""

    def write(name="report.json", **values):
        told = {
            "longitude": 61.5,
            "latitude": 36.5,
            "detected_at": YESTERDAY.isoformat(),
            "text": "A hiss and a smell of gas.",
        }
        path = tmp_path / name
        path.write_text(json.dumps(told | values), encoding="utf-8")
        return path

    return write


@pytest.fixture
def with_evidence(tmp_path, write_report):
    """A report with a photograph: by the community's rules a notification."""
    (tmp_path / "photo.png").write_bytes(PNG)
    return write_report("with-evidence.json", evidence=[{"name": "photo.png", "caption": "from the road"}])


@pytest.fixture
def plume_scan(write_scan):
    """The output of a scan of yesterday with one plume at the reports' place."""
    time = YESTERDAY.isoformat().replace("+00:00", "Z")
    return write_scan([scan_plume(1, 61.5, 36.5)], time=time)


def told(ran):
    assert ran.code == 0, ran.err + ran.out
    return ran.json


def test_a_plume_becomes_a_closed_case(run, database, plume_scan, with_evidence, tmp_path):
    db = ("--db", database)
    (plume,) = told(run("register", plume_scan, *db, "--json"))["plumes"]
    receipt = told(run("report", with_evidence, *db, "--json"))
    assert (receipt["kind"], receipt["outcome"]) == ("notification", "opened")
    assert receipt["plumes"] == [plume["plume_id"]]
    case = receipt["case"]["case_id"]

    refused = run("notify", case, "--out", "notice", *db)
    assert refused.code == 10 and "a person reviews before a notice" in refused.err
    told(run("cases", "review", case, "accept", "--reviewer", "Li Na", *db, "--json"))
    trial = told(run("notify", case, "--out", "notice", "--dry-run", *db, "--json"))
    assert trial["complete"] and not (tmp_path / "notice").exists()
    notice = told(run("notify", case, "--out", "notice", "--sign", "Li Na", *db, "--json"))
    folder = tmp_path / "notice" / case
    assert {"notice.json", "notice.en.pdf", "notice.zh.pdf", "answer-form.json", "answer-form.xlsx"} <= set(
        notice["files"]
    )
    assert (folder / "evidence" / "photo.png").read_bytes() == PNG
    assert json.loads((folder / "notice.json").read_text())["chain_head"] == notice["chain_head"]

    again = told(run("notify", case, "--out", "notice", *db, "--json"))
    assert again["repeated"] and again["files"] == notice["files"]

    assert (
        run("cases", "answer", case, folder / "answer-form.json", *db).code != 0
    )  # not issued, and nothing filled in
    told(run("cases", "record", case, "reviewed", "--set", "outcome=accepted", "--by", "board", *db, "--json"))
    told(run("cases", "record", case, "issued", "--set", "report_id=R-7", "--by", "board", *db, "--json"))
    told(run("cases", "record", case, "notice-received", "--by", "operator", *db, "--json"))
    (due,) = told(run("cases", "due", "--days", "30", *db, "--json"))["due"]
    assert due["duty"] == "answer" and 14 < due["days_left"] < 16

    answered = told(run("cases", "answer", case, filled_form(tmp_path, case), "--by", "Operator", *db, "--json"))
    assert answered["case"]["state"] == "source_found_ended"
    closing = ("cases", "close", case, "--basis", "answer", "--reason", "repaired", "--by", "board")
    trial = told(run(*closing, "--dry-run", *db, "--json"))
    assert trial["case"]["state"] == "source_found_ended"
    assert told(run(*closing, *db, "--json"))["case"]["state"] == "closed"
    assert told(run("cases", "due", "--days", "999", *db, "--json"))["due"] == []

    proof = told(run("cases", "verify", "--head", notice["chain_head"], *db, "--json"))
    assert proof["ok"] and proof["head"]["case_id"] == case and proof["head"]["events_since"] > 3
    shown = run("cases", "show", case, *db)
    assert shown.code == 0 and "closed" in shown.out and "R-7" in shown.out


def filled_form(folder, case):
    """The form as an operator returns it: the leak was found and has ended."""
    values = {
        "report_id": "R-7",
        "operator_name": "=Operator & Sons",
        "reported_by": "J. Doe",
        "our_facility": True,
        "investigation_date": YESTERDAY.date().isoformat(),
        "investigation_method": "survey",
        "source_identified": True,
        "classification": "unknown",
        "ongoing": False,
        "ended_at": YESTERDAY.isoformat(),
    }
    write_answer_form(load_form("operator-answer"), folder / "filled.xlsx", case_id=case, values=values)
    return folder / "filled.xlsx"


def test_a_report_without_evidence_is_a_tip_and_says_why(run, write_report):
    ran = run("report", write_report())
    assert ran.code == 0
    assert "a tip" in ran.out and "there is no evidence and no rate" in ran.out
    assert "no deadline runs" in ran.out


def test_the_same_report_twice_changes_nothing(run, write_report):
    first = told(run("report", write_report(), "--json"))
    second = told(run("report", write_report("again.json"), "--json"))
    assert second["outcome"] == "filed-before" and second["case"]["events"] == 1
    assert first["case"]["case_id"] == second["case"]["case_id"]


def test_reports_of_one_leak_gather_and_a_notification_raises_the_tip(run, write_report, with_evidence):
    tip = told(run("report", write_report(), "--json"))
    zh = write_report("zh.json", text="闻到很浓的煤气味", language="zh", longitude=61.501)
    second = told(run("report", zh, "--json"))
    third = told(run("report", with_evidence, "--json"))
    assert [second["outcome"], third["outcome"]] == ["joined", "raised"]
    assert {tip["case"]["case_id"], second["case"]["case_id"], third["case"]["case_id"]} == {
        tip["case"]["case_id"]
    }
    assert third["case"]["state"] == "draft"
    assert [report["text"] for report in third["case"]["reports"]][1] == "闻到很浓的煤气味"


@pytest.mark.parametrize("change", [{"longitude": 61.6}, {"detected_at": "2020-01-01T00:00:00Z"}])
def test_another_place_or_another_season_is_another_leak(run, write_report, change):
    told(run("report", write_report(), "--json"))
    assert told(run("report", write_report("other.json", **change), "--json"))["outcome"] == "opened"


def test_who_reports_anonymously_is_named_nowhere(run, write_report):
    path = write_report(reporter="Anna Secret", contact="anna@example.org", anonymous=True)
    receipt = run("report", path, "--json")
    case = told(receipt)["case"]["case_id"]
    shown = receipt.out + run("cases", "show", case).out + run("cases", "show", case, "--json").out
    assert "Secret" not in shown and "anna@" not in shown


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"latitude": 136.5}, "latitude: 136.5 is not between -90 and 90"),
        ({"detected_at": "2026-01-01T00:00:00"}, "no time zone"),
        ({"detected_at": "2926-01-01T00:00:00Z"}, "in the future"),
        ({"colour": "blue"}, "colour: is no field of a report"),
        ({"evidence": ["../photo.png"]}, "not in the folder of the report"),
        ({"evidence": ["none.png"]}, "none.png"),
        ({"text": "a\u001b[2J"}, "control characters"),
    ],
)
def test_a_report_that_cannot_be_taken_names_the_field_and_stores_nothing(run, write_report, change, complaint):
    ran = run("report", write_report(**change))
    assert ran.code == 11 and complaint in ran.err
    assert told(run("cases", "list", "--json"))["cases"] == []


def test_the_rule_of_the_day_decides_between_tip_and_notification(run, write_report, tmp_path):
    notifiers = [
        {
            "id": "N-1",
            "name": "Watch",
            "programme_id": "us-epa-sep",
            "approved_on": "2024-05-20",
            "approvals": [["satellite", "EPA-1"]],
        }
    ]
    (tmp_path / "notifiers.json").write_text(json.dumps(notifiers))
    values = {
        "longitude": -102.1,
        "latitude": 31.9,
        "detected_at": "2024-06-20T18:00:00Z",
        "rate_kg_h": 350.0,
        "rate_sigma_kg_h": 80.0,
        "facility_type": "well_site",
        "technology": "satellite",
        "notifier_id": "N-1",
        "approval_reference": "EPA-1",
    }
    told_by = ("--programme", "us-epa-sep", "--notifiers", "notifiers.json", "--json")
    path = write_report("us.json", **values)
    then = told(run("report", path, *told_by, "--as-of", "2024-07-01", "--dry-run"))
    assert (then["kind"], then["reasons"]) == ("notification", [])
    suspended = told(run("report", path, *told_by, "--as-of", "2026-07-01", "--dry-run"))
    assert suspended["kind"] == "tip" and "suspended on 2026-07-01" in suspended["reasons"][0]["words"]
    small = write_report("small.json", **{**values, "rate_kg_h": 99.9})
    below = told(run("report", small, *told_by, "--as-of", "2024-07-01", "--dry-run"))
    assert below["kind"] == "tip" and "99.9 kg/h" in below["reasons"][-1]["words"]
    citizen = write_report("citizen.json", **{**values, "notifier_id": ""})
    other = told(run("report", citizen, *told_by, "--as-of", "2024-07-01", "--dry-run"))
    assert other["kind"] == "tip" and "60.5371b" in other["reasons"][0]["citation"]
    assert told(run("cases", "list", "--json"))["cases"] == []


def test_a_tip_cannot_become_a_notice(run, write_report):
    case = told(run("report", write_report(), "--json"))["case"]["case_id"]
    ran = run("notify", case, "--out", "notice")
    assert ran.code == 10 and "a tip is never a notification" in ran.err


def test_what_a_notice_lacks_is_listed_by_rule(run, write_report, tmp_path, monkeypatch):
    path = write_report(rate_kg_h=200.0, rate_sigma_kg_h=50.0)
    case = told(run("report", path, "--json"))["case"]["case_id"]
    ran = run("notify", case, "--out", "notice", "--json")
    assert ran.code == 11 and ran.json["error"]["code"] == "form.invalid"
    (missing,) = ran.json["missing"]
    assert missing["item"] == "evidence" and missing["what"]["zh"] and missing["citation"]
    assert not (tmp_path / "notice").exists()


def test_a_changed_byte_is_found_and_named(run, write_report, tmp_path):
    case = told(run("report", write_report(), "--json"))["case"]["case_id"]
    told(run("cases", "record", case, "note-added", "--set", "text=seen again", "--by", "Ann", "--json"))
    with sqlite3.connect("superemitter.db") as database:
        database.execute("UPDATE case_events SET payload = replace(payload, 'again', 'never') WHERE sequence = 1")
    ran = run("cases", "verify")
    assert ran.code == 7 and case in ran.err and "event 1 (note-added) was changed" in ran.err
    assert run("cases", "verify", "--json").json["faults"][0]["case_id"] == case


def test_a_head_that_no_history_has_is_not_proved(run, write_report):
    told(run("report", write_report(), "--json"))
    assert run("cases", "verify", "--head", "0" * 64).code == 7


def test_a_changed_document_is_found(run, with_evidence):
    told(run("report", with_evidence, "--json"))
    with sqlite3.connect("superemitter.db") as database:
        database.execute("UPDATE documents SET content = x'00'")
    ran = run("cases", "verify")
    assert ran.code == 7 and "photo.png" in ran.err


def test_a_later_scene_tells_the_case(run, plume_scan, write_scan, with_evidence):
    told(run("register", plume_scan, "--json"))
    case = told(run("report", with_evidence, "--json"))["case"]["case_id"]
    later = (YESTERDAY + timedelta(hours=12)).isoformat().replace("+00:00", "Z")
    clear = write_scan([], run_id="run-2", scene_id="LATER", time=later)
    registered = told(run("register", clear, "--json"))
    assert registered["cases_told"] == [{"case_id": case, "scene_id": "LATER", "detected": False}]
    assert told(run("register", clear, "--json"))["cases_told"] == []
    closure = told(run("cases", "show", case, "--json"))["closure"]
    assert closure["cannot_say"] == 1 and closure["probability_stopped"]["cannot_say"]
    seen = ("scene_id=BETTER", "detected=false", "probability_of_detection=0.9")
    sets = [word for value in seen for word in ("--set", value)]
    told(run("cases", "record", case, "observed", *sets, "--by", "Ann", "--json"))
    assert told(run("cases", "show", case, "--json"))["closure"]["probability_stopped"] > 0.5


def test_a_withdrawn_plume_is_withdrawn_everywhere(run, plume_scan, with_evidence):
    (plume,) = told(run("register", plume_scan, "--json"))["plumes"]
    case = told(run("report", with_evidence, "--json"))["case"]["case_id"]
    words = ("cases", "withdraw", case, "--what", "plume", "--id", plume["plume_id"], "--reason", "a road")
    assert run(*words, "--by", "Li Na", "--dry-run").code == 0
    assert told(run("register", plume_scan, "--json"))["plumes"]
    assert told(run(*words, "--by", "Li Na", "--json"))["cases"] == [case]
    assert told(run("cases", "show", case, "--json"))["plumes"][0]["decision"] == "withdrawn"
    assert told(run("register", plume_scan, "--json"))["plumes"] == []


def test_a_list_is_imported_rehearsed_first(run, tmp_path):
    rows = ["id,time,longitude,latitude,rate_kg_h", "a,2024-06-01T10:00:00Z,10,50,900", "b,2024-06-01,10,50,1"]
    (tmp_path / "list.csv").write_text("\n".join(rows) + "\n")
    trial = told(run("import", "list.csv", "--catalogue", "mine", "--dry-run", "--json"))
    assert (trial["read"], trial["stored"], len(trial["refused"])) == (2, 1, 1)
    first = told(run("import", "list.csv", "--catalogue", "mine", "--json"))
    assert (first["stored"], first["refused"][0]["row"]) == (1, 3)
    again = run("import", "list.csv", "--catalogue", "mine")
    assert again.code == 0 and "0 stored" in again.out and "1 unchanged" in again.out and "time" in again.out
    assert run("import", "none.csv").code == 14


def test_a_folder_that_is_no_scan_does_not_stop_the_others(run, plume_scan, tmp_path):
    (tmp_path / "empty").mkdir()
    ran = run("register", tmp_path / "empty", plume_scan, "--json")
    assert ran.code == 13 and len(ran.json["scenes"]) == 1 and "holds no scan" in ran.json["error"]["message"]


def test_the_setting_names_the_register(run, write_report, monkeypatch, tmp_path):
    monkeypatch.setenv("SUPEREMITTER_DATABASE_URL", f"sqlite:///{tmp_path / 'mine.db'}")
    told(run("report", write_report(), "--json"))
    assert (tmp_path / "mine.db").exists() and not (tmp_path / "superemitter.db").exists()


def test_as_of_an_earlier_day_a_case_is_what_it_was_then(run, write_report):
    case = told(run("report", write_report(), "--json"))["case"]["case_id"]
    assert run("cases", "show", case, "--as-of", "2020-01-01").code == 2
    opened = told(run("cases", "show", case, "--json"))["opened_at"]
    told(run("cases", "record", case, "note-added", "--set", "text=later", "--by", "Ann", "--json"))
    assert told(run("cases", "show", case, "--as-of", opened, "--json"))["events"] == 1
    assert told(run("cases", "list", "--as-of", "2020-01-01", "--json"))["cases"] == []
    assert run("cases", "show", case, "--as-of", "tomorrow").code == 2


def test_next_names_the_rule_that_forbids_a_step(run, write_report):
    case = told(run("report", write_report(), "--programme", "us-epa-sep", "--json"))["case"]["case_id"]
    steps = {one["step"]: one for one in told(run("cases", "next", case, "--json"))["steps"]}
    assert steps["note-added"]["allowed"] and not steps["issued"]["allowed"]
    assert "40 CFR" in steps["issued"]["rule"]


def test_questions_are_asked_where_there_is_no_file(run, monkeypatch):
    answers = iter(["36.5", "61.5", YESTERDAY.isoformat(), "有煤气味", "zh", "", "", "", "", "", "yes"])
    monkeypatch.setattr("typer.prompt", lambda *a, **k: next(answers))
    ran = run("report", "--interactive")
    assert ran.code == 0 and "a tip" in ran.out
    (case,) = told(run("cases", "list", "--json"))["cases"]
    assert case["reports"][0]["text"] == "有煤气味" and case["reports"][0]["anonymous"]


def test_markup_and_formulas_in_what_people_write_stay_text(run, write_report):
    case = told(run("report", write_report(text="[red]=1+1[/] <b>x</b>"), "--json"))["case"]["case_id"]
    assert "[red]=1+1[/] <b>x</b>" in run("cases", "show", case).out


def test_a_reviewers_outline_gives_a_new_version(run, scene, tmp_path):
    wind = ("--wind-speed", "3", "--wind-from", "250", "--wind-speed-sigma", "1")
    assert run("scan", scene, "--out", "out", *wind).code == 0
    plume = told(run("register", "out", "--json"))["plumes"][0]
    case = told(run("report", "--plume", plume["observation_id"], "--json"))["case"]["case_id"]
    record = json.loads((tmp_path / "out" / scene.stem / "plumes.geojson").read_text())["features"][0]
    west, south = plume["longitude"] - 0.02, plume["latitude"] - 0.02
    east, north = west + 0.04, south + 0.04
    ring = [[west, south], [east, south], [east, north], [west, north]]
    outline = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    (tmp_path / "mask.geojson").write_text(json.dumps(outline))
    words = ("cases", "review", case, "accept", "--reviewer", "Li Na", "--mask", "mask.geojson")
    assert told(run(*words, "--dry-run", "--json"))["case"]["plumes"][0]["versions"] == 1
    (after,) = told(run(*words, "--json"))["case"]["plumes"]
    assert (after["versions"], after["cause"], after["decision"]) == (2, "masked", "accepted")
    assert after["rate_kg_h"] and after["rate_kg_h"] != record["properties"]["rate_kg_h"]
    (again,) = told(run("register", "out", "--json"))["plumes"]
    assert again["rate_kg_h"] == after["rate_kg_h"]  # the register holds the new version, and the old one below it

    middle = 0.5 * (west + east)
    halves = [
        {"type": "Polygon", "coordinates": [[[a, south], [b, south], [b, north], [a, north], [a, south]]]}
        for a, b in ((west, middle), (middle, east))
    ]
    features = [{"type": "Feature", "properties": {}, "geometry": half} for half in halves]
    (tmp_path / "parts.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    split = told(run(*words[:-2], "--split", "parts.geojson", "--json"))["case"]["plumes"]
    whole, *parts = split
    assert whole["split_into"] == [part["plume_id"] for part in parts] and len(parts) == 2
    assert all(part["decision"] == "accepted" for part in parts)


def test_an_outline_that_is_none_is_refused(run, plume_scan, with_evidence, tmp_path):
    told(run("register", plume_scan, "--json"))
    case = told(run("report", with_evidence, "--json"))["case"]["case_id"]
    words = ("cases", "review", case, "accept", "--reviewer", "Li Na", "--mask")
    for content in ("{", '{"type": "Point", "coordinates": [1, 2]}', "[]", '{"type": "FeatureCollection"}'):
        (tmp_path / "bad.geojson").write_text(content)
        assert run(*words, "bad.geojson").code == 11, content
    (case_now,) = told(run("cases", "list", "--json"))["cases"]
    assert case_now["plumes"][0]["decision"] == "pending"


def test_two_at_once_lose_nothing(database, write_report, tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    from superemitter.pipeline.cases import prove, take_step
    from superemitter.pipeline.report_files import read_report_file
    from superemitter.pipeline.reports import file_report

    register = open_register(database)
    now = datetime.now(UTC)
    filing = read_report_file(write_report(), now=now)
    case = file_report(register, filing, programme_id="generic", now=now).case.case_id

    def note(number):
        take_step(register, case, "note-added", {"text": str(number)}, actor="Ann", now=datetime.now(UTC))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(note, range(10)))
    proof = prove(register)
    assert (proof.events, proof.faults) == (11, ())
    register.close()
