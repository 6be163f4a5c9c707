"""The fee: netting, exemptions, which law was applied, and rules as data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.resources import files

import pytest

from superemitter.account.fee import (
    FEE_RULES,
    RowFaults,
    SegmentReport,
    assess_fee,
    charge_of_added_tonnes,
    load_fee_rules,
    plain,
    read_fee_rules,
    standard_gas,
)
from superemitter.model.errors import AccountError, InvalidRules, InvalidValue

STATUTE = load_fee_rules("statute_2022")
TEXT = (files("superemitter") / "data" / "accounts" / "fee" / "statute_2022.toml").read_text(encoding="utf-8")


def producer(name: str, above_t: str, owner: str = "A", **more) -> SegmentReport:
    """A covered producer with a threshold of 384 t, so much above it."""
    content = {
        "facility_id": name,
        "owner": owner,
        "segment": "onshore_production",
        "production": True,
        "ch4_t": 384 + Decimal(above_t),
        "co2_t": Decimal(30_000),
        "n2o_t": Decimal(0),
        "gas_to_sale": standard_gas(Decimal(10_000_000)),
    }
    return SegmentReport(**(content | more))


def test_owners_with_a_common_parent_are_netted_and_strangers_are_not():
    together = [producer("1", "1000", "A", parents=("Top",)), producer("2", "-300", "B", parents=("Mid", "Top"))]
    (party,) = assess_fee(together, STATUTE, 2024).parties
    assert (party.party, party.net_t, party.owners) == ("Top", 700, (("A", 1000), ("B", -300)))
    apart = [producer("1", "1000", "A"), producer("2", "-300", "B")]
    assert [party.net_t for party in assess_fee(apart, STATUTE, 2024).parties] == [1000, -300]
    assert assess_fee(apart, STATUTE, 2024).total_usd == 900_000


@pytest.mark.parametrize(
    ("reports", "words"),
    [
        ([producer("1", "1", "A", parents=("B",)), producer("2", "1", "B", parents=("A",))], "A → B → A"),
        ([producer("1", "1", "A", parents=("A",))], "A → A"),
        ([producer("1", "1", "A", parents=("B", "C", "B"))], "loop|parent"),
        ([producer("1", "1", "A", parents=("B",)), producer("2", "1", "A", parents=("C",))], "'C' here and 'B'"),
        ([producer("1", "1", "A"), producer("1", "1", "B")], "'B', and 'A' for the same facility"),
        ([producer("1", "1"), producer("1", "1")], "already"),
        ([producer("1", "1", "Acme Oil"), producer("2", "1", "ACME  oil")], "differ only in case"),
    ],
)
def test_owners_that_cannot_be_told_are_refused(reports, words):
    with pytest.raises(AccountError, match=words):
        assess_fee(reports, STATUTE, 2024)


def test_an_uncovered_facility_brings_nothing_into_the_netting():
    small = producer("2", "-300", co2_t=Decimal(0))
    (party,) = assess_fee([producer("1", "1000"), small], STATUTE, 2024).parties
    assert party.net_t == 1000
    assert [facility.covered for facility in party.facilities] == [True, False]


@pytest.mark.parametrize(
    ("above", "delay", "plugged", "netted"),
    [("100", "30", "20", "50"), ("100", "80", "90", "0"), ("-100", "30", "0", "-100"), ("0", "30", "0", "0")],
)
def test_exemptions_lower_a_positive_total_to_0_and_never_make_a_credit(above, delay, plugged, netted):
    report = producer("1", above, permitting_delay_t=Decimal(delay), plugged_wells_t=Decimal(plugged))
    (facility,) = assess_fee([report], STATUTE, 2024).facilities
    assert facility.netted_t == Decimal(netted)


def test_a_compliant_facility_below_its_threshold_keeps_its_negative_total():
    report = producer("1", "-100", compliant_quarters=4)
    (facility,) = assess_fee([report], STATUTE, 2024, determined_states=("all",)).facilities
    assert facility.netted_t == -100


def test_a_claim_of_compliance_without_a_determination_is_answered():
    (facility,) = assess_fee([producer("1", "100", compliant_quarters=4)], STATUTE, 2024).facilities
    assert facility.netted_t == 100
    assert any("no such determination" in note for note in facility.notes)


def test_co_located_segments_form_one_facility():
    gathering = SegmentReport(
        facility_id="1",
        owner="A",
        segment="gathering_boosting",
        production=False,
        ch4_t=Decimal(100),
        co2_t=Decimal(0),
        n2o_t=Decimal(0),
        gas_to_sale=standard_gas(Decimal(100_000_000)),
    )
    (facility,) = assess_fee([producer("1", "1000"), gathering], STATUTE, 2024).facilities
    assert (facility.threshold_t, facility.netted_t) == (384 + 960, 1384 + 100 - 384 - 960)


def test_the_charge_is_exact_to_the_cent():
    report = producer("1", "0.000005555")
    assert assess_fee([report], STATUTE, 2024).total_usd == Decimal("0.00")
    many = [producer(str(number), "0.1", parents=("Top",)) for number in range(30)]
    assert assess_fee(many, STATUTE, 2024).total_usd == Decimal("2700.00")


def test_a_statement_says_which_law_was_applied_and_when_it_changed():
    for rules_id, words in [
        ("statute_2022", "law until 2025-07-03; since 2025-07-04 it is superseded"),
        ("part99_2024", "since 2025-03-14 it is disapproved"),
        ("current_law", "law since 2025-07-04"),
    ]:
        statement = assess_fee([producer("1", "1")], load_fee_rules(rules_id), 2024)
        assert words in statement.law_applied
        assert date(2025, 7, 4) in [change.on for change in statement.changes]
        assert any("HISTORICAL" in banner for banner in statement.banners) is (rules_id != "current_law")


def test_rules_are_refused_for_a_day_on_which_they_were_not_law():
    for rules_id, day, instead in [
        ("statute_2022", date(2025, 7, 4), "current_law"),
        ("part99_2024", date(2024, 12, 1), "statute_2022"),
        ("current_law", date(2024, 6, 1), "statute_2022"),
    ]:
        with pytest.raises(InvalidValue) as caught:
            assess_fee([producer("1", "1")], load_fee_rules(rules_id), 2024, as_of=day)
        assert instead in caught.value.hint
    assert assess_fee([producer("1", "1")], STATUTE, 2024, as_of=date(2023, 1, 1)).as_of == date(2023, 1, 1)


def test_every_equation_has_numbers_a_result_and_a_citation():
    statement = assess_fee([producer("1", "100", plugged_wells_t=Decimal(5))], STATUTE, 2024)
    steps = [step for part in (*statement.facilities, *statement.parties) for step in part.steps]
    assert all(step.equation and step.numbers and step.result and step.passport.citation for step in steps)
    assert "0.002 × 0.0192 t/Mscf × 10,000,000 Mscf" in [step.numbers for step in steps]


def test_what_was_not_read_is_in_the_banner_and_what_was_is_not():
    (banner,) = [b for b in assess_fee([producer("1", "1")], STATUTE, 2024).banners if b.startswith("Not checked")]
    assert "GWP of CH4" in banner
    assert "charge per tonne" not in banner
    part99 = assess_fee([producer("1", "1")], load_fee_rules("part99_2024"), 2024)
    assert any("netting" in banner for banner in part99.banners)


def test_an_assumed_determination_is_called_an_assumption():
    statement = assess_fee([producer("1", "1")], STATUTE, 2024, determined_states=("all",))
    assert any(banner.startswith("ASSUMED") for banner in statement.banners)


def test_added_tonnes_of_an_unknown_facility_or_below_0_are_refused():
    with pytest.raises(InvalidValue):
        charge_of_added_tonnes([producer("1", "1")], "2", Decimal(1), STATUTE, 2024)
    with pytest.raises(InvalidValue):
        charge_of_added_tonnes([producer("1", "1")], "1", Decimal(-1), STATUTE, 2024)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"ch4_t": Decimal(-1)}, "ch4_t"),
        ({"ch4_t": Decimal("nan")}, "ch4_t"),
        ({"co2_t": None}, "co2_t"),
        ({"co2e_t": Decimal(50_000), "ch4_gwp": Decimal(28)}, "co2_t"),
        ({"co2_t": None, "n2o_t": None, "co2e_t": Decimal(50_000)}, "ch4_gwp"),
        ({"co2_t": None, "n2o_t": None, "co2e_t": Decimal(1), "ch4_gwp": Decimal(28)}, "co2e_t"),
        ({"ch4_gwp": Decimal(28)}, "ch4_gwp"),
        ({"gas_to_sale": standard_gas(Decimal(0))}, "oil_to_sale_bbl"),
        ({"production": False, "oil_to_sale_bbl": Decimal(1)}, "oil_to_sale_bbl"),
        ({"production": False, "permitting_delay_t": Decimal(1)}, "exempt_permitting_delay_ch4_t"),
        ({"plugged_wells_t": Decimal(10_000)}, "exempt_plugged_wells_ch4_t"),
        ({"compliant_quarters": 5}, "compliant_quarters"),
    ],
)
def test_a_report_that_contradicts_itself_names_its_column(changes, column):
    with pytest.raises(RowFaults) as caught:
        producer("1", "100", **changes)
    assert column in [name for name, _ in caught.value.faults]


def test_the_three_laws_have_the_same_nine_segments_and_all_passports():
    sets = [load_fee_rules(rules_id) for rules_id in FEE_RULES]
    assert {tuple(segment.id for segment in rules.segments) for rules in sets} == {
        tuple(segment.id for segment in STATUTE.segments)
    }
    assert len(STATUTE.segments) == 9
    assert all(segment.title_zh != segment.title_en for segment in STATUTE.segments)
    with pytest.raises(InvalidValue, match="wec"):
        load_fee_rules("wec")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("usd_per_t = 900", "usd_per_t = -900"),
        ("usd_per_t = 900", 'usd_per_t = "900"'),
        ("first_year = 2025", "first_year = 2024"),
        ('status = "superseded"', 'status = "in_force"'),
        ('status = "superseded"', 'status = "gone"'),
        ('id = "processing"', 'id = "lng_storage"'),
        ("fraction = 0.0005", "fraktion = 0.0005"),
        ('scope = "all_states"', 'scope = "some"'),
        ('tag = "V"', 'tag = "X"'),
        ("[netting]", "[nettings]"),
        ("[applicability]", "unknown = 1\n[applicability]"),
        ("[applicability]", "[applicability"),
    ],
)
def test_a_faulty_rule_file_is_refused(old, new):
    assert old in TEXT
    with pytest.raises(InvalidRules):
        read_fee_rules(TEXT.replace(old, new, 1), "mine.toml")


@pytest.mark.parametrize(
    ("value", "text"),
    [("1000.00000", "1,000"), ("-0", "0"), ("0.0020", "0.002"), ("-1234.5", "-1,234.5"), ("1E+3", "1,000")],
)
def test_decimals_are_written_as_people_do(value, text):
    assert plain(Decimal(value)) == text
