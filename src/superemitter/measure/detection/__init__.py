"""Plumes in an enhancement field."""

from superemitter.measure.detection.detect import Gas, detect, detection_score, find_gas
from superemitter.measure.detection.pooling import pool
from superemitter.measure.detection.settings import DetectionSettings

__all__ = ["DetectionSettings", "Gas", "detect", "detection_score", "find_gas", "pool"]
