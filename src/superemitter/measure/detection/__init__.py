"""Plumes from an enhancement field."""

from superemitter.measure.detection.detect import DetectionSettings, detect, detection_score
from superemitter.measure.detection.pooling import pool

__all__ = ["DetectionSettings", "detect", "detection_score", "pool"]
