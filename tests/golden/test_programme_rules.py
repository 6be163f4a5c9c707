"""What the law was on which day, and until when: cases worked out by hand from the texts."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from superemitter.programme import (
    ClockState,
    Facts,
    NearbyFacility,
    Notifier,
    Outcome,
    Quantity,
    Status,
    assess,
    distance_test,
    first_notice_day,
    load_holidays,
    load_programme,
)

SEP = load_programme("us-epa-sep")
EU = load_programme("eu-2024-1787")
CHINA = load_programme("cn-coal-mine")
CALIFORNIA = load_programme("us-ca-95669-1")


def noon(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 12, tzinfo=UTC)


def well(rate_kg_h: float, *, kind: str = "well_site", distance_m: float = 20.0, **more) -> Facts:
    return Facts(
        quantities=(Quantity(name="methane_rate", value=rate_kg_h, unit="kg/h"),),
        technology="satellite",
        facilities=(NearbyFacility(kind=kind, distance_m=distance_m, **more),),
    )


def mine(concentration: float, flow: float, *, hours: float = 24.0, trait: str = "new") -> Facts:
    return Facts(
        quantities=(
            Quantity(
                name="drained_gas_concentration",
                value=concentration,
                unit="%",
                basis="drainage_record",
                averaging_hours=hours,
            ),
            Quantity(
                name="drained_gas_pure_flow",
                value=flow,
                unit="m3/min",
                basis="drainage_record",
                averaging_hours=hours,
            ),
        ),
        facilities=(NearbyFacility(kind="coal_mine", distance_m=0.0, traits=frozenset({trait})),),
    )


def sep_duty(duty_id: str, moments: dict[str, datetime], now: datetime, **more):
    return next(clock for clock in SEP.duties(moments, now, **more) if clock.duty.id == duty_id)


class TestSuperEmitterProgramDeadlines:
    def test_detected_on_1_february_2027_is_notified_by_the_16th(self):
        clock = sep_duty("notify", {"detected": noon(2027, 2, 1)}, noon(2027, 2, 2))
        assert clock.due_local.date() == date(2027, 2, 16)

    def test_a_notice_on_the_17th_is_too_late(self):
        moments = {"detected": noon(2027, 2, 1), "notified": noon(2027, 2, 17)}
        assert sep_duty("notify", moments, noon(2027, 2, 18)).state is ClockState.MET_LATE

    def test_received_on_20_february_2027_is_started_by_the_25th(self):
        clock = sep_duty("start-investigation", {"notice-received": noon(2027, 2, 20)}, noon(2027, 2, 21))
        assert clock.due_local.date() == date(2027, 2, 25)

    def test_received_on_20_february_2027_is_reported_by_sunday_7_march(self):
        clock = sep_duty("report", {"notice-received": noon(2027, 2, 20)}, noon(2027, 2, 21))
        assert clock.due_local.date() == date(2027, 3, 7)
        assert clock.due_local.strftime("%A") == "Sunday"

    @pytest.mark.parametrize(
        ("ended", "due"),
        [(noon(2027, 3, 19), date(2027, 3, 26)), (noon(2027, 5, 28), date(2027, 6, 7))],
        ids=["no holiday", "Memorial Day skipped"],
    )
    def test_an_ongoing_event_that_ended_on_a_friday_is_updated_within_5_business_days(self, ended, due):
        clock = sep_duty("update", {"event-ended": ended}, ended, facts={"first_outcome": "source_found_ongoing"})
        assert clock.due_local.date() == due

    def test_an_event_that_was_over_at_the_report_needs_no_update(self):
        clocks = SEP.duties(
            {"event-ended": noon(2027, 3, 19)}, noon(2027, 3, 20), facts={"first_outcome": "source_found_ended"}
        )
        assert not [clock for clock in clocks if clock.duty.id == "update"]

    def test_detected_on_1_june_2026_there_is_no_duty(self):
        clock = sep_duty("notify", {"detected": noon(2026, 6, 1)}, noon(2026, 7, 1))
        assert clock.state is ClockState.NOT_IN_FORCE
        assert "90 FR 35982" in clock.reason

    def test_a_duty_that_would_fall_due_during_the_suspension_does_not_hold(self):
        clock = sep_duty("notify", {"detected": noon(2025, 7, 25)}, noon(2025, 8, 20))
        assert clock.state is ClockState.NOT_IN_FORCE

    def test_the_same_leak_had_a_running_duty_on_1_july_2024(self):
        clock = sep_duty("notify", {"detected": noon(2024, 6, 25)}, noon(2024, 7, 1))
        assert clock.state is ClockState.RUNNING
        assert clock.obliges

    def test_the_day_is_counted_where_the_programme_sits(self):
        """03:00 UTC on the 2nd is still the 1st in Washington."""
        clock = sep_duty("notify", {"detected": datetime(2027, 2, 2, 3, tzinfo=UTC)}, noon(2027, 2, 3))
        assert clock.due_local.date() == date(2027, 2, 16)

    def test_approved_on_1_march_2027_may_notify_from_the_16th(self):
        notifier = Notifier(id="N1", name="N", programme_id="us-epa-sep", approved_on=date(2027, 3, 1))
        assert first_notice_day(notifier, SEP.text()) == date(2027, 3, 16)


class TestSuperEmitterProgramStatus:
    @pytest.mark.parametrize("text_id", ["us-60.5371", "us-60.5371a", "us-60.5371b"])
    @pytest.mark.parametrize(
        ("day", "status"),
        [
            (date(2024, 5, 6), Status.NOT_YET),
            (date(2024, 5, 7), Status.IN_FORCE),
            (date(2025, 7, 30), Status.IN_FORCE),
            (date(2025, 7, 31), Status.SUSPENDED),
            (date(2027, 1, 22), Status.SUSPENDED),
            (date(2027, 1, 23), Status.IN_FORCE),
        ],
    )
    def test_suspended_from_31_july_2025_through_22_january_2027(self, text_id, day, status):
        assert SEP.text(text_id).status_on(day) is status

    def test_the_model_rule_has_no_suspension_but_binds_only_through_a_plan(self):
        assert SEP.text("us-60.5388c").status_on(date(2027, 2, 1)) is Status.UNKNOWN

    @pytest.mark.parametrize(
        ("text_id", "covers"),
        [
            ("us-60.5371", {"well_site", "compressor_station"}),
            ("us-60.5371a", {"well_site", "compressor_station", "gas_processing_plant"}),
            (
                "us-60.5371b",
                {"well_site", "compressor_station", "gas_processing_plant", "centralized_production_facility"},
            ),
        ],
    )
    def test_each_text_covers_its_own_facilities(self, text_id, covers):
        kinds = {"well_site", "compressor_station", "gas_processing_plant", "centralized_production_facility"}
        found = {
            kind
            for kind in kinds
            if assess(well(500, kind=kind), SEP, date(2027, 2, 1)).of(text_id).outcome is Outcome.APPLIES
        }
        assert found == covers

    def test_at_a_facility_and_near_one_are_different_tests(self):
        found = assess(well(500, distance_m=200.0), SEP, date(2027, 2, 1))
        assert found.of("us-60.5371").outcome is Outcome.DOES_NOT_APPLY
        assert found.of("us-60.5371b").outcome is Outcome.APPLIES

    def test_during_the_suspension_the_definition_is_met_and_nothing_is_due(self):
        assert assess(well(500), SEP, date(2026, 6, 1)).outcome is Outcome.SUSPENDED


class TestThresholds:
    @pytest.mark.parametrize(
        ("rate", "us", "eu"),
        [
            (99.9, Outcome.DOES_NOT_APPLY, Outcome.DOES_NOT_APPLY),
            (100.0, Outcome.APPLIES, Outcome.DOES_NOT_APPLY),
            (100.1, Outcome.APPLIES, Outcome.APPLIES),
        ],
    )
    def test_100_kg_h_is_enough_in_the_us_and_not_in_the_eu(self, rate, us, eu):
        day = date(2027, 2, 1)
        assert assess(well(rate), SEP, day).of("us-60.5371b").outcome is us
        assert assess(well(rate), EU, day).of("eu-2024-1787-art31").outcome is eu

    def test_a_mine_vent_of_402_kg_h_counts_in_the_eu_and_not_in_the_us(self):
        vent = well(402.0, kind="coal_mine")
        day = date(2027, 2, 1)
        assert assess(vent, SEP, day).outcome is Outcome.DOES_NOT_APPLY
        assert assess(vent, EU, day).of("eu-2024-1787-art31").outcome is Outcome.APPLIES

    def test_california_has_no_threshold(self):
        assert assess(well(3.0), CALIFORNIA, date(2026, 11, 1)).outcome is Outcome.APPLIES

    @pytest.mark.parametrize(("distance", "inside"), [(49.9, True), (50.0, True), (50.1, False)])
    def test_50_m_is_within_50_m(self, distance, inside):
        assert distance_test(distance).inside is inside

    @pytest.mark.parametrize(("distance", "flag"), [(39.9, False), (40.0, True), (60.0, True), (60.1, False)])
    def test_from_40_to_60_m_the_rounding_of_coordinates_may_decide(self, distance, flag):
        assert distance_test(distance).coordinate_sensitive is flag
        found = assess(well(500, distance_m=distance), SEP, date(2027, 2, 1))
        assert found.of("us-60.5371b").coordinate_sensitive is flag

    def test_a_leak_not_found_by_remote_detection_is_no_us_event(self):
        found = Facts(quantities=well(500).quantities, technology="", facilities=well(500).facilities)
        assert assess(found, SEP, date(2027, 2, 1)).outcome is Outcome.DOES_NOT_APPLY


class TestCoalMines:
    DAY = date(2027, 6, 1)

    @pytest.mark.parametrize(
        ("concentration", "flow", "outcome"),
        [
            (8.0, 10.0, Outcome.APPLIES),
            (50.0, 9.9, Outcome.DOES_NOT_APPLY),
            (7.9, 20.0, Outcome.DOES_NOT_APPLY),
        ],
    )
    def test_both_limits_must_be_reached(self, concentration, flow, outcome):
        assert assess(mine(concentration, flow), CHINA, self.DAY).outcome is outcome

    def test_an_hourly_value_does_not_decide_a_24_hour_limit(self):
        assert assess(mine(30.0, 30.0, hours=1.0), CHINA, self.DAY).outcome is Outcome.UNDETERMINED

    def test_a_satellite_rate_is_only_a_tip(self):
        seen = well(5000.0, kind="coal_mine", traits=frozenset({"existing"}))
        assert assess(seen, CHINA, self.DAY).outcome is Outcome.TIP

    def test_existing_mines_follow_in_april_2027(self):
        old = mine(20.0, 20.0, trait="existing")
        assert assess(old, CHINA, date(2027, 3, 31)).outcome is Outcome.NOT_IN_FORCE
        assert assess(old, CHINA, date(2027, 4, 1)).outcome is Outcome.APPLIES

    def test_nothing_here_is_shown_as_law(self):
        assert not any(text.verified for text in CHINA.texts)
        assert all(text.banner for text in CHINA.texts)

    @pytest.mark.parametrize(
        ("intensity", "limit", "day", "traits", "outcome"),
        [
            (5.0, "5t", date(2027, 6, 1), (), Outcome.DOES_NOT_APPLY),
            (5.01, "5t", date(2027, 6, 1), (), Outcome.APPLIES),
            (5.01, "5t", date(2026, 12, 31), (), Outcome.NOT_IN_FORCE),
            (5.01, "5t", date(2027, 6, 1), ("coking",), Outcome.DOES_NOT_APPLY),
            (5.01, "5t", date(2031, 1, 1), (), Outcome.NOT_IN_FORCE),
            (3.01, "3t", date(2030, 12, 31), (), Outcome.NOT_IN_FORCE),
            (3.01, "3t", date(2031, 1, 1), (), Outcome.APPLIES),
            (3.0, "3t", date(2031, 1, 1), (), Outcome.DOES_NOT_APPLY),
        ],
    )
    def test_eu_shafts_above_5_then_3_tonnes_per_kilotonne(self, intensity, limit, day, traits, outcome):
        facts = Facts(
            quantities=(
                Quantity(
                    name="ventilation_intensity",
                    value=intensity,
                    unit="t/kt",
                    basis="operator_record",
                    averaging_hours=8760,
                ),
            ),
            facilities=(NearbyFacility(kind="coal_mine", distance_m=0.0, traits=frozenset(traits)),),
        )
        assert assess(facts, EU, day).of(f"eu-2024-1787-art22-{limit}").outcome is outcome


class TestHolidays:
    @pytest.mark.parametrize(
        ("year", "day"),
        [
            (2027, date(2027, 6, 18)),
            (2027, date(2027, 7, 5)),
            (2027, date(2027, 12, 24)),
            (2027, date(2027, 12, 31)),
            (2027, date(2027, 5, 31)),
        ],
        ids=["Juneteenth", "Independence Day", "Christmas", "New Year 2028", "Memorial Day"],
    )
    def test_us_federal_holidays_are_observed_on_the_working_day_beside_them(self, year, day):
        assert day in load_holidays("us-federal").holidays(year)

    def test_new_year_2028_is_not_observed_in_2028(self):
        assert date(2028, 1, 1) not in load_holidays("us-federal").holidays(2028)

    def test_the_day_after_thanksgiving_is_a_holiday_in_california_only(self):
        assert date(2027, 11, 26) in load_holidays("us-ca-state").holidays(2027)
        assert load_holidays("us-federal").is_business_day(date(2027, 11, 26))


class TestCalifornia:
    def test_7_business_days_of_the_state_to_notify(self):
        """Data on Monday 22 November 2027: Thanksgiving and the day after are skipped."""
        (clock,) = CALIFORNIA.duties({"data-received": noon(2027, 11, 22)}, noon(2027, 11, 22))
        assert clock.due_local.date() == date(2027, 12, 3)
        assert not clock.verified

    def test_5_days_to_inspect_and_72_hours_to_report(self):
        moments = {"notice-received": noon(2026, 11, 2), "investigation-completed": noon(2026, 11, 4)}
        found = {clock.duty.id: clock for clock in CALIFORNIA.duties(moments, noon(2026, 11, 4))}
        assert found["inspect"].due_local.date() == date(2026, 11, 7)
        assert found["report"].due_at == noon(2026, 11, 7)

    def test_never_more_than_8_days_after_the_notice(self):
        moments = {"notice-received": noon(2026, 11, 2), "investigation-completed": noon(2026, 11, 10)}
        found = {clock.duty.id: clock for clock in CALIFORNIA.duties(moments, noon(2026, 11, 10))}
        assert found["report"].due_local.date() == date(2026, 11, 10)

    def test_venting_needs_a_report_in_5_days_and_no_inspection(self):
        clocks = CALIFORNIA.duties(
            {"notice-received": noon(2026, 11, 2)}, noon(2026, 11, 3), facts={"venting_claimed": "yes"}
        )
        assert [clock.duty.id for clock in clocks] == ["report-venting"]


def test_the_eu_names_no_day_and_no_operator_deadline():
    clocks = EU.duties({"detected": noon(2027, 2, 1), "notice-received": noon(2027, 2, 2)}, noon(2028, 1, 1))
    assert [(clock.duty.who, clock.due_at, clock.state) for clock in clocks] == [
        ("regulator", None, ClockState.RUNNING)
    ]


def test_mars_publishes_30_days_after_detection_and_obliges_nobody():
    (clock,) = load_programme("unep-mars").duties({"detected": noon(2026, 11, 1)}, noon(2026, 11, 2))
    assert clock.due_local.date() == date(2026, 12, 1)
    assert not clock.obliges
