"""The read side: what each viewer may see of the register, as frozen views. Nothing else is ever shown."""

from superemitter.pipeline.ledger.filters import NAMES, Filters, parse_filters, read_bbox
from superemitter.pipeline.ledger.ledger import Ledger

__all__ = ["NAMES", "Filters", "Ledger", "parse_filters", "read_bbox"]
