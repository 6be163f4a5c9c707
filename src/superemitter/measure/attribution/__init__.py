"""Which listed facility a plume comes from, or none of them."""

from superemitter.measure.attribution.bayes import attribute
from superemitter.measure.attribution.settings import AttributionSettings

__all__ = ["AttributionSettings", "attribute"]
