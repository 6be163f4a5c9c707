"""Methane enhancement from radiance."""

from superemitter.measure.retrieval.retrieve import RetrievalSettings, retrieve

__all__ = ["RetrievalSettings", "retrieve"]
