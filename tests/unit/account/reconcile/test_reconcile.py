"""Reported against seen: sums, lower bounds, verdicts; a mine, a basin, a country."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from superemitter.account.annual import SourcePass, annual_account
from superemitter.account.cautions import Caution
from superemitter.account.inventory_factors import load_sources
from superemitter.account.inventory_uncertainty import Interval, Mass
from superemitter.account.observed_csv import read_observed
from superemitter.account.rates import Rate
from superemitter.account.reconcile import Agreement, ObservedSource, Reported, observed_source, reconcile
from superemitter.account.reconcile_records import reconciliation_record
from superemitter.account.reported import is_series, reported_of_activity, reported_of_series
from superemitter.account.series import parse_series, read_series
from superemitter.account.sizes import DetectionCurve
from superemitter.account.spread import Spread
from superemitter.cli import main
from superemitter.model.errors import AccountError
from superemitter.model.rate import CannotSay
from superemitter.publish.accounts import svg_bytes
from superemitter.publish.reconcile import draw_reconciliation

CURVE = DetectionCurve(half_kg_h=100.0, ninety_kg_h=300.0)


def spread(value, error=0.1):
    return Spread(
        value=value, median=value, low68=value * (1 - error), high68=value * (1 + error),
        low95=value * (1 - 2 * error), high95=value * (1 + 2 * error),
    )  # fmt: skip


def source(name, tonnes=1000.0, rate=500.0, share=0.5, error=0.1):
    return ObservedSource(name=name, rate_kg_h=rate, persistence=share, emission=spread(tonnes, error))


def unsaid(name):
    why = CannotSay(code="too-few-passes", reason="only 1 passes")
    return ObservedSource(name=name, rate_kg_h=300.0, persistence=None, emission=why)


def reported(value, error=0.2):
    interval = Interval(
        median_t=value, low68_t=value * (1 - error / 2), high68_t=value * (1 + error / 2),
        low95_t=value * (1 - error), high95_t=value * (1 + error),
    )  # fmt: skip
    return Reported(mass=Mass(value_t=value, interval=interval), covers="all of it", where="t.csv")


def hold(told, sources, **more):
    return reconcile("Basin", 2024, told, sources, np.random.default_rng(0), **more)


def many(count=60):
    rates = np.exp(np.linspace(np.log(60), np.log(6000), count))
    return [source(f"s{k}", rate * 0.5 * 8.784, rate, 0.5) for k, rate in enumerate(rates)]


def test_sources_add_up_and_errors_of_different_ones_do_not():
    made = hold(reported(1000.0), [source(str(k)) for k in range(9)])
    assert made.observed.value == pytest.approx(9000)
    assert made.observed.high95 - made.observed.value == pytest.approx(200 * 3, rel=0.15)


def test_more_seen_than_reported_needs_no_unseen_part():
    made = hold(reported(1000.0), [source("a", 3000.0)])
    assert made.at_least and made.agreement is Agreement.MORE
    assert made.ratio.value == pytest.approx(3.0)


def test_a_lower_bound_is_never_called_less_or_equal():
    made = hold(reported(9000.0), [source("a", 3000.0)])
    assert isinstance(made.agreement, CannotSay) and made.agreement.code == "lower-bound-only"


def test_with_the_unseen_part_it_can_be_less_or_agree():
    sources = many()
    alone = sum(one.emission.value for one in sources)
    less = hold(reported(20 * alone, 0.1), sources, curve=CURVE)
    agree = hold(reported(1.1 * alone, 0.5), sources, curve=CURVE)
    assert isinstance(less.unseen, Spread) and less.unseen.value > 0
    assert (less.agreement, agree.agreement) == (Agreement.LESS, Agreement.AGREE)


def test_a_source_without_an_account_is_named_and_makes_it_a_lower_bound():
    made = hold(reported(100.0), [*many(), unsaid("quiet mine")], curve=CURVE)
    assert made.at_least and made.left_out == (("quiet mine", "only 1 passes"),)
    record = reconciliation_record(made)
    assert record["left_out"] == [{"name": "quiet mine", "reason": "only 1 passes"}]


def test_what_is_reported_without_error_is_not_compared():
    why = CannotSay(code="uncertainty-not-stated", reason="none")
    told = Reported(mass=Mass(value_t=5.0, interval=why), covers="", where="t.csv")
    assert hold(told, [source("a")]).agreement.code == "uncertainty-not-stated"


@pytest.mark.parametrize(("sources", "code"), [([], "no-sources"), ([unsaid("a")], "no-account")])
def test_nothing_observed_cannot_be_compared(sources, code):
    assert hold(reported(5.0), sources).agreement.code == code


def test_records_are_json_and_pictures_depend_on_nothing_else():
    made = hold(
        reported(100.0), many(), curve=CURVE, assumptions=(Caution(code="x", text="ASSUMED: x", assumed=True),)
    )
    assert json.loads(json.dumps(reconciliation_record(made), allow_nan=False))["sizes"]["chosen"]
    assert svg_bytes(draw_reconciliation(made)) == svg_bytes(draw_reconciliation(made))


# ---- what is reported

ACTIVITY = (
    "name,year,source,tier,activity_t,activity_u95_percent\n"
    "North mine,2024,coal-underground-mining,1,1000000,2\n"
    "South mine,2024,coal-surface-mining,1,1000000,2\n"
    "Acid works,2024,caprolactam,1,1000,2\n"
)


def of_activity(**more):
    return reported_of_activity(ACTIVITY, "a.csv", load_sources(), 2024, np.random.default_rng(0), **more)


def test_a_mine_of_an_inventory():
    assert of_activity(name="North mine").mass.value_t == pytest.approx(12_060)
    assert of_activity().mass.value_t == pytest.approx(12_060 + 804)


@pytest.mark.parametrize(
    ("more", "told"), [({"name": "East mine"}, "East mine"), ({"name": "Acid works"}, "emit no methane")]
)
def test_a_mine_that_is_not_there_is_an_error(more, told):
    with pytest.raises(AccountError, match=told):
        of_activity(**more)


COUNTRIES = "Entity,Code,Year,ch4_t,ch4_t_co2e\nRuritania,RUR,2023,1000,\nRuritania,RUR,2024,,28000\n"


def of_country(year, country="rur", **more):
    table = parse_series(COUNTRIES, "c.csv")
    return reported_of_series(table, country, year, np.random.default_rng(0), **more)


def test_a_country_in_tonnes_needs_no_table_of_potentials():
    told = of_country(2023, u95_percent=10.0)
    assert told.mass.value_t == 1000 and told.mass.interval.high95_t == pytest.approx(1100, rel=0.01)


def test_a_country_without_an_error_has_no_interval():
    assert isinstance(of_country(2023).mass.interval, CannotSay)


@pytest.mark.parametrize(
    ("year", "country", "told"), [(1999, "RUR", "no figure of Ruritania for 1999"), (2023, "Narnia", "nothing of")]
)
def test_a_country_or_year_that_is_not_there_is_an_error(year, country, told):
    with pytest.raises(AccountError, match=told):
        of_country(year, country)


def test_co2_equivalents_are_undone_only_by_a_named_table():
    only = "Entity,Code,Year,ch4_t_co2e\nRuritania,RUR,2024,28000\n"
    table = parse_series(only, "c.csv")
    with pytest.raises(AccountError, match="does not say by which table"):
        reported_of_series(table, "RUR", 2024, np.random.default_rng(0))
    told = reported_of_series(table, "RUR", 2024, np.random.default_rng(0), gwp_table="AR5")
    assert told.mass.value_t == pytest.approx(1000) and "assumed" in told.covers


@pytest.mark.shared
def test_real_tables_of_countries_give_methane(shared_data):
    path = shared_data / "inventory" / "OWID_annual_emissions_ch4_total_co2eq.csv"
    table = read_series(path)
    assert is_series(path.read_text(encoding="utf-8"))
    told = reported_of_series(table, "CHN", 2020, np.random.default_rng(0), gwp_table="AR5")
    assert 4e7 < told.mass.value_t < 8e7


# ---- sources of one's own

SOURCES = (
    "name,rate_kg_h,rate_low_kg_h,rate_high_kg_h,persistence,persistence_low95,persistence_high95\n"
    "Shaft 1,1000,700,1400,0.5,0.3,0.7\nShaft 2,400,300,500,,,\n"
)


def read(text):
    return read_observed(text, "s.csv", 2023, np.random.default_rng(0))


def test_a_table_of_sources():
    first, second = read(SOURCES)
    assert first.emission.value == pytest.approx(1000 * 0.5 * 8.76)
    assert second.emission.code == "persistence-not-known" and second.rate_kg_h == 400


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("1000,700", "-1,700"), "row 2, column rate_kg_h"),
        (("1000,700", "1000,1200"), "row 2, column rate_kg_h"),
        (("0.5,0.3", "1.5,0.3"), "row 2, column persistence"),
        (("0.5,0.3", "0.5,0.6"), "row 2, column persistence"),
        (("Shaft 2", "Shaft 1"), "row 3, column name"),
        (("persistence,", "persistense,"), "row 1: column 'persistense'"),
        (("name,rate", "nme,rate"), "row 1"),
        (("1000,", "1 000,"), "row 2, column rate_kg_h"),
    ],
)
def test_bad_cells_are_named_by_row_and_column(change, told):
    with pytest.raises(AccountError, match=told):
        read(SOURCES.replace(*change))


# ---- the command


def files(tmp_path):
    rows = "".join(
        f"s{k},{60 * 1.08**k:.0f},{50 * 1.08**k:.0f},{75 * 1.08**k:.0f},0.5,0.3,0.7\n" for k in range(60)
    )
    (tmp_path / "sources.csv").write_text(SOURCES.partition("\n")[0] + "\n" + rows)
    (tmp_path / "activity.csv").write_text(ACTIVITY)
    (tmp_path / "countries.csv").write_text(COUNTRIES)


def test_the_command_for_a_mine_and_a_country(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    files(tmp_path)
    limits = ["--seen-half", "100", "--seen-ninety", "300"]
    mine = ["reconcile", "activity.csv", "--year", "2024", "--name", "North mine", "--sources", "sources.csv"]
    assert main([*mine, *limits, "--out", "m.svg", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["reported"]["value_t"] == pytest.approx(12_060) and told["agreement"] == Agreement.MORE
    assert (tmp_path / "m.svg").read_bytes().startswith(b"<?xml")
    country = ["reconcile", "countries.csv", "--year", "2023", "--country", "RUR", "--sources", "sources.csv"]
    assert main([*country, *limits, "--reported-error", "20"]) == 0
    assert "more seen than reported" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (["--seen-half", "100"], "only one of"),
        (["--out", "x.gif"], "x.gif"),
        (["--sources", "nowhere.csv"], "nowhere.csv"),
        (["--seen-half", "100", "--seen-ninety", "300", "--model", "gamma"], "gamma"),
    ],
)
def test_bad_options_are_errors(tmp_path, monkeypatch, capsys, extra, told):
    monkeypatch.chdir(tmp_path)
    files(tmp_path)
    assert main(["reconcile", "activity.csv", "--year", "2024", "--sources", "sources.csv", *extra]) != 0
    assert told in capsys.readouterr().err


def test_simulated_sources_make_all_of_it_simulated():
    one = ObservedSource(name="a", rate_kg_h=1.0, persistence=1.0, emission=spread(9.0), simulated=True)
    assert reconciliation_record(hold(reported(5.0), [source("b"), one]))["simulated"]
    assert not reconciliation_record(hold(reported(5.0), [source("b")]))["simulated"]


def test_an_answer_that_rests_on_an_assumption_says_so():
    assumed = Caution(code="x", text="ASSUMED: x", assumed=True)
    made = hold(reported(5.0), [source("b")], assumptions=(assumed,))
    assert made.agreement is Agreement.MORE and reconciliation_record(made)["conditional"]
    assert not hold(reported(5.0), [source("b")]).conditional


def basin(seed, looks=20, mean_share=0.15):
    """A made-up basin: what it emits in a year, and the accounts of the sources that some look found."""
    rng = np.random.default_rng(seed)
    rates = 250.0 * np.exp(rng.standard_normal(120))
    shares = rng.beta(1.5, 1.5 / mean_share - 1.5, rates.size)
    found = []
    for number, (rate, share) in enumerate(zip(rates, shares, strict=True)):
        chance = float(CURVE.probability(np.array([rate]))[0])
        seen = (rng.random(looks) < share) & (rng.random(looks) < chance)
        if not seen.any():
            continue
        measured = Rate(rate_kg_h=rate, low_kg_h=0.8 * rate, high_kg_h=1.25 * rate)
        passes = [
            SourcePass(
                time=datetime(2023, 1, 1, tzinfo=UTC) + timedelta(days=17 * k),
                detected=bool(one),
                rate=measured if one else None,
                probability_of_detection=chance,
            )
            for k, one in enumerate(seen)
        ]
        found.append(observed_source(annual_account(f"s{number}", passes, rng, draws=300)))
    return float((rates * shares).sum() * 8.76), found


def test_seen_and_not_seen_add_up_to_what_is_there_and_count_nothing_twice():
    """On seeds that nothing was chosen on."""
    ratios, held = [], 0
    for seed in range(6200, 6205):
        truth, found = basin(seed)
        share = float(np.mean([one.persistence for one in found]))
        curve = DetectionCurve(half_kg_h=100.0, ninety_kg_h=300.0, looks=20, emitting_share=share)
        made = reconcile("b", 2023, reported(truth), found, np.random.default_rng(seed), curve=curve)
        ratios.append(made.total.value / truth)
        held += made.total.low95 <= truth <= made.total.high95
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.12)
    assert held >= 4
