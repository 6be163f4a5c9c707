"""Measures: what applies, how much it stops, and its rank by cost; no cost and no share is invented."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from superemitter.account.abatement import Target, options_for, target_of_account
from superemitter.account.abatement_costs import Fee, cost_curve
from superemitter.account.abatement_csv import annual_cost, read_costs, read_emissions
from superemitter.account.abatement_records import curve_record, options_record
from superemitter.account.inventory_uncertainty import Interval, within_percent
from superemitter.account.measures import load_measures, parse_measures, read_measures
from superemitter.account.spread import Spread
from superemitter.cli import main
from superemitter.model.errors import AccountError, InvalidRules
from superemitter.model.rate import CannotSay

MEASURES = load_measures()
HEADER = "name,sector,ch4_t,ch4_u95_percent,owner,part,flare_destruction_percent\n"
EMISSIONS = HEADER + (
    "North field,oil-gas,1000,20,Prairie Oil,fugitive-leaks,\n"
    "North field,oil-gas,400,20,Prairie Oil,tanks,\n"
    "North field,oil-gas,300,20,Prairie Oil,flares,91\n"
    "East mine,coal-underground,5000,10,Deep Coal,mine-gas,\n"
)
COSTS = (
    "measure,currency,yearly_cost,name,investment,lifetime_years,interest_percent,yearly_saving\n"
    "leak-survey-yearly,USD,40000,,,,,60000\n"
    "leak-survey-quarterly,USD,200000,,,,,120000\n"
    "vapour-recovery,USD,10000,,500000,10,7,\n"
    "mine-drainage-use,USD,1000000,,,,,\n"
)


def options(text=EMISSIONS, measures=MEASURES, seed=0):
    return options_for(read_emissions(text, "e.csv", measures), measures, np.random.default_rng(seed))


def by_id(found):
    return {option.measure.id: option for option in found}


def curve(found=None, costs=COSTS, fee=None):
    return cost_curve(options() if found is None else found, read_costs(costs, "c.csv", MEASURES), fee)


# ---- the data


def test_every_measure_of_the_mission_is_there_unverified_with_its_source():
    ids = {measure.id for measure in MEASURES}
    assert {
        "leak-survey-quarterly", "vapour-recovery", "replace-pneumatics", "green-completion", "flare-repair",
        "mine-drainage-use", "mine-drainage-flaring", "ventilation-air-oxidation",
        "landfill-gas-collection", "organic-waste-diversion",
    } <= ids  # fmt: skip
    assert all(not measure.passport.verified and measure.passport.citation for measure in MEASURES)


def test_a_checked_share_takes_the_place_of_the_packaged_one(tmp_path):
    path = tmp_path / "m.toml"
    path.write_text(
        '[[measure]]\nid = "vapour-recovery"\nsector = "oil-gas"\npart = "tanks"\nshare = 0.9\nlow = 0.85\n'
        'high = 0.95\ntitle = { en = "VRU", zh = "VRU" }\nwhere = { en = "tanks", zh = "tanks" }\n'
        'citation = "a study"\ntag = "V"\n'
    )
    known = read_measures(path)
    assert len(known) == len(MEASURES)
    stops = by_id(options(measures=known))["vapour-recovery"].stops
    assert stops.value_t == pytest.approx(360) and isinstance(stops.interval, Interval)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("share = 1.2", "0 to 1"),
        ("share = 0.5\ndestruction = 0.9", "beside"),
        ("shares = 0.5", "unknown key shares"),
    ],
)
def test_a_wrong_measure_is_refused(line, told):
    text = (
        '[[measure]]\nid = "x"\nsector = "waste"\npart = "y"\ntitle = { en = "x", zh = "x" }\n'
        f'where = {{ en = "x", zh = "x" }}\ncitation = "c"\ntag = "M"\n{line}\n'
    )
    with pytest.raises(InvalidRules, match=told):
        parse_measures(text, "m.toml")


# ---- what applies, and how much


def test_measures_apply_to_their_own_part_of_their_own_sector():
    found = {(option.target.part, option.measure.id) for option in options()}
    assert ("tanks", "vapour-recovery") in found and ("mine-gas", "mine-drainage-use") in found
    assert not any(part == "fugitive-leaks" and name == "vapour-recovery" for part, name in found)


def test_what_is_stopped_is_emission_times_share():
    found = by_id(options())
    assert found["leak-survey-quarterly"].stops.value_t == pytest.approx(800)
    assert found["mine-drainage-use"].stops.value_t == pytest.approx(2500)
    interval = found["mine-drainage-use"].stops.interval
    assert interval.low95_t == pytest.approx(5000 * 0.3, rel=0.1)
    assert interval.high95_t == pytest.approx(5000 * 0.7, rel=0.1)


def test_a_flare_of_91_percent_brought_to_98_stops_seven_ninths():
    assert by_id(options())["flare-repair"].stops.value_t == pytest.approx(300 * 7 / 9)


def test_a_flare_that_nobody_measured_cannot_be_said():
    found = by_id(options(EMISSIONS.replace(",91", ",")))
    assert found["flare-repair"].stops.code == "destruction-not-known"


def test_a_share_without_a_range_has_no_interval_and_no_share_no_answer():
    found = by_id(options(HEADER + "Well,oil-gas,100,10,,,\n"))
    assert isinstance(found["vapour-recovery"].stops.interval, CannotSay)
    assert found["green-completion"].stops.code == "reduction-not-stated"


def test_an_emission_that_is_not_split_gives_an_upper_bound():
    found = options(HEADER + "Field,oil-gas,100,10,,,\n")
    assert all(option.at_most for option in found) and not any(option.at_most for option in options())


def test_a_coal_source_of_the_register_may_be_either_kind_of_mine():
    emission = Spread(value=10.0, median=10.0, low68=9.0, high68=11.0, low95=8.0, high95=12.0)
    target = target_of_account("source 3", "coal", emission)
    found = options_for([target], MEASURES, np.random.default_rng(0))
    assert {option.measure.sector for option in found} == {"coal-underground"}
    why = CannotSay(code="x", reason="y")
    assert target_of_account("source 3", "coal", why) is why


@given(st.floats(0.0, 1e6), st.floats(0.0, 80.0), st.integers(0, 20))
def test_no_measure_stops_more_than_there_is(tonnes, error, seed):
    target = Target(name="a", sector="coal-underground", ch4_t=within_percent(tonnes, error))
    for option in options_for([target], MEASURES, np.random.default_rng(seed), draws=200):
        assert option.stops.value_t <= tonnes
        assert (option.share_draws <= 1.0).all()


# ---- costs


def test_an_investment_is_spread_over_its_life():
    assert annual_cost(1000, 10, 0.07, 5, 0) == pytest.approx(1000 * 0.142378 + 5, rel=1e-5)
    assert annual_cost(1000, 10, 0.0, 0, 30) == pytest.approx(70)


def test_the_cheapest_comes_first_and_one_of_a_group_is_taken():
    made = curve()
    assert [rung.option.measure.id for rung in made.rungs] == [
        "leak-survey-yearly", "vapour-recovery", "mine-drainage-use",
    ]  # fmt: skip
    assert made.rungs[0].cost_value_per_t == pytest.approx(-20_000 / 400)
    assert made.rungs[2].cost_value_per_t == pytest.approx(1_000_000 / 2500)
    told = dict(made.not_ranked)
    assert told["leak-survey-quarterly at North field"] == "instead of it: leak-survey-yearly"
    assert told["mine-drainage-flaring at East mine"] == "the table holds no cost of it"


def test_a_later_measure_finds_what_the_cheaper_ones_left():
    text = HEADER + "Mine,coal-underground,1000,0,,,\n"
    costs = "measure,currency,yearly_cost\nmine-drainage-use,CNY,100\nventilation-air-oxidation,CNY,9000\n"
    made = curve(options(text), costs)
    assert [rung.stops.value_t for rung in made.rungs] == pytest.approx([500, 475])
    assert made.stops.value_t == pytest.approx(975) and made.stops.interval.high95_t <= 1000


def test_with_the_fee_a_tonne_costs_so_much_less():
    fee = Fee(per_t=900.0, currency="USD", law="statute_2022, emissions of 2024", verified=True)
    made, plain = curve(fee=fee), curve()
    assert made.rungs[0].with_fee_per_t == pytest.approx(-50 - 900)
    assert plain.rungs[2].with_fee_per_t is None
    assert made.pays_with_fee > made.pays_without_fee == pytest.approx(400)
    assert [rung.option.measure.id for rung in made.rungs] == [rung.option.measure.id for rung in plain.rungs]
    assert "no price of an event" in curve_record(made)["fee"]["note"]


def test_the_fee_is_on_oil_and_gas_and_leaves_a_mine_as_it_is():
    fee = Fee(per_t=900.0, currency="USD", law="statute_2022, emissions of 2024", verified=True)
    (mine,) = [rung for rung in curve(fee=fee).rungs if rung.option.target.name == "East mine"]
    assert mine.with_fee_per_t == mine.cost_value_per_t == pytest.approx(400)


@pytest.mark.parametrize(
    ("costs", "fee", "told"),
    [
        (COSTS, Fee(per_t=1.0, currency="EUR", law="x", verified=False), "the fee is in EUR"),
        (
            COSTS.replace("mine-drainage-use,USD,1000000,", "mine-drainage-use,USD,1000000,Nowhere"),
            None,
            "Nowhere",
        ),
    ],
)
def test_costs_that_do_not_fit_are_errors(costs, fee, told):
    with pytest.raises(AccountError, match=told):
        curve(costs=costs, fee=fee)


def test_a_measure_that_finds_nothing_left_is_named():
    text = HEADER + "Field,oil-gas,100,0,,,\n"
    costs = "measure,currency,yearly_cost\nreplace-pneumatics,USD,1\nvapour-recovery,USD,9\n"
    made = curve(options(text), costs)
    assert len(made.rungs) == 1
    assert ("vapour-recovery at Field", "the cheaper measures leave nothing for it") in made.not_ranked
    assert json.dumps(curve_record(made), allow_nan=False)


# ---- bad tables


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("1000,20", "-1,20"), "row 2, column ch4_t"),
        (("1000,20", "1000,"), "row 2, column ch4_u95_percent"),
        (("tanks", "fugitive-leaks"), "row 3, column part"),
        (("tanks", ""), "row 3, column part"),
        (("tanks", "tank"), "row 3, column part"),
        (("East mine,coal-underground", "East mine,coal"), "row 5, column sector"),
        (("400,20,Prairie Oil", "400,20,Other"), "row 3, column owner"),
        (("tanks,", "tanks,50"), "row 3, column flare_destruction_percent"),
        ((",91", ",100"), "row 4, column flare_destruction_percent"),
        (("owner", "owners"), "row 1: column 'owners'"),
    ],
)
def test_bad_emissions_are_named_by_row_and_column(change, told):
    with pytest.raises(AccountError, match=told):
        read_emissions(EMISSIONS.replace(*change, 1), "e.csv", MEASURES)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("40000", "cheap"), "row 2, column yearly_cost"),
        (("leak-survey-yearly", "leak-survey"), "row 2, column measure"),
        (("vapour-recovery,USD", "vapour-recovery,EUR"), "row 4, column currency"),
        (("500000,10,7", "500000,,7"), "row 4, column lifetime_years"),
        (("500000,10,7", ",10,7"), "row 4, column lifetime_years"),
        (("leak-survey-quarterly", "leak-survey-yearly"), "row 3, column measure"),
        (("yearly_cost", "cost"), "row 1"),
    ],
)
def test_bad_costs_are_named_by_row_and_column(change, told):
    with pytest.raises(AccountError, match=told):
        read_costs(COSTS.replace(*change, 1), "c.csv", MEASURES)


# ---- the command


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "e.csv").write_text(EMISSIONS)
    (tmp_path / "c.csv").write_text(COSTS)
    (tmp_path / "a.csv").write_text(
        "name,year,source,tier,activity_t,activity_u95_percent\nDeep,2024,coal-underground-mining,1,1000000,2\n"
    )
    return tmp_path


def test_the_command_ranks_an_owner_with_and_without_the_fee(folder, capsys):
    arguments = ["abate", "--emissions", "e.csv", "--owner", "Prairie Oil", "--costs", "c.csv"]
    costs = COSTS.replace("mine-drainage-use,USD,1000000,,,,,\n", "")
    (folder / "c.csv").write_text(costs)
    fee = ["--fee-rules", "statute_2022", "--year", "2024", "--out", "macc.svg"]
    assert main([*arguments, *fee, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["curve"]["fee"]["per_t"] == 900 and {one["owner"] for one in told["options"]} == {"Prairie Oil"}
    assert (folder / "macc.svg").read_bytes().startswith(b"<?xml")
    assert main(arguments) == 0
    shown = capsys.readouterr().out
    assert "NOT VERIFIED" in shown and "instead of it" in shown and "less the fee" not in shown


def test_the_command_for_an_inventory(folder, capsys):
    assert main(["abate", "--inventory", "a.csv", "--year", "2024", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    first = next(one for one in told["options"] if one["measure"]["id"] == "mine-drainage-use")
    assert first["stops"]["value_t"] == pytest.approx(12_060 / 2) and told["curve"] is None


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "nothing, or too much"),
        (["--emissions", "e.csv", "--inventory", "a.csv"], "nothing, or too much"),
        (["--emissions", "e.csv", "--out", "x.svg"], "without costs"),
        (["--emissions", "e.csv", "--owner", "Nobody"], "Nobody"),
        (["--inventory", "a.csv"], "without --year"),
        (["--inventory", "a.csv", "--year", "1999"], "no methane of 1999"),
        (["--emissions", "e.csv", "--costs", "c.csv", "--fee-rules", "statute_2022"], "without --year"),
    ],
)
def test_bad_options_are_errors(folder, capsys, arguments, told):
    assert main(["abate", *arguments]) != 0
    assert told in capsys.readouterr().err


def test_records_hold_every_option():
    assert len(json.loads(json.dumps(options_record(options()), allow_nan=False))) == len(options())
