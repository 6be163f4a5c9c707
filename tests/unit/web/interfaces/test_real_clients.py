"""The programs that people use read it: GDAL, QGIS, pystac-client, pystac."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pystac
import pytest
from pystac_client import Client

#: Debian's: QGIS is no package of Python's.
PYTHON = "/usr/bin/python3"
PYOGRIO = """
import json, sys
import pyogrio
meta, _, _, fields = pyogrio.raw.read(sys.argv[1], layer="plumes", bbox=(-110, 20, -90, 40))
boxed = list(fields[list(meta["fields"]).index("record_id")])
scenes = pyogrio.read_info(sys.argv[1], layer="scenes", force_feature_count=True)["features"]
print(json.dumps({"boxed": boxed, "scenes": scenes}))
"""
QGIS = """
import json, sys
from qgis.core import QgsApplication, QgsRectangle, QgsFeatureRequest, QgsVectorLayer
app = QgsApplication([], False)
app.initQgis()
out = {}
for name in ("plumes", "sources", "cases", "facilities", "scenes"):
    layer = QgsVectorLayer(f"url='{sys.argv[1]}' typename='{name}'", name, "OAPIF")
    out[name] = {"valid": layer.isValid(), "count": sum(1 for _ in layer.getFeatures())} if layer.isValid() else {
        "valid": False, "why": layer.error().message()}
    if name == "plumes" and layer.isValid():
        box = QgsFeatureRequest().setFilterRect(QgsRectangle(-110, 20, -90, 40))
        out["boxed"] = [one["record_id"] for one in layer.getFeatures(box)]
        out["crs"] = layer.crs().authid()
print("ANSWER" + json.dumps(out))
sys.stdout.flush()
import os
os._exit(0)
"""


def _missing(reason: str) -> None:
    """Skip with the reason on a user's machine; fail where CI promises that everything is there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true forbids the skip")
    pytest.skip(reason)


def _run(command: list[str], folder: Path, **environment: str) -> str:
    """Run a program of the system's with a home of its own."""
    plain = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LC_ALL": "C.UTF-8", **environment}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=plain, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def ogrinfo(tmp_path: Path) -> Callable[..., str]:
    """GDAL's own reader."""
    found = shutil.which("ogrinfo", path="/usr/bin:/usr/local/bin")
    if found is None:
        _missing("ogrinfo (Debian: gdal-bin) is not installed")
    return lambda *arguments: _run([str(found), "-ro", *arguments], tmp_path)


def test_gdal_lists_the_collections(served: str, ogrinfo: Callable[..., str]) -> None:
    said = ogrinfo("-q", f"OAPIF:{served}")
    for name in ("plumes", "sources", "cases", "facilities", "scenes"):
        assert name in said


def test_gdal_reads_every_feature_page_by_page(served: str, ogrinfo: Callable[..., str]) -> None:
    said = ogrinfo(f"OAPIF:{served}", "plumes", "-al", "-oo", "PAGE_SIZE=2")
    assert "using driver `OAPIF' successful" in said
    assert said.count("OGRFeature(plumes)") == 5
    assert "Geometry: Point" in said and "rate_kg_h (Real)" in said and "斐济" in said


def test_gdal_narrows_by_box_and_property_on_the_server(served: str, ogrinfo: Callable[..., str]) -> None:
    boxed = ogrinfo(f"OAPIF:{served}", "plumes", "-al", "-spat", "-110", "20", "-90", "40")
    assert boxed.count("OGRFeature(plumes)") == 1
    named = ogrinfo(f"OAPIF:{served}", "plumes", "-al", "-where", "country = 'FJI'", "--debug", "OAPIF")
    assert named.count("OGRFeature(plumes)") == 2


def test_the_newer_gdal_inside_pyogrio_reads_the_same(served: str, tmp_path: Path) -> None:
    said = _run(
        [sys.executable, "-c", PYOGRIO, f"OAPIF:{served}"], tmp_path
    )  # its reader holds the lock of Python
    assert json.loads(said) == {"boxed": ["p1"], "scenes": 1}


def test_qgis_reads_every_collection(served: str, tmp_path: Path) -> None:
    probe = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    if probe.returncode:
        _missing("QGIS (Debian: python3-qgis) is not installed")
    (tmp_path / "ask.py").write_text(QGIS, encoding="utf-8")
    said = _run(
        [PYTHON, str(tmp_path / "ask.py"), served],
        tmp_path,
        QT_QPA_PLATFORM="offscreen",
        XDG_RUNTIME_DIR=str(tmp_path),
    )
    out = json.loads(said.split("ANSWER", 1)[1])
    assert all(out[name]["valid"] for name in ("plumes", "sources", "cases", "facilities", "scenes")), out
    counts = {name: out[name]["count"] for name in ("plumes", "sources", "cases", "facilities", "scenes")}
    assert counts == {"plumes": 5, "sources": 5, "cases": 1, "facilities": 3, "scenes": 1}
    assert out["boxed"] == ["p1"] and out["crs"] in ("OGC:CRS84", "EPSG:4326")


def test_pystac_client_finds_collection_and_items(served: str) -> None:
    client = Client.open(f"{served}/stac")
    assert [one.id for one in client.get_collections()] == ["scenes"]
    collection = client.get_collection("scenes")
    (item,) = collection.get_items()
    assert item.id == "SCENE" and collection.get_item("SCENE").bbox == [61, 36, 62, 37]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pystac_client_searches(served: str, method: str) -> None:
    client = Client.open(f"{served}/stac")
    triangle = {"type": "Polygon", "coordinates": [[[61.4, 36.4], [61.6, 36.4], [61.6, 36.6], [61.4, 36.4]]]}
    far = {"type": "Point", "coordinates": [10, 10]}
    questions: list[tuple[dict[str, Any], int]] = [
        ({}, 1),
        ({"bbox": [60, 35, 62, 37], "datetime": "2024-08-27"}, 1),
        ({"bbox": [60, 35, 60.5, 37]}, 0),
        ({"datetime": "2024-08-28/.."}, 0),
        ({"intersects": triangle}, 1),
        ({"intersects": far}, 0),
        ({"ids": ["SCENE", "none"]}, 1),
        ({"ids": ["SCENE"], "bbox": [0, 0, 1, 1]}, 0),
        ({"collections": ["other"]}, 0),
    ]
    for question, count in questions:
        assert len(list(client.search(method=method, **question).items())) == count, question


def test_pystac_walks_from_the_root_to_the_items(served: str) -> None:
    catalogue = pystac.Catalog.from_file(f"{served}/stac")
    (item,) = catalogue.get_items(recursive=True)
    assert item.id == "SCENE" and item.get_collection().id == "scenes"
    assert item.validate()


def test_the_asset_of_a_scene_leads_to_its_plumes(asking: Any) -> None:
    item = asking.get("/stac/collections/scenes/items/SCENE").json()
    address = item["assets"]["plumes"]["href"].removeprefix("http://127.0.0.1:8000")
    names = [one["properties"]["record_id"] for one in asking.get(address).json()["features"]]
    assert sorted(names) == ["SCENE-001", "SCENE-002"]
