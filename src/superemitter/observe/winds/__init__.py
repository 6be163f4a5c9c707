"""The 10 m wind at a source: given, from a weather model's file, or from a station."""

from superemitter.observe.winds.field import ConstantWind, WindField, given_wind
from superemitter.observe.winds.grid import GridWind
from superemitter.observe.winds.open import open_wind
from superemitter.observe.winds.station import StationWind

__all__ = ["ConstantWind", "GridWind", "StationWind", "WindField", "given_wind", "open_wind"]
