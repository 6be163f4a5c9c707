"""How good the measurement is: blind tests on simulated leaks, and the published field test beside them."""

from superemitter.pipeline.validation.attribution import (
    Answer,
    AttributionResult,
    AttributionSummary,
    run_attribution_test,
    summarise_attribution,
)
from superemitter.pipeline.validation.blind import BlindResult, Row, SceneRow, run_blind_test
from superemitter.pipeline.validation.ensemble import AIRBORNE, BlindTest, draw_case
from superemitter.pipeline.validation.field import FieldEstimate, FieldFigures, field_figures, read_field_test
from superemitter.pipeline.validation.listed_places import ATTRIBUTION, Places, draw_listed_case
from superemitter.pipeline.validation.real_radiance import (
    REAL_RADIANCE,
    RealResult,
    run_real_radiance_test,
    summarise_real_radiance,
)
from superemitter.pipeline.validation.run import EVERYTHING, Validation, ValidationPlan, validate, validate_to
from superemitter.pipeline.validation.seeds import FITTING_SEEDS, JUDGING_SEEDS, check_fitting, check_judging
from superemitter.pipeline.validation.summary import BlindSummary, summarise

__all__ = [
    "AIRBORNE",
    "ATTRIBUTION",
    "EVERYTHING",
    "FITTING_SEEDS",
    "JUDGING_SEEDS",
    "REAL_RADIANCE",
    "Answer",
    "AttributionResult",
    "AttributionSummary",
    "BlindResult",
    "BlindSummary",
    "BlindTest",
    "FieldEstimate",
    "FieldFigures",
    "Places",
    "RealResult",
    "Row",
    "SceneRow",
    "Validation",
    "ValidationPlan",
    "check_fitting",
    "check_judging",
    "draw_case",
    "draw_listed_case",
    "field_figures",
    "read_field_test",
    "run_attribution_test",
    "run_blind_test",
    "run_real_radiance_test",
    "summarise",
    "summarise_attribution",
    "summarise_real_radiance",
    "validate",
    "validate_to",
]
