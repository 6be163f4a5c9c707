"""From a recipe to the settings of each stage, those of earlier versions included."""

from __future__ import annotations

from dataclasses import dataclass, replace

from superemitter.measure.detection import DetectionSettings
from superemitter.measure.quantification import QuantificationSettings
from superemitter.measure.retrieval import RetrievalSettings, method_settings
from superemitter.pipeline.recipe import FIRST_PROCESSING, Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How a scene is retrieved, searched and measured."""

    retrieval: RetrievalSettings
    detection: DetectionSettings
    quantification: QuantificationSettings


def choices_of(recipe: Recipe) -> Choices:
    """The settings a recipe stands for.

    A record made before recipes named their processing is recomputed as it was made: one pass against a plume's
    own gas, the threshold from every negative peak, published calibrations.

    Raises
    ------
    UsageError
        There is no retrieval method of that name.
    """
    retrieval = method_settings(recipe.method)
    detection = DetectionSettings(false_plumes_per_scene=recipe.false_plumes_per_scene)
    if recipe.processing == FIRST_PROCESSING:
        return Choices(
            retrieval=replace(retrieval, own_gas_passes=1, water_apart=False),
            detection=replace(
                detection,
                vetted_tail=False,
                least_spectral_match=0.4,
                pool_px=(1.5,),
                wind_stretch=1.0,
                close_pieces=False,
                split=False,
            ),
            quantification=QuantificationSettings(calibration=recipe.calibration or "published"),
        )
    return Choices(
        retrieval=retrieval,
        detection=detection,
        quantification=QuantificationSettings(calibration=recipe.calibration or "fitted", plume_may_be_false=True),
    )
