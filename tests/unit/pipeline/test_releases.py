"""A case as a large release: what of a case and of the register bounds it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from register_databases import scan_plume
from superemitter.account.large_release_duration import Basis
from superemitter.account.large_release_evidence import ReleaseFacts
from superemitter.pipeline.cases import read_case, take_step
from superemitter.pipeline.register import register_scans
from superemitter.pipeline.releases import evidence_of_case, large_release_of_case
from superemitter.pipeline.report_files import filing_of_plume
from superemitter.pipeline.reports import file_report
from superemitter.pipeline.review import review_plume
from superemitter.register import ObservationQuery, list_observations, open_register

SEEN = datetime(2024, 8, 27, 6, 7, 53, tzinfo=UTC)
NOW = SEEN + timedelta(days=20)


@pytest.fixture
def book(tmp_path):
    opened = open_register(tmp_path / "register.db")
    yield opened
    opened.close()


def day(number):
    return (SEEN + timedelta(days=number)).isoformat().replace("+00:00", "Z")


def limits_known(book, probability=0.95):
    with book.engine.begin() as connection:
        connection.exec_driver_sql(
            f"UPDATE observations SET probability_of_detection = {probability} WHERE kind = 'non-detection'"
        )


@pytest.fixture
def case_id(book, write_scan):
    """Seen on one day; a scene twelve days earlier shows nothing, nor does one four days later."""
    register_scans(book, [write_scan([], scene_id="EARLY", run_id="r0", time=day(-12))], now=SEEN)
    register_scans(book, [write_scan([scan_plume(1, 61.5, 36.5)])], now=SEEN)
    (seen,) = list_observations(book, ObservationQuery()).observations
    now = SEEN + timedelta(hours=1)
    filing = filing_of_plume(book, seen.observation_id, {"reporter": "Analyst"}, now=now)
    case = file_report(book, filing, programme_id="generic", now=now).case
    limits_known(book)
    later = write_scan([], scene_id="LATE", run_id="r2", time=day(4))
    register_scans(book, [later], now=SEEN + timedelta(days=4))
    limits_known(book)
    return case.case_id


def test_overpasses_before_the_case_bound_its_start(book, case_id):
    release = large_release_of_case(book, read_case(book, case_id, NOW))
    assert release.measured.start.earliest == SEEN - timedelta(days=12)
    assert release.reported_basis is Basis.DEFAULT and release.reported.ongoing


def test_the_rate_of_the_plume_comes_with_its_interval(book, case_id):
    (sighting,) = evidence_of_case(book, read_case(book, case_id, NOW), ReleaseFacts()).sightings
    assert (sighting.rate.rate_kg_h, sighting.rate.low_kg_h) == (900.0, pytest.approx(630.0))


def test_a_rejected_plume_gives_no_mass(book, case_id):
    review_plume(book, case_id, "reject", plume_id=None, reviewer="Li Na", now=NOW, reason="a cloud")
    release = large_release_of_case(book, read_case(book, case_id, NOW))
    assert release.reported.mass.code == "no-rate"


def test_facts_of_the_facility_come_first(book, case_id):
    facts = ReleaseFacts(process_start=SEEN - timedelta(days=2), process_end=SEEN + timedelta(days=1))
    release = large_release_of_case(book, read_case(book, case_id, NOW), facts=facts)
    assert release.reported_basis is Basis.PROCESS
    assert release.reported.mass.value_t == pytest.approx(900 * 72 / 1000)


def test_as_of_an_earlier_day_it_is_counted_to_that_day(book, case_id):
    early = large_release_of_case(book, read_case(book, case_id, SEEN + timedelta(days=1)))
    assert early.reported.end.middle == SEEN + timedelta(days=1)


def test_a_later_plume_is_a_second_rate(book, case_id, write_scan):
    again = write_scan([scan_plume(1, 61.5, 36.5, 300.0)], scene_id="AGAIN", run_id="r3", time=day(10))
    register_scans(book, [again], now=SEEN + timedelta(days=10))
    evidence = evidence_of_case(book, read_case(book, case_id, NOW), ReleaseFacts())
    assert [(one.rate.rate_kg_h, one.rate.stated) for one in evidence.sightings] == [(900.0, True), (300.0, True)]


def test_simulated_cases_say_so(book, case_id):
    take_step(book, case_id, "note-added", {"text": "x"}, actor="a", now=NOW)
    assert not large_release_of_case(book, read_case(book, case_id, NOW)).simulated
