"""Accounts of the register's sources, as functions and as a command."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from register_databases import scan_plume
from superemitter.cli import main
from superemitter.model.errors import AccountError, UnknownRecord, UsageError
from superemitter.pipeline.accounts import (
    account_of_source,
    observed_sources,
    passes_of_source,
    source_ids_of,
    targets_of_sources,
)
from superemitter.pipeline.register import register_scans
from superemitter.publish.accounts import draw_account, svg_bytes
from superemitter.register import import_file, list_sources, open_register

SEEN = datetime(2024, 3, 1, 6, tzinfo=UTC)
LIST = (
    "id,time,latitude,longitude,rate_kg_h,rate_low_kg_h,rate_high_kg_h,licence\n"
    "X1,2024-11-05T06:00:00Z,36.5,61.5,5000,4000,6000,CC-BY-4.0\n"
)


@pytest.fixture
def database(tmp_path, write_scan):
    """Six scenes over one source: three show it; of the others two say what they would have seen."""
    path = tmp_path / "register.db"
    book = open_register(path)
    for number, rate in enumerate((900.0, None, 1100.0, None, 1000.0, None)):
        time = (SEEN + timedelta(days=40 * number)).isoformat().replace("+00:00", "Z")
        plumes = [] if rate is None else [scan_plume(1, 61.5, 36.5, rate)]
        scan = write_scan(plumes, scene_id=f"S{number}", run_id=f"r{number}", time=time)
        register_scans(book, [scan], now=SEEN + timedelta(days=300))
    with book.engine.begin() as connection:
        for name, chance in (("S1", 1.0), ("S3", 0.9)):
            connection.exec_driver_sql(
                "UPDATE observations SET probability_of_detection = "
                f"{chance} WHERE scene_id = '{name}' AND kind = 'non-detection'"
            )
    book.close()
    return path


@pytest.fixture
def book(database):
    opened = open_register(database)
    yield opened
    opened.close()


def test_scenes_with_and_without_a_plume_make_the_account(book):
    (source,) = list_sources(book)
    made = account_of_source(book, source.source_id)
    assert (made.detections, made.telling, len(made.passes)) == (3, 5, 6)
    assert made.mean_rate.value == pytest.approx(1000)
    assert made.persistence.value == pytest.approx(3 / 5, abs=0.03)
    assert "1 passes saw nothing and do not say" in " ".join(map(str, made.cautions))


def test_an_assumed_probability_is_told_as_one(book):
    (source,) = list_sources(book)
    made = account_of_source(book, source.source_id, assumed_probability=1.0)
    assert made.telling == 6 and made.cautions[0].assumed
    assert made.persistence.value < account_of_source(book, source.source_id).persistence.value


def test_plumes_of_other_lists_join_for_the_rate(book, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(LIST)
    report = import_file(book, path, catalogue="generic")
    assert report.stored == 1
    (source,) = list_sources(book)
    passes = passes_of_source(book, source.source_id)
    assert [one.counts_as_look for one in passes].count(False) == 1
    assert account_of_source(book, source.source_id).mean_rate.value == pytest.approx(2000)


def test_a_source_that_is_not_there(book):
    with pytest.raises(UnknownRecord):
        account_of_source(book, 12345)


def test_the_command_tells_and_draws(database, tmp_path, capsys):
    for name, start in (("a.svg", b"<?xml"), ("a.png", b"\x89PNG")):
        assert main(["account", "1", "--db", str(database), "--out", str(tmp_path / name), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (tmp_path / name).read_bytes().startswith(start)
    assert told["emission"]["low68_t"] < told["emission"]["value_t"] < told["emission"]["high95_t"]
    assert len(told["looks"]) == 6
    assert main(["account", "1", "--db", str(database)]) == 0
    assert "emission, t CH4 a year" in capsys.readouterr().out


def test_pictures_are_the_same_each_time(database, tmp_path):
    for name in ("a.svg", "b.svg"):
        assert main(["account", "1", "--db", str(database), "--out", str(tmp_path / name)]) == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize(("arguments", "code"), [(["--out", "a.jpg"], 2), (["--out", "there.svg"], 6)])
def test_a_picture_that_cannot_be_is_refused_first(database, tmp_path, monkeypatch, capsys, arguments, code):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there.svg").write_text("mine")
    assert main(["account", "1", "--db", str(database), *arguments]) == code
    assert (tmp_path / "there.svg").read_text() == "mine"


def test_assumed_looks_make_plumes_of_lists_rare_events(tmp_path):
    book = open_register(tmp_path / "lists.db")
    (tmp_path / "list.csv").write_text(LIST)
    import_file(book, tmp_path / "list.csv", catalogue="generic")
    (source,) = list_sources(book)
    alone = account_of_source(book, source.source_id)
    assert alone.emission.code == "no-looks"
    made = account_of_source(book, source.source_id, year=2024, assumed_looks=200)
    book.close()
    assert b"ASSUMED" in svg_bytes(draw_account(made)) and b"ASSUMED" not in svg_bytes(draw_account(alone))
    assert made.persistence.value == pytest.approx(1 / 200) and made.telling == 200
    assert made.cautions[0].code == "assumed-looks" and made.emission.value == pytest.approx(5000 / 200 * 8.784)


# ---- held against an inventory

ACTIVITY = (
    "name,year,source,tier,activity_t,activity_u95_percent\nNorth mine,2024,coal-underground-mining,1,{coal},2\n"
)


def test_sources_of_a_box_are_chosen_and_their_assumptions_told(book):
    chosen = source_ids_of(book, bbox=(61.0, 36.0, 62.0, 37.0))
    assert chosen == tuple(one.source_id for one in list_sources(book))
    assert source_ids_of(book, bbox=(0.0, 0.0, 1.0, 1.0)) == ()
    (said,), told = observed_sources(book, chosen, 2024)
    assert said.persistence == pytest.approx(3 / 5, abs=0.03) and told == ()
    with pytest.raises(UsageError):
        source_ids_of(book)


def test_nothing_looked_in_another_year_and_an_assumed_persistence_is_told(book, write_scan):
    time = "2023-05-01T06:00:00Z"
    scan = write_scan([scan_plume(1, 61.5, 36.5, 700.0)], scene_id="OLD", run_id="old", time=time)
    register_scans(book, [scan], now=SEEN + timedelta(days=300))
    ids = source_ids_of(book, bbox=(61.0, 36.0, 62.0, 37.0))
    (said,), told = observed_sources(book, ids, 2023, assumed_persistence=0.5)
    assert said.emission.value == pytest.approx(700 * 0.5 * 8.76) and told[0].assumed
    assert observed_sources(book, ids, 2019) == ((), ())


@pytest.mark.parametrize(("coal", "words"), [(10_000, "more seen than reported"), (9_000_000, "cannot say")])
def test_the_command_reconciles_a_basin_with_the_register(database, tmp_path, capsys, coal, words):
    (tmp_path / "a.csv").write_text(ACTIVITY.format(coal=coal))
    arguments = ["reconcile", str(tmp_path / "a.csv"), "--year", "2024", "--bbox", "61,36,62,37"]
    assert main([*arguments, "--db", str(database)]) == 0
    assert words in capsys.readouterr().out


@pytest.mark.parametrize("box", ["1,2,3", "a,b,c,d", "0,50,1,40", "0,0,1,91"])
def test_a_box_that_is_none_is_an_error(database, tmp_path, capsys, box):
    (tmp_path / "a.csv").write_text(ACTIVITY.format(coal=1))
    assert (
        main(["reconcile", str(tmp_path / "a.csv"), "--year", "2024", f"--bbox={box}", "--db", str(database)]) == 2
    )
    assert "--bbox" in capsys.readouterr().err


# ---- what would stop it


def test_a_source_of_the_register_is_a_target_of_the_sector_that_is_given(book):
    (source,) = list_sources(book)
    with pytest.raises(AccountError, match="tells its sector"):
        targets_of_sources(book, [source.source_id])
    (target,), left_out = targets_of_sources(book, [source.source_id], sector="coal")
    assert target.ch4_t.value == account_of_source(book, source.source_id).emission.value
    assert target.ch4_t.stated and left_out == ()


def test_a_source_without_an_account_is_left_out_with_its_reason(book):
    (source,) = list_sources(book)
    targets, ((name, reason),) = targets_of_sources(book, [source.source_id], sector="coal", year=2019)
    assert targets == () and name == "source 1" and reason


def test_the_command_says_what_would_stop_a_source(database, capsys):
    assert main(["abate", "--source", "1", "--sector", "coal", "--db", str(database)]) == 0
    assert "at most" in capsys.readouterr().out
