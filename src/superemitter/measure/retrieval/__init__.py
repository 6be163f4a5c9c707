"""Methane enhancement from radiance."""

from superemitter.measure.retrieval.retrieve import Retrieval, retrieve
from superemitter.measure.retrieval.settings import METHODS, RetrievalSettings, method_settings

__all__ = ["METHODS", "Retrieval", "RetrievalSettings", "method_settings", "retrieve"]
