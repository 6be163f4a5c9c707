"""Plumes from an enhancement field."""

from superemitter.measure.detection.detect import DetectionSettings, detect, detection_score

__all__ = ["DetectionSettings", "detect", "detection_score"]
