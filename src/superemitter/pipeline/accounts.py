"""Accounts of what the register holds: one place to call them from."""

from superemitter.pipeline.abating import sector_of_source, targets_of_sources
from superemitter.pipeline.annual import account_of_source, passes_of_source
from superemitter.pipeline.reconciling import mean_persistence, observed_sources, source_ids_of
from superemitter.pipeline.releases import evidence_of_case, large_release_of_case

__all__ = [
    "account_of_source",
    "evidence_of_case",
    "large_release_of_case",
    "mean_persistence",
    "observed_sources",
    "passes_of_source",
    "sector_of_source",
    "source_ids_of",
    "targets_of_sources",
]
