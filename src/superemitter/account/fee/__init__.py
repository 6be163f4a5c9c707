"""The methane fee (US waste emissions charge): three laws as data, never mixed; annual, netted, in decimals."""

from superemitter.account.fee.assess import assess_fee, charge_of_added_tonnes
from superemitter.account.fee.facilities import RowFaults, SegmentReport, standard_gas
from superemitter.account.fee.loading import (
    FEE_RULES,
    load_fee_rules,
    packaged_example,
    read_fee_rules,
    rules_in_force,
)
from superemitter.account.fee.ownership import ultimate_parents
from superemitter.account.fee.rules import FeeRules
from superemitter.account.fee.statement import FacilityStatement, FeeStatement, PartyStatement, Step, money, plain
from superemitter.account.fee.table import COLUMNS, Column, read_facilities

__all__ = [
    "COLUMNS",
    "FEE_RULES",
    "Column",
    "FacilityStatement",
    "FeeRules",
    "FeeStatement",
    "PartyStatement",
    "RowFaults",
    "SegmentReport",
    "Step",
    "assess_fee",
    "charge_of_added_tonnes",
    "load_fee_rules",
    "money",
    "packaged_example",
    "plain",
    "read_facilities",
    "read_fee_rules",
    "rules_in_force",
    "standard_gas",
    "ultimate_parents",
]
