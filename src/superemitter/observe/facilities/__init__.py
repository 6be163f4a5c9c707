"""Lists of places that may emit methane, from GeoJSON, CSV or GeoPackage."""

from superemitter.observe.facilities.nearby import FacilityIndex, near
from superemitter.observe.facilities.read import read_facilities
from superemitter.observe.facilities.rows import FacilityList, RefusedRow

__all__ = ["FacilityIndex", "FacilityList", "RefusedRow", "near", "read_facilities"]
