"""What the engine makes of rows: signs, units, what is shared, what cannot be said."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pytest

from superemitter.account.inventory import ALL_TIERS, CO2E, Equivalent, compute
from superemitter.account.inventory_factors import load_sources, parse_sources
from superemitter.account.inventory_records import as_csv, inventory_record
from superemitter.account.inventory_rows import read_activity
from superemitter.account.inventory_uncertainty import Interval
from superemitter.model.errors import AccountError, InvalidRules, InvalidValue
from superemitter.model.rate import CannotSay

EXAMPLE = (files("superemitter") / "data" / "accounts" / "factors_activity_example.csv").read_text("utf-8")
COAL = "name,year,source,tier,activity_t,activity_u95_percent\n"
ACID = COAL.replace("\n", ",abatement,utilisation_fraction\n")
MINE = (
    "name,year,source,tier,hours,ventilation_m3_min,ventilation_ch4_percent,ventilation_u95_percent,"
    "drainage_m3_min,drainage_ch4_percent,drainage_u95_percent,recovered_m3,recovered_u95_percent,"
    "temperature_C,pressure_kPa\n"
)


def inventory(text, equivalent=None, sources=None, seed=0):
    sources = sources or load_sources()
    rows = read_activity(text, "t.csv", sources)
    return compute(rows, sources, equivalent or Equivalent(), np.random.default_rng(seed))


def total(made, gas, tier=ALL_TIERS):
    (found,) = [t.mass for t in made.totals if (t.gas, t.tier) == (gas, tier)]
    return found


def relative_width(mass):
    assert isinstance(mass.interval, Interval)
    return (mass.interval.high95_t - mass.interval.low95_t) / mass.value_t


def test_a_common_factor_does_not_get_surer_with_more_mines():
    one = inventory(COAL + "A,2024,coal-underground-mining,1,1000000,0\n")
    many = inventory(COAL + "".join(f"M{n},2024,coal-underground-mining,1,10000,0\n" for n in range(100)))
    assert total(many, "CH4").value_t == pytest.approx(total(one, "CH4").value_t)
    assert relative_width(total(many, "CH4")) == pytest.approx(relative_width(total(one, "CH4")), rel=1e-9)


def test_independent_activities_average_out():
    one = inventory(COAL.replace("source", "source") + "A,2024,caprolactam,1,10000,0\n")
    exact = relative_width(total(one, "N2O"))
    rows = "".join(f"P{n},2024,caprolactam,1,100,50\n" for n in range(100))
    assert relative_width(total(inventory(COAL + rows), "N2O")) < 1.05 * exact


def test_destruction_works_only_while_it_is_used():
    def released(utilisation):
        made = inventory(ACID + f"A,2024,adipic-acid,1,1000,0,thermal,{utilisation}\n")
        return total(made, "N2O").value_t

    assert released(0) == pytest.approx(300.0)
    assert released(1) == pytest.approx(300.0 * 0.015)
    assert released(0.5) == pytest.approx(300.0 * (1 - 0.985 / 2))


def test_tiers_are_kept_apart_and_their_sum_is_a_row_of_its_own():
    made = inventory(EXAMPLE)
    tiers = [total(made, "CH4", tier).value_t for tier in (1, 2, 3)]
    assert total(made, "CH4").value_t == pytest.approx(sum(tiers))
    assert all(tier > 0 for tier in tiers)


def test_what_is_recovered_comes_out_of_the_drainage_and_not_of_the_shafts():
    row = "A,2024,coal-underground-mining,3,1000,1000,0.5,5,10,50,5,{},5,20,101.325\n"
    ventilation = 1000 * 60 * 1000 * 0.005 * 0.67e-3
    made = inventory(MINE + row.format(300_000))
    assert total(made, "CH4").value_t == pytest.approx(ventilation)
    with pytest.raises(AccountError, match=r"row 2, column recovered_m3: is .* more than the 201 t there was"):
        inventory(MINE + row.format(300_100))


def test_a_volume_at_0_degrees_holds_7_percent_more_than_at_20():
    row = "A,2024,coal-underground-mining,3,1000,1000,0.5,5,0,0,0,0,0,{},101.325\n"
    cold, warm = (total(inventory(MINE + row.format(t)), "CH4").value_t for t in (0, 20))
    assert cold / warm == pytest.approx(293.15 / 273.15)


def test_a_factor_without_uncertainty_leaves_the_interval_unsaid_in_every_total_it_enters():
    made = inventory(COAL + "A,2024,magnesium-casting,1,500,1\nB,2024,caprolactam,1,500,1\n")
    assert isinstance(total(made, "N2O").interval, Interval)
    for gas in ("SF6", CO2E):
        why = total(made, gas).interval
        assert isinstance(why, CannotSay) and "SF6 factor of magnesium-casting" in why.reason
    assert total(made, "SF6").value_t == pytest.approx(0.5)


def test_mine_methane_behind_burnt_coal_is_in_no_total():
    made = inventory(EXAMPLE)
    (memo,) = [line for line in made.lines if line.memo]
    assert (memo.gas, memo.name) == ("CH4", "Power station")
    counted = sum(line.emission.value_t for line in made.lines if line.gas == "CH4" and not line.memo)
    assert total(made, "CH4").value_t == pytest.approx(counted)


def test_the_table_of_potentials_is_named_and_an_unknown_one_refused():
    coal = COAL + "A,2024,coal-surface-mining,1,1000000,0\n"
    fossil = total(inventory(coal, Equivalent(table="AR6")), CO2E).value_t
    unsplit = total(inventory(coal, Equivalent(table="AR5", by_origin=False)), CO2E).value_t
    assert fossil == pytest.approx(804.0 * 29.8) and unsplit == pytest.approx(804.0 * 28)
    record = inventory_record(inventory(coal, Equivalent(table="AR5", by_origin=False)))
    assert [t["gwp"] for t in record["totals"] if t["gas"] == CO2E] == ["AR5 GWP-100, methane unsplit"] * 2
    with pytest.raises(InvalidValue, match="AR9"):
        inventory(coal, Equivalent(table="AR9"))


def test_defaults_that_were_not_checked_show_a_banner_and_own_measurements_do_not():
    header = "name,year,source,tier,measured_t,measured_u95_percent\n"
    measured = inventory_record(inventory(header + "A,2024,caprolactam,3,5,10\n"))
    assert measured["banner"] is None and measured["verified"]
    default = inventory_record(inventory(COAL + "A,2024,caprolactam,1,5,10\n"))
    assert default["banner"].startswith("NOT VERIFIED")


def test_the_same_seed_gives_the_same_numbers():
    assert inventory_record(inventory(EXAMPLE, seed=3)) == inventory_record(inventory(EXAMPLE, seed=3))
    assert inventory_record(inventory(EXAMPLE, seed=3)) != inventory_record(inventory(EXAMPLE, seed=4))


def test_every_packaged_default_is_unverified_until_somebody_reads_it():
    factors = [factor for source in load_sources().values() for factor in source.factors]
    assert len(factors) >= 27 and not any(factor.passport.verified for factor in factors)


def test_a_name_that_is_a_formula_to_a_spreadsheet_is_disarmed():
    text = as_csv([{"name": "=HYPERLINK(1)", "value": -1.5, "memo": True}])
    assert text.splitlines() == ["name,value,memo", "'=HYPERLINK(1),-1.5,true"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("u95_percent = 40\n", "u95_percent = 40\nu95 = 3\n"), "unknown key u95"),
        (('unit = "kg/t"\n', 'unit = "lb/t"\n'), "unit is 'lb/t'"),
        (('citation = "x"\n', ""), "citation is missing"),
        (('[[source.factor]]\ngas = "N2O"', '[[source.factor]]\ngas = "CH4"'), "origin is missing"),
    ],
)
def test_a_factor_file_is_read_strictly(change, told):
    good = (
        '[[source]]\nid = "a"\ntitle = { en = "A", zh = "甲" }\nmethod = "product"\n\n'
        '[[source.factor]]\ngas = "N2O"\nunit = "kg/t"\nvalue = 9.0\nu95_percent = 40\ncitation = "x"\ntag = "M"\n'
    )
    assert parse_sources(good, "f.toml")["a"].gases == ("N2O",)
    assert change[0] in good
    with pytest.raises(InvalidRules, match=told):
        parse_sources(good.replace(*change), "f.toml")
