"""Readers of level-1 radiance: one file per product, found by content, open to plug-ins."""

from superemitter.observe.readers.base import ReadOptions, SceneReader
from superemitter.observe.readers.registry import available_readers, open_scene, recognise

__all__ = ["ReadOptions", "SceneReader", "available_readers", "open_scene", "recognise"]
