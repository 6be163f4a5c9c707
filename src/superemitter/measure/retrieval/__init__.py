"""Methane enhancement from radiance."""

from superemitter.measure.retrieval.retrieve import METHODS, RetrievalSettings, method_settings, retrieve

__all__ = ["METHODS", "RetrievalSettings", "method_settings", "retrieve"]
