"""Accounts of what the register holds: one place to call them from."""

from superemitter.pipeline.releases import evidence_of_case, large_release_of_case

__all__ = ["evidence_of_case", "large_release_of_case"]
