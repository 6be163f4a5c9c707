"""Figures over all cases: their intervals against other ways to compute them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import betaln

from case_stories import Names, Step, Story, life, make_world, tell
from superemitter.model import CannotSay
from superemitter.pipeline.ledger import Filters, Ledger
from superemitter.pipeline.ledger.statistics import share, stopped_amount
from superemitter.pipeline.ledger.views import CaseRow
from superemitter.programme.disclosure import PUBLIC, Role, Viewer

ROW = CaseRow(
    **dict.fromkeys(("case_id", "programme_id", "citation", "state", "operator"), ""),
    **dict.fromkeys(("opened_at", "updated_at", "detected_at", "longitude", "latitude", "next_clock"), None),
    **dict.fromkeys(("overdue", "simulated", "verified", "public"), False),
    programme={},
    rate_kg_h=1000.0,
    rate_low_kg_h=700.0,
    rate_high_kg_h=1400.0,
)


@pytest.mark.parametrize(("count", "of"), [(1, 3), (5, 10), (9, 10), (40, 200)])
def test_a_share_leaves_two_and_a_half_percent_of_its_posterior_on_either_side(count, of):
    def density(p: float) -> float:
        a, b = count + 0.5, of - count + 0.5
        return float(np.exp((a - 1) * np.log(p) + (b - 1) * np.log1p(-p) - betaln(a, b)))

    found = share(count, of)
    assert found.value == count / of
    assert quad(density, 1e-12, found.low)[0] == pytest.approx(0.025, abs=1e-4)
    assert quad(density, found.high, 1 - 1e-12)[0] == pytest.approx(0.025, abs=1e-4)


def test_none_and_all_reach_the_ends_and_nothing_to_count_cannot_be_said():
    assert share(0, 8).low == 0.0 and 0.0 < share(0, 8).high < 0.35
    assert share(8, 8).high == 1.0 and 0.65 < share(8, 8).low < 1.0
    assert isinstance(share(0, 0).value, CannotSay) and share(0, 0).low is None


def test_the_stopped_amount_agrees_with_counting_every_outcome():
    leaks = [
        (replace(ROW, rate_kg_h=rate), chance) for rate, chance in ((900.0, 0.9), (400.0, 0.7), (2500.0, 0.4))
    ]
    rng = np.random.default_rng(5)
    spread = np.log(1400 / 700) / (2 * 0.994458)
    draws = np.zeros(0)
    for which in range(8):  # each leak has stopped or not: an outcome, with its probability
        stopped = [bool(which >> k & 1) for k in range(3)]
        chance = np.prod([p if one else 1 - p for one, (_, p) in zip(stopped, leaks, strict=True)])
        size = round(400_000 * chance)
        rates = [row.rate_kg_h * np.exp(spread * rng.standard_normal(size)) for row, _ in leaks]
        draws = np.append(draws, sum((r for r, one in zip(rates, stopped, strict=True) if one), np.zeros(size)))
    low, middle, high = np.quantile(draws, (0.025, 0.5, 0.975))
    found = stopped_amount(leaks, np.random.default_rng(1))
    assert found.value == pytest.approx(middle, rel=0.06)
    assert found.high == pytest.approx(high, rel=0.06)
    assert found.low == pytest.approx(low, abs=40.0)


def test_without_a_look_nothing_is_said_to_have_stopped():
    found = stopped_amount([], np.random.default_rng(1))
    assert isinstance(found.value, CannotSay) and found.low is None


def test_only_cases_that_the_viewer_sees_are_counted(tmp_path):
    register = make_world(tmp_path / "register.db", tmp_path / "scans", Names())
    stories = (
        Story(steps=life("closed", Step("observed", turn=1))),
        Story(plumes=(2,), steps=life("issued")),
        Story(plumes=(3,), steps=life("plume-reviewed")),
    )
    now = max(tell(register, number, story, Names()) for number, story in enumerate(stories))
    ledger = Ledger(register)
    public = ledger.statistics(PUBLIC, Filters(), now=now)
    assert (public.cases, public.notices, public.issued, public.stopped_leaks) == (2, 2, 2, 1)
    assert public.closed.count == 1 and public.answered_in_time.value == 1.0
    assert public.by_state == {"closed": 1, "issued": 1} and public.by_month == {"2027-02": 2}
    assert ledger.statistics(Viewer(role=Role.REVIEWER), Filters(), now=now).cases == 3
    register.close()
