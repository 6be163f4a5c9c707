"""The recipe that composes the stages, many scenes, provenance, verification."""

from superemitter.pipeline.batch import Outcome, batch_error, check_scenes, scan_many
from superemitter.pipeline.recipe import Recipe
from superemitter.pipeline.scan import Context, Scanned, scan, scan_to_folder
from superemitter.pipeline.truth import Match, match, read_truth
from superemitter.pipeline.verify import Verification, verify

__all__ = [
    "Context",
    "Match",
    "Outcome",
    "Recipe",
    "Scanned",
    "Verification",
    "batch_error",
    "check_scenes",
    "match",
    "read_truth",
    "scan",
    "scan_many",
    "scan_to_folder",
    "verify",
]
