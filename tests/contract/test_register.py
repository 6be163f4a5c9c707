"""What the register promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from superemitter.model import Facility
from superemitter.model.errors import (
    InvalidValue,
    RegisterError,
    RegisterOutdated,
    RegisterTooNew,
    UnknownRecord,
    UsageError,
    VerificationFailed,
)
from superemitter.register import (
    CaseRow,
    ObservationQuery,
    Operator,
    Register,
    add_document,
    append_event,
    cases_of,
    document,
    each_observation,
    event,
    exportable,
    facilities_near,
    import_file,
    list_cases,
    list_observations,
    list_sources,
    observation,
    observations_of,
    open_case,
    open_register,
    operator,
    revise,
    save_facilities,
    save_operators,
    upgrade,
    versions,
    withdraw,
)
from superemitter.register.migrate import upgrade_to
from superemitter.register.schema import metadata

NOON = datetime(2024, 8, 27, 12, 0, tzinfo=UTC)
HEADER = "id,time,longitude,latitude,rate_kg_h,rate_sigma_kg_h,sector,country,name,licence\n"


def csv_file(folder: Path, rows: list[str], name: str = "list.csv", header: str = HEADER) -> Path:
    path = folder / name
    path.write_text(header + "".join(row + "\n" for row in rows), encoding="utf-8")
    return path


def opened(register: Register, case_id: str = "c1", **more: object) -> CaseRow:
    row = CaseRow(case_id=case_id, programme_id="us-epa-sep", text_id="60.5371b", opened_at=NOON, **more)  # type: ignore[arg-type]
    open_case(register, row, kind="tip-received", at=NOON, actor="citizen", payload={"text": "漏气 <b>"})
    return row


def test_the_migrations_make_the_tables_that_the_code_expects(register: Register) -> None:
    assert _differences(register) == []


def _differences(register: Register) -> list[object]:
    with register.reading() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _ours})
        return list(compare_metadata(context, metadata))


def _ours(item: object, name: str | None, kind: str, *_: object) -> bool:
    return "_rtree" not in str(name) and not str(name).endswith("_point")


def test_opening_again_changes_nothing(database: str) -> None:
    first = open_register(database)
    opened(first)
    first.close()
    second = open_register(database)
    assert [row.case_id for row in list_cases(second)] == ["c1"]
    second.close()


def test_a_register_of_a_newer_version_is_refused(database: str) -> None:
    register = open_register(database)
    with register.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    register.close()
    with pytest.raises(RegisterTooNew, match="9999"):
        open_register(database)


def test_an_older_register_is_upgraded_only_when_asked(
    empty_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as old:
        old.setattr("superemitter.register.migrate.newest_version", lambda: "0001")
        old.setattr(
            "superemitter.register.migrate.upgrade_to", lambda connection, _: upgrade_to(connection, "0001")
        )
        open_register(empty_database).close()
    with pytest.raises(RegisterOutdated, match="0001"):
        open_register(empty_database)
    register = upgrade(empty_database)
    try:
        assert _differences(register) == []
    finally:
        register.close()
    open_register(empty_database).close()


def test_a_database_of_something_else_is_left_alone(database: str) -> None:
    register = open_register(database)
    with register.writing() as connection:
        connection.execute(text("DROP TABLE alembic_version"))
    register.close()
    with pytest.raises(RegisterError, match="no register"):
        open_register(database)


def test_two_processes_may_make_the_register_at_once(tmp_path: Path, postgres: object) -> None:
    addresses = [f"sqlite:///{tmp_path / 'new.db'}", postgres.new_database()]  # type: ignore[attr-defined]
    for address in addresses:
        with ThreadPoolExecutor(4) as pool:
            for register in pool.map(lambda _, a=address: open_register(a), range(4)):
                register.close()


def test_lists_import_merge_and_import_again_without_change(register: Register, tmp_path: Path) -> None:
    at = "2024-08-27T06:00:00Z"
    mine = csv_file(tmp_path, [f"a,{at},61.5,36.5,900,300,Oil,Turkmenistan,=CMD(),CC-BY-4.0"])
    other = csv_file(tmp_path, ["b,2024-08-27T06:06:00+00:00,61.505,36.5,1200,,Gas,TM,,CC-BY-4.0"], "other.csv")
    assert import_file(register, mine, "mine").stored == 1
    report = import_file(register, other, "other")
    assert (report.stored, report.merged) == (1, 1)
    again = import_file(register, other, "other")
    assert (again.read, again.stored, again.unchanged, again.merged) == (1, 0, 1, 0)
    page = list_observations(register)
    assert {o.catalogue for o in page.observations} == {"mine", "other"}
    (one,) = {o.event_id for o in page.observations}
    assert one is not None and {r.rate_kg_h for r in event(register, one).records} == {900.0, 1200.0}
    assert len(list_sources(register)) == 1


@pytest.mark.parametrize(
    ("catalogue", "time", "longitude"),
    [
        ("mine", "2024-08-27T06:01:00Z", "61.503"),  # one catalogue lists its plumes apart because they are
        ("other", "2024-08-27T06:10:01Z", "61.5"),  # later than the window
        ("other", "2024-08-27T06:00:00Z", "61.52"),  # farther than the position errors
    ],
)
def test_different_plumes_stay_different_events(
    register: Register, tmp_path: Path, catalogue: str, time: str, longitude: str
) -> None:
    import_file(register, csv_file(tmp_path, ["a,2024-08-27T06:00:00Z,61.5,36.5,900,,,,,CC0"]), "mine")
    report = import_file(register, csv_file(tmp_path, [f"b,{time},{longitude},36.5,900,,,,,CC0"]), catalogue)
    assert (report.stored, report.merged) == (1, 0)


def test_the_nearest_of_two_plumes_gets_the_event(register: Register, tmp_path: Path) -> None:
    at = "2024-08-27T06:00:00Z"
    import_file(register, csv_file(tmp_path, [f"a,{at},61.5,36.5,900,,,,,CC0"]), "mine")
    rows = [f"far,{at},61.51,36.5,900,,,,,CC0", f"near,{at},61.501,36.5,900,,,,,CC0"]
    assert import_file(register, csv_file(tmp_path, rows), "other").merged == 1
    found = {o.record_id: o.event_id for o in list_observations(register).observations}
    assert found["near"] == found["a"] != found["far"]


def test_plumes_either_side_of_the_antimeridian_are_neighbours(register: Register, tmp_path: Path) -> None:
    at = "2024-08-27T06:00:00Z"
    import_file(register, csv_file(tmp_path, [f"a,{at},179.999,10,900,,,,,CC0"]), "mine")
    import_file(register, csv_file(tmp_path, [f"b,{at},-179.999,10,900,,,,,CC0"]), "other")
    later = csv_file(tmp_path, ["c,2024-09-27T06:00:00Z,-179.999,10,900,,,,,CC0"])
    import_file(register, later, "other")
    assert len(list_sources(register)) == 1
    query = ObservationQuery(bbox=(179.9, 9.0, -179.9, 11.0))
    assert len(list_observations(register, query).observations) == 3


def test_a_changed_record_is_a_new_version_and_the_old_one_stays(register: Register, tmp_path: Path) -> None:
    row = "a,2024-08-27T06:00:00Z,61.5,36.5,{},,,,,CC0"
    import_file(register, csv_file(tmp_path, [row.format(11155)]))
    report = import_file(register, csv_file(tmp_path, [row.format(6085)]))
    assert (report.stored, report.updated) == (0, 1)
    (now,) = list_observations(register).observations
    assert (now.rate_kg_h, now.version) == (6085.0, 2)
    assert [v.content["rate_kg_h"] for v in versions(register, now.observation_id)] == [11155.0, 6085.0]


def test_a_small_correction_keeps_event_and_source_and_a_large_one_does_not(
    register: Register, tmp_path: Path
) -> None:
    row = "a,2024-08-27T06:00:00Z,{},36.5,900,,,,,CC0"
    seen = []
    for longitude in (61.5, 61.501, 62.5):
        import_file(register, csv_file(tmp_path, [row.format(longitude)]))
        (now,) = list_observations(register).observations
        seen.append((now.event_id, now.source_id))
    assert seen[0] == seen[1]
    assert seen[2][0] != seen[0][0] and seen[2][1] != seen[0][1]
    (moved,) = list_observations(register, ObservationQuery(bbox=(62, 36, 63, 37))).observations
    assert moved.longitude == 62.5
    assert list_observations(register, ObservationQuery(bbox=(61, 36, 62, 37))).observations == ()


def test_a_revision_and_a_withdrawal_are_versions_and_reach_the_case(register: Register, tmp_path: Path) -> None:
    import_file(register, csv_file(tmp_path, ["a,2024-08-27T06:00:00Z,61.5,36.5,900,300,,,,CC0"]))
    (seen,) = list_observations(register).observations
    key = seen.observation_id
    opened(register)
    append_event(register, "c1", kind="x", at=NOON, actor="a", payload={}, observation_ids=[key])
    changes = {"rate_kg_h": 700.0, "rate_low_kg_h": 500.0, "rate_high_kg_h": 950.0}
    assert revise(register, key, changes, by="reviewer", reason="mask") == 2
    withdraw(register, key, by="reviewer", reason="a lake")
    withdraw(register, key, by="reviewer", reason="again")
    assert list_observations(register).observations == ()
    assert observation(register, key).withdrawn and observation(register, key).rate_kg_h == 700.0
    assert [v.reason for v in versions(register, key)][1:] == ["mask", "a lake"]
    assert cases_of(register, key) == ("c1",) and observations_of(register, "c1") == (key,)
    again = import_file(register, csv_file(tmp_path, ["a,2024-08-27T06:00:00Z,61.5,36.5,800,300,,,,CC0"]))
    assert again.updated == 1 and observation(register, key).withdrawn
    with pytest.raises(InvalidValue, match="catalogue"):
        revise(register, key, {"catalogue": "x"}, by="a", reason="b")
    with pytest.raises(UnknownRecord):
        withdraw(register, 99, by="a", reason="b")


def test_records_under_non_commercial_or_unstated_terms_never_leave(register: Register, tmp_path: Path) -> None:
    at = "2024-08-27T06:00:00Z"
    rows = [f"{n},{at},6{n},36.5,900,,,,{name},{terms}" for n, name, terms in _TERMS]
    report = import_file(register, csv_file(tmp_path, rows))
    assert not report.exportable
    assert len(list_observations(register).observations) == len(_TERMS)
    for query in (None, ObservationQuery(), ObservationQuery(exportable=False)):
        assert {one.name for one in exportable(register, query)} == {"=free()", "free"}


_TERMS = [
    (1, "=free()", "CC-BY-4.0"),
    (2, "free", "public domain"),
    (3, "kept", "CC-BY-NC-SA-4.0"),
    (4, "kept", "cc by nc 4.0"),
    (5, "kept", "for non-commercial use"),
    (6, "kept", ""),
]


def test_pages_hold_every_observation_once_and_newest_first(register: Register, tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    rows = [
        f"{n},2024-08-27T06:{m:02d}:00Z,{lon:.4f},{lat:.4f},{rate:.1f},,,,,CC0"
        for n, (m, lon, lat, rate) in enumerate(
            zip(
                rng.integers(0, 9, 400),
                rng.uniform(-180, 180, 400),
                rng.uniform(-90, 90, 400),
                rng.uniform(10, 5000, 400),
                strict=True,
            )
        )
    ]
    import_file(register, csv_file(tmp_path, rows))
    seen, after = [], None
    while True:
        page = list_observations(register, limit=37, after=after)
        seen += page.observations
        after = page.next
        if after is None:
            break
    assert Counter(o.record_id for o in seen) == {str(n): 1 for n in range(400)}
    assert [(o.time, o.observation_id) for o in seen] == sorted(
        ((o.time, o.observation_id) for o in seen), reverse=True
    )
    _check_filters(register, seen)
    with pytest.raises(UsageError):
        list_observations(register, after="rubbish")
    with pytest.raises(UsageError):
        list_observations(register, limit=0)


def _check_filters(register: Register, every: list) -> None:  # type: ignore[type-arg]
    """A filter by the database finds what the same filter in plain Python finds."""
    since, until = datetime(2024, 8, 27, 6, 2, tzinfo=UTC), datetime(2024, 8, 27, 6, 5, tzinfo=UTC)
    asked = {
        ObservationQuery(bbox=(-50, -20, 70, 60)): lambda o: -50 <= o.longitude <= 70 and -20 <= o.latitude <= 60,
        ObservationQuery(bbox=(150, -90, -150, 90)): lambda o: o.longitude >= 150 or o.longitude <= -150,
        ObservationQuery(min_rate_kg_h=2000, max_rate_kg_h=3000): lambda o: 2000 <= o.rate_kg_h <= 3000,
        ObservationQuery(since=since, until=until): lambda o: since <= o.time < until,
        ObservationQuery(catalogue="generic"): lambda o: True,
        ObservationQuery(catalogue="sron"): lambda o: False,
        ObservationQuery(source_id=every[0].source_id): lambda o: o.source_id == every[0].source_id,
        ObservationQuery(kind="non-detection"): lambda o: False,
        ObservationQuery(simulated=True): lambda o: False,
    }
    for query, holds in asked.items():
        assert list(each_observation(register, query)) == [o for o in every if holds(o)]


def test_the_planner_s_shortcuts_do_not_change_an_answer(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [f"{n},2024-08-27T06:00:{n:02d}Z,{60 + n / 50},36,{100 * n},,,,,CC0" for n in range(50)]
    import_file(register, csv_file(tmp_path, rows))
    query = ObservationQuery(bbox=(60.2, 35, 60.7, 37), min_rate_kg_h=1500)
    answers = []
    for few in (0, 10_000):
        monkeypatch.setattr("superemitter.register.queries._FEW", few)
        answers.append(list_observations(register, query, limit=7).observations)
    assert answers[0] == answers[1] and len(answers[0]) == 7


def test_equal_documents_are_kept_once_and_a_changed_one_is_found(register: Register) -> None:
    key = add_document(register, b"photo", name="照片.jpg", media_type="image/jpeg")
    assert add_document(register, b"photo", name="other.jpg", media_type="image/jpeg") == key
    kept = document(register, key)
    assert (kept.content, kept.name, kept.size) == (b"photo", "照片.jpg", 5)
    with register.writing() as connection:
        connection.execute(text("UPDATE documents SET content = :c"), {"c": b"other"})
    with pytest.raises(VerificationFailed):
        document(register, key)
    with pytest.raises(UnknownRecord):
        document(register, "0" * 64)
    with pytest.raises(InvalidValue):
        add_document(register, b"", name="x", media_type="x")


def test_facilities_near_a_point_come_nearest_first(register: Register) -> None:
    save_operators(register, [Operator(operator_id="o1", name="业主")])
    save_operators(register, [Operator(operator_id="o1", name="业主", contact="a@b.example")])
    assert operator(register, "o1") == Operator(operator_id="o1", name="业主", contact="a@b.example")
    assert operator(register, "o2") is None
    near = [Facility(facility_id=f"f{n}", name="x", longitude=61 + n / 1000, latitude=36) for n in (3, 1, 90)]
    assert save_facilities(register, near, list_name="GEM", operator_ids={"f1": "o1"}) == 3
    assert save_facilities(register, near[:1], list_name="GEM") == 1
    found = facilities_near(register, 61.0, 36.0, 1000.0)
    assert [facility.facility_id for facility, _ in found] == ["f1", "f3"]
    assert found[0][1] == pytest.approx(90, abs=1)


def test_a_transaction_that_fails_stores_nothing(
    register: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("between two statements")

    path = csv_file(tmp_path, [f"{n},2024-08-27T06:00:00Z,6{n},36.5,900,,,,,CC0" for n in range(5)])
    monkeypatch.setattr("superemitter.register.importers._store_sources", fail)
    with pytest.raises(RuntimeError):
        import_file(register, path)
    monkeypatch.undo()
    assert list_observations(register).observations == () and list_sources(register) == ()
    assert import_file(register, path).stored == 5
