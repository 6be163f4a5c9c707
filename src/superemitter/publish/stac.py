"""``item.json``: the scene's results as a STAC item."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pystac
from pyproj import CRS

from superemitter.model import EmissionRate, SceneResult
from superemitter.model.errors import OutputError
from superemitter.publish.geometry import bounding_box, scene_outline
from superemitter.publish.grid_view import MapView
from superemitter.publish.native import NATIVE_FILES
from superemitter.publish.raster import BANDS
from superemitter.publish.run_record import sha256_of
from superemitter.publish.vector import geojson_geometry

FILE_EXTENSION: Final = "https://stac-extensions.github.io/file/v2.1.0/schema.json"
PROJECTION_EXTENSION: Final = "https://stac-extensions.github.io/projection/v2.0.0/schema.json"

_SHA2_256_MULTIHASH = "1220"  # code 0x12, length 0x20


@dataclass(frozen=True)
class _File:
    key: str
    name: str
    title: str
    media_type: str
    roles: tuple[str, ...]


_FILES: Final = (
    _File("enhancement", "enhancement.tif", "Methane enhancement", pystac.MediaType.COG, ("data",)),
    _File("plumes", "plumes.geojson", "Plumes with rates", pystac.MediaType.GEOJSON, ("data",)),
    _File("plumes-csv", "plumes.csv", "Plumes with rates, as a table", "text/csv", ("data",)),
    _File("quicklook", "quicklook.png", "Picture of the scene", pystac.MediaType.PNG, ("overview",)),
    _File("report", "report.html", "Report for readers", pystac.MediaType.HTML, ("metadata",)),
    _File("native", "native.nc", "Every field on native pixels", pystac.MediaType.NETCDF, ("data",)),
    _File("pixels", "pixels.parquet", "Native pixels as polygons", pystac.MediaType.PARQUET, ("data",)),
    _File("run", "run.json", "Record to recompute every number", pystac.MediaType.JSON, ("metadata",)),
)


def write_item(result: SceneResult, folder: Path, view: MapView) -> None:
    """Write ``item.json`` for the files that lie in `folder`, with their sizes and checksums.

    ``run.json`` is linked without a checksum: it holds the checksum of this item.

    Raises
    ------
    OutputError
        The scene has no coordinates to place it by.
    """
    item = stac_item(result, view, _facts(folder))
    text = json.dumps(item.to_dict(include_self_link=False), ensure_ascii=False, allow_nan=False, indent=1)
    (folder / "item.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def stac_item(result: SceneResult, view: MapView, facts: Mapping[str, tuple[int, str]]) -> pystac.Item:
    """The scene's results as a STAC 1.1 item; links are relative, so the folder can be moved.

    Parameters
    ----------
    result : SceneResult
    view : MapView
        The map of ``enhancement.tif``.
    facts : mapping of file name to (size [byte], SHA-256)
        Of the files written so far.
    """
    scene = result.enhancement
    outline = scene_outline(scene)
    geometry = geojson_geometry(outline)
    if geometry is None:
        raise OutputError(f"scene {scene.scene_id} has no coordinates, so no STAC item can place it")
    item = pystac.Item(
        id=scene.scene_id,
        geometry=geometry,
        bbox=bounding_box(outline),
        datetime=scene.time,
        properties=_properties(result),
        stac_extensions=[FILE_EXTENSION, PROJECTION_EXTENSION],
    )
    for file in _FILES:
        if file.name in NATIVE_FILES and result.native is None:
            continue
        extra: dict[str, Any] = {}
        if file.name in facts:
            size, sha256 = facts[file.name]
            extra = {"file:size": size, "file:checksum": _SHA2_256_MULTIHASH + sha256}
        if file.key == "enhancement":
            extra |= {"bands": _bands(), **_projection(view)}
        item.add_asset(
            file.key,
            pystac.Asset(
                href=f"./{file.name}",
                title=file.title,
                media_type=file.media_type,
                roles=list(file.roles),
                extra_fields=extra,
            ),
        )
    return item


def _properties(result: SceneResult) -> dict[str, Any]:
    scene = result.enhancement
    rates = [p.quantification.rate for p in result.plumes if isinstance(p.quantification.rate, EmissionRate)]
    title = f"Methane plumes in {scene.scene_id}"
    return {
        "title": f"SIMULATED: {title}" if scene.simulated else title,
        "platform": scene.instrument.platform,
        "instruments": [scene.instrument.name.lower()],
        "superemitter:plume_count": len(result.plumes),
        "superemitter:rate_count": len(rates),
        "superemitter:max_rate_kg_h": max((float(rate.rate_kg_h) for rate in rates), default=None),
        "superemitter:detection_threshold": float(result.detection.threshold),
        "superemitter:expected_false_plumes": float(result.detection.expected_false_plumes),
        "superemitter:retrieval": scene.method,
        "superemitter:flags": sorted(flag.value for flag in scene.flags),
        "superemitter:simulated": bool(scene.simulated),
        "superemitter:run_id": result.run_id,
    }


def _bands() -> list[dict[str, Any]]:
    return [
        {"name": name, "description": meaning, "unit": unit, "data_type": "float32", "nodata": "nan"}
        for name, unit, meaning in BANDS
    ]


def _projection(view: MapView) -> dict[str, Any]:
    """The map grid in the terms of the projection extension."""
    crs = CRS.from_user_input(view.grid.crs)
    authority = crs.to_authority()
    a, b, c, d, e, f = view.grid.transform
    rows, columns = view.grid.shape
    out: dict[str, Any] = {
        "proj:code": ":".join(authority) if authority else None,
        "proj:shape": [rows, columns],
        "proj:transform": [a, b, c, d, e, f],
        "proj:bbox": [c, f + e * rows, c + a * columns, f],
    }
    if not authority:
        out["proj:wkt2"] = crs.to_wkt()
    return out


def _facts(folder: Path) -> dict[str, tuple[int, str]]:
    out = {}
    for file in _FILES:
        path = folder / file.name
        if path.is_file():
            out[file.name] = path.stat().st_size, sha256_of(path)
    return out
