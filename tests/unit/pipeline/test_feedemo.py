"""The demonstration prices one facility under two laws."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from superemitter.cli.demo_fee import show_fee
from superemitter.pipeline.feedemo import fee_then_and_now


@pytest.mark.parametrize("today", [date(2026, 11, 24), date(2020, 1, 1)])
def test_the_statute_asks_900000_for_2024_and_current_law_nothing(today):
    then, now = fee_then_and_now(today)
    assert (then.rules.id, then.total_usd) == ("statute_2022", Decimal(900_000))
    assert (now.rules.id, now.total_usd) == ("current_law", Decimal(0))
    assert then.facilities[0].above_threshold_t == now.facilities[0].above_threshold_t == 1000


def test_both_stand_side_by_side_and_neither_is_the_price_of_a_leak(capsys):
    show_fee(fee_then_and_now(date(2026, 11, 24)))
    shown = capsys.readouterr().out
    assert "$900,000.00" in shown and "$0.00" in shown and "not the price of a leak" in shown
