"""The demonstration's fee: one made-up facility's year, under the statute and under current law, side by side."""

from __future__ import annotations

from datetime import date
from typing import Final

from superemitter.account.fee import FeeStatement, assess_fee, load_fee_rules, packaged_example, read_facilities

FACILITY: Final = "1001"
YEAR: Final = 2024
#: The statute as it was enacted, and what it has become.
LAWS: Final = ("statute_2022", "current_law")


def fee_then_and_now(today: date) -> tuple[FeeStatement, ...]:
    """What one facility of the packaged example owes for 2024, under the statute of 2022 and under current law.

    The facility stands alone here; an owner's other facilities would be netted with it.

    Parameters
    ----------
    today : date
        A law that is in force then is applied as of this day; one that is not, as of its last day.
    """
    statements = []
    for name in LAWS:
        rules = load_fee_rules(name)
        reports = read_facilities(packaged_example(), "the packaged example", rules, YEAR)
        own = [report for report in reports if report.facility_id == FACILITY]
        statements.append(assess_fee(own, rules, YEAR, as_of=today if rules.in_force_on(today) else None))
    return tuple(statements)
