"""What type checkers see of the names that ``__init__.py`` imports when they are first used."""

from superemitter.measure.attribution import attribute as attribute
from superemitter.measure.detection import detect as detect
from superemitter.measure.quantification import quantify as quantify
from superemitter.measure.retrieval import retrieve as retrieve
from superemitter.observe.facilities import read_facilities as read_facilities
from superemitter.observe.readers import ReadOptions as ReadOptions
from superemitter.observe.readers import open_scene as open_scene
from superemitter.observe.winds import given_wind as given_wind
from superemitter.observe.winds import open_wind as open_wind

__version__: str
