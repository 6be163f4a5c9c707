"""``plumes.geojson`` and ``plumes.csv``: the plumes for a map and for a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import shapely

from superemitter.model import SceneResult
from superemitter.publish.cells import csv_cell
from superemitter.publish.geometry import plume_outline
from superemitter.publish.records import csv_columns, csv_row, plume_record

SIMULATED_NOTICE = "SIMULATED DATA: these plumes are not observations."


def feature_collection(result: SceneResult) -> dict[str, object]:
    """The plumes as a GeoJSON feature collection (RFC 7946), one polygon a plume, outlined on the sensor grid.

    Properties are those of :func:`superemitter.publish.records.plume_record`. The extra members ``scene_id``,
    ``run_id`` and ``simulated`` (with a ``notice`` if true) speak for files without a plume.
    """
    scene = result.enhancement
    out: dict[str, object] = {
        "type": "FeatureCollection",
        "scene_id": scene.scene_id,
        "run_id": result.run_id,
        "simulated": bool(scene.simulated),
    }
    if scene.simulated:
        out["notice"] = SIMULATED_NOTICE
    out["features"] = [
        {
            "type": "Feature",
            "id": plume.plume.plume_id,
            "geometry": geojson_geometry(plume_outline(scene.footprint, plume.plume.mask)),
            "properties": plume_record(result, plume),
        }
        for plume in result.plumes
    ]
    return out


def geojson_geometry(geometry: shapely.Geometry) -> dict[str, object] | None:
    """A geometry as GeoJSON holds it; None ("unlocated") if it is empty."""
    if shapely.is_empty(geometry):
        return None
    shape: dict[str, object] = json.loads(shapely.to_geojson(geometry))
    return shape


def write_geojson(result: SceneResult, path: Path) -> None:
    """Write ``plumes.geojson``; see :func:`feature_collection`."""
    text = json.dumps(feature_collection(result), ensure_ascii=False, allow_nan=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def write_csv(result: SceneResult, path: Path) -> None:
    """Write ``plumes.csv``: RFC 4180, UTF-8, a header, one row a plume, empty cells where nothing can be said."""
    records = [csv_row(plume_record(result, plume)) for plume in result.plumes]
    path.write_bytes(csv_text(csv_columns(), records).encode())


def csv_text(columns: Sequence[str], rows: Sequence[dict[str, object]]) -> str:
    """Rows as RFC 4180 text; see :func:`superemitter.publish.cells.csv_cell`."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[csv_cell(row[name]) for name in columns] for row in rows])
    return out.getvalue()
