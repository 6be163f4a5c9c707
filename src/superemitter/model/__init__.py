"""The nouns: what the stages take and return, constants, flags, errors."""

from superemitter.model.attribution import Attribution, Candidate, Facility
from superemitter.model.enhancement import Enhancement, enhancement_dataset
from superemitter.model.flags import Flag
from superemitter.model.footprint import Footprint, MapGrid
from superemitter.model.instrument import Instrument, load_instrument
from superemitter.model.plume import Detection, Plume
from superemitter.model.rate import CannotSay, EmissionRate, Quantification
from superemitter.model.result import PlumeResult, SceneResult
from superemitter.model.run import InputFile, RunRecord
from superemitter.model.scene import Scene, scene_dataset
from superemitter.model.wind import Wind

__all__ = [
    "Attribution",
    "Candidate",
    "CannotSay",
    "Detection",
    "EmissionRate",
    "Enhancement",
    "Facility",
    "Flag",
    "Footprint",
    "InputFile",
    "Instrument",
    "MapGrid",
    "Plume",
    "PlumeResult",
    "Quantification",
    "RunRecord",
    "Scene",
    "SceneResult",
    "Wind",
    "enhancement_dataset",
    "load_instrument",
    "scene_dataset",
]
