"""Public lists import without loss; bad rows are refused by row and field; bad files leave nothing behind."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from superemitter.model.errors import ImportRefused
from superemitter.publish.cells import csv_cell
from superemitter.register import (
    CATALOGUES,
    ImportReport,
    ObservationQuery,
    Register,
    each_observation,
    exportable,
    import_file,
    list_observations,
    open_register,
    versions,
)

WriteList = Callable[..., Path]
CARBON_MAPPER = (
    "plume_id,plume_latitude,plume_longitude,datetime,country,state_province,ipcc_sector,gas,emission_cmf_type,"
    "plume_bounds,instrument,mission_phase,published_at,modified,emission_version,processing_software,emission_auto,"
    "emission_uncertainty_auto,wind_speed_avg_auto\n"
    'tan1,31.9,-102.1,2025-01-02T18:01:02Z,United States,Texas,1B2,CH4,ime,"[-102.2, 31.8, -102.0, 32.0]",tan,'
    "phase,2025-02-02,2025-02-02,v3,x,1690,115,4.1\n"
    "tan2,31.9,-102.1,2025-01-02T18:01:02Z,United States,Texas,1A1,CO2,ime,,tan,p,,,v3,x,90000,9000,4.1\n"
    "GAO3,32.9,-103.1,2025-01-03T18:01:02Z,United States,Texas,6A,CH4,ime,,GAO,p,,,v3,x,,,\n"
)
MARS = (
    "id_plume,source_name,satellite,tile_date,lat,lon,actionable,notified,country,sector,ch4_fluxrate,"
    "ch4_fluxrate_std,wind_u,wind_v,total_emission,total_emission_std\n"
    "m1,S1,EMIT,2024-08-27T06:07:53Z,36.5,61.5,True,False,Turkmenistan,Oil and Gas,1592,473,1,2,3.5,1\n"
    "m2,,Sentinel-2A,2024-08-28 06:07:53,36.5,61.5,True,False,Turkmenistan,Coal,,,1,2,,\n"
    "m3,,Sentinel-2A,2024-08-28,36.5,61.5,True,False,Turkmenistan,Coal,,,1,2,,\n"
)
MARS_SOURCES = (
    "source_name,lon,lat,country,sector,source_type,persistency,persistency_category,n_plumes_detected,feedback\n"
    "S1,61.5,36.5,Turkmenistan,Oil and Gas,Well,0.4,frequent,12,Not Applicable\n"
)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Register]:
    """An SQLite register: what an importer reads does not depend on the database."""
    register = open_register(tmp_path / "register.db")
    yield register
    register.close()


def refusals(report: ImportReport) -> list[tuple[int, str]]:
    return [(refusal.row, refusal.field) for refusal in report.refused]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "catalogue", "read", "rate_t_h"),
    [
        ("Schuit_etal2023_TROPOMI_all_plume_detections_2021.csv", "sron", 2974, True),
        ("extra_2024.csv", "sron", 1232, True),
        ("emit_plume_complexes_2022_2023.geojson", "emit", 483, False),
    ],
)
def test_the_public_lists_import_without_loss(
    kept: Register, shared_data: Path, name: str, catalogue: str, read: int, rate_t_h: bool
) -> None:
    path = shared_data / "plumes" / name
    report = import_file(kept, path)
    assert (report.catalogue, report.read, report.stored, report.refused) == (catalogue, read, read, ())
    seen = list(each_observation(kept))
    originals = [versions(kept, o.observation_id)[0].content["original"] for o in seen]
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        key = sorted(tuple(row.values()) for row in rows)
        assert sorted(tuple(original.values()) for original in originals) == key
        assert sum(o.rate_kg_h for o in seen) == sum(1000.0 * float(row["source_rate_t/h"]) for row in rows)  # type: ignore[misc]
    else:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        counts = {f["properties"]["plume_complex_count"] for f in features}
        assert {original["plume_complex_count"] for original in originals} == counts
        assert all(original["point"]["geometry"]["type"] == "Point" for original in originals)
        outlines = [versions(kept, o.observation_id)[0].content["outline"] for o in seen]
        given = [f["geometry"] for f in features if f["geometry"]["type"] == "Polygon"]
        assert sorted(map(json.dumps, outlines)) == sorted(json.dumps(g, sort_keys=False) for g in given)
    again = import_file(kept, path)
    assert (again.stored, again.updated, again.unchanged) == (0, 0, read)


@pytest.mark.shared
def test_a_list_in_no_known_format_is_refused(kept: Register, shared_data: Path) -> None:
    with pytest.raises(ImportRefused, match="no known catalogue") as caught:
        import_file(kept, shared_data / "plumes" / "chen_sherwin2022_permian_NM_plume_table.csv")
    assert "time, longitude and latitude" in str(caught.value.hint)


def test_carbon_mapper_rates_are_kg_h_and_other_gases_are_refused(kept: Register, write_list: WriteList) -> None:
    report = import_file(kept, write_list(CARBON_MAPPER))
    assert (report.catalogue, report.stored, refusals(report)) == ("carbon-mapper", 2, [(3, "gas")])
    assert not report.exportable
    no_rate, plume = list_observations(kept).observations
    assert (plume.rate_kg_h, plume.rate_low_kg_h, plume.rate_high_kg_h) == (1690.0, 1575.0, 1805.0)
    assert (plume.instrument, plume.sector, plume.country) == ("Tanager-1", "oil-gas", "United States")
    assert versions(kept, plume.observation_id)[0].content["outline"]["coordinates"][0][0] == [-102.2, 31.8]
    assert (no_rate.rate_kg_h, no_rate.sector) == (None, "waste")


def test_mars_plumes_and_sources_are_kept_apart(kept: Register, write_list: WriteList, tmp_path: Path) -> None:
    report = import_file(kept, write_list(MARS))
    assert (report.catalogue, report.stored, refusals(report)) == ("mars", 2, [(4, "tile_date")])
    sources = import_file(kept, write_list(MARS_SOURCES, "sources.csv"))
    assert (sources.catalogue, sources.stored) == ("mars-sources", 1)
    again = import_file(kept, write_list(MARS_SOURCES.replace("0.4", "0.5"), "sources.csv"))
    assert (again.stored, again.updated) == (0, 1)
    assert import_file(kept, write_list(MARS_SOURCES.replace("0.4", "0.5"), "sources.csv")).unchanged == 1
    assert {o.licence_id for o in list_observations(kept).observations} == {"CC-BY-NC-SA-4.0"}
    assert list(exportable(kept)) == []


def test_mars_geojson_keeps_the_outline(kept: Register, write_list: WriteList) -> None:
    rows = list(csv.DictReader(io.StringIO(MARS)))[:1]
    ring = [[61.5, 36.5], [61.6, 36.5], [61.6, 36.6], [61.5, 36.5]]
    outline = {"type": "Polygon", "coordinates": [ring]}
    properties = {**rows[0], "lat": 36.5, "lon": 61.5, "ch4_fluxrate": 1592.0, "ch4_fluxrate_std": None}
    features = [{"type": "Feature", "geometry": outline, "properties": properties}]
    path = write_list(json.dumps({"type": "FeatureCollection", "features": features}), "m.geojson")
    assert import_file(kept, path).stored == 1
    (seen,) = list_observations(kept).observations
    assert (seen.rate_kg_h, seen.rate_low_kg_h) == (1592.0, None)
    assert versions(kept, seen.observation_id)[0].content["outline"] == outline


def test_the_same_plume_in_two_public_catalogues_is_one_event(kept: Register, write_list: WriteList) -> None:
    import_file(kept, write_list(MARS))
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [61.51, 36.5]},
        "properties": {
            "Plume ID": "CH4_PlumeComplex-1",
            "UTC Time Observed": "2024-08-27T06:07:50Z",
            "Longitude of max concentration": 61.51,
            "Latitude of max concentration": 36.5,
            "Max Plume Concentration (ppm m)": 1000,
            "Emissions Rate Estimate (kg/hr)": "NA",
        },
    }
    path = write_list(json.dumps({"type": "FeatureCollection", "features": [feature]}), "e.geojson")
    report = import_file(kept, path)
    assert (report.stored, report.merged) == (1, 1)
    query = ObservationQuery(event_id=1)
    assert {o.catalogue for o in list_observations(kept, query).observations} == {"mars", "emit"}


GOOD = "g,2024-08-27T06:00:00Z,61.5,36.5,900"


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("a,2024-08-27T06:00:00,61.5,36.5,900", "time", "no zone"),
        ("a,2024-08-27,61.5,36.5,900", "time", "no time of day"),
        ("a,27/08/2024 06:00,61.5,36.5,900", "time", "not a time"),
        ("a,0001-01-01T00:00:00+14:00,61.5,36.5,900", "time", "out of range"),
        ("a,,61.5,36.5,900", "time", "empty"),
        ("a,2024-08-27T06:00:00Z,36.5,161.5,900", "latitude", "swapped"),
        ("a,2024-08-27T06:00:00Z,200,36.5,900", "longitude", "between -180 and 180"),
        ("a,2024-08-27T06:00:00Z,61.5,,900", "latitude", "empty"),
        ("a,2024-08-27T06:00:00Z,61.5,nan,900", "latitude", "empty"),
        ("a,2024-08-27T06:00:00Z,inf,36.5,900", "longitude", "finite"),
        ("a,2024-08-27T06:00:00Z,61.5,36.5,-1", "rate_kg_h", "below 0"),
        ("a,2024-08-27T06:00:00Z,61.5,36.5,9000000", "rate_kg_h", "unit"),
        ("a,2024-08-27T06:00:00Z,61.5,36.5,1 t/h", "rate_kg_h", "not a number"),
        ("a\x00,2024-08-27T06:00:00Z,61.5,36.5,900", "id", "NUL"),
        (GOOD, "id", "row 2"),
        ("a,2024-08-27T06:00:00Z,61.5,36.5", "", "4 cells"),
    ],
)
def test_a_bad_row_is_refused_by_row_and_field_and_the_good_ones_stay(
    kept: Register, write_list: WriteList, row: str, field: str, reason: str
) -> None:
    path = write_list(f"id,time,longitude,latitude,rate_kg_h\n{GOOD}\n{row}\nlast,2024-08-27T07:00:00Z,1,2,\n")
    report = import_file(kept, path)
    assert (report.read, report.stored) == (3, 2)
    (refused,) = report.refused
    assert (refused.row, refused.field) == (3, field)
    assert reason in refused.reason
    assert {o.record_id for o in list_observations(kept).observations} == {"g", "last"}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("time,longitude,latitude,rate\n", "unit"),
        ("time,longitude,latitude,rate_lb_h\n", "unit"),
        ("time,longitude,latitude,emission (kg/d)\n", "unit"),
        ("time,longitude,latitude,rate_kg_h,rate_t_h\n", "rate_kg_h|kg_h and in t_h"),
        ("time,time,longitude,latitude\n", "several columns"),
        ("date,time_UTC,lat,lon,source_rate_kg/h,uncertainty_t/h\n", "no known catalogue"),
        ("", "empty"),
        ('time,longitude,latitude\n"open', "line"),
        ('{"type": "Feature"}', "feature collection"),
        ("[1, 2]", "feature collection"),
        ('{"features": [NaN]}', "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_whole(
    kept: Register, write_list: WriteList, content: str, said: str
) -> None:
    with pytest.raises(ImportRefused, match=said):
        import_file(kept, write_list(content))
    with kept.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM imports")) == 0


def test_names_stay_as_written_and_are_made_harmless_in_a_spreadsheet(
    kept: Register, write_list: WriteList, tmp_path: Path
) -> None:
    names = ["=HYPERLINK(1)", "@SUM(A1)", "-1+1", "+1", "\t=1", "<script>alert(1)</script>", "煤矿"]
    rows = "".join(f'{n},2024-08-27T06:00:00Z,6{n},36,900,CC0,"{name}"\n' for n, name in enumerate(names))
    import_file(kept, write_list("id,time,longitude,latitude,rate_kg_h,licence,name\n" + rows))
    stored = {o.record_id: o.name for o in list_observations(kept).observations}
    assert [stored[str(n)] for n in range(len(names))] == [name.strip() for name in names]
    cells = {record_id: csv_cell(name) for record_id, name in stored.items()}
    assert all(cells[str(n)].startswith("'") for n in range(5))
    assert cells["5"] == names[5] and cells["6"] == names[6]


def test_units_are_those_of_the_column(kept: Register, write_list: WriteList) -> None:
    for n, (column, value) in enumerate([("rate_kg_h", 3600), ("rate_t_h", 3.6), ("rate_g_s", 1000)]):
        path = write_list(f"time,longitude,latitude,{column}\n2024-08-2{n}T06:00:00+05:00,61.5,36.5,{value}\n")
        import_file(kept, path)
    assert [o.rate_kg_h for o in list_observations(kept).observations] == [3600.0] * 3
    assert list_observations(kept).observations[0].time.isoformat() == "2024-08-22T01:00:00+00:00"


def test_bounds_that_contradict_the_rate_are_refused(kept: Register, write_list: WriteList) -> None:
    head = "time,longitude,latitude,rate_kg_h,rate_low_kg_h,rate_high_kg_h\n2024-08-27T06:00:00Z,61.5,36.5,"
    assert refusals(import_file(kept, write_list(head + "900,1000,2000\n"))) == [(2, "rate_kg_h")]
    assert refusals(import_file(kept, write_list(head + ",1000,500\n"))) == [(2, "rate_low_kg_h")]
    assert import_file(kept, write_list(head + "900,500,2000\n")).stored == 1


def test_a_geojson_list_of_ones_own_takes_its_place_from_the_point(kept: Register, write_list: WriteList) -> None:
    def feature(geometry: Any, **properties: Any) -> dict[str, Any]:
        return {
            "type": "Feature",
            "geometry": geometry,
            "properties": {"time": "2024-08-27T06:00:00Z", **properties},
        }

    features = [
        feature({"type": "Point", "coordinates": [61.5, 36.5, 0]}, id="a"),
        feature({"type": "Point", "coordinates": [36.5, 161.5]}, id="b"),
        feature({"type": "Polygon", "coordinates": []}, id="c"),
        feature(None, id="d"),
        feature({"type": "Point", "coordinates": ["61", True]}, id="e"),
        {"type": "Feature"},
    ]
    path = write_list(json.dumps({"type": "FeatureCollection", "features": features}), "x.geojson")
    report = import_file(kept, path)
    assert report.stored == 1
    assert refusals(report) == [(2, "geometry"), (3, "geometry"), (4, "longitude"), (5, "geometry"), (6, "")]


def test_a_list_of_ones_own_has_its_own_name(kept: Register, write_list: WriteList) -> None:
    path = write_list(f"id,time,longitude,latitude,rate_kg_h\n{GOOD}\n")
    assert import_file(kept, path, "county-watch").catalogue == "county-watch"
    assert list_observations(kept).observations[0].catalogue == "county-watch"
    for name in ("superemitter", "County Watch", "../x", ""):
        with pytest.raises(ImportRefused, match="cannot be the name"):
            import_file(kept, path, name)
    with pytest.raises(ImportRefused, match="lacks date, time_UTC"):
        import_file(kept, path, "sron")


def test_a_forced_catalogue_is_one_of_those_shown() -> None:
    assert list(CATALOGUES) == ["sron", "emit", "carbon-mapper", "mars", "mars-sources", "generic"]


def archive(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name, content)
    return path


def test_an_archive_of_one_list_is_read_and_its_names_do_nothing(kept: Register, tmp_path: Path) -> None:
    path = archive(tmp_path / "m.zip", {"../../../etc/evil.csv": MARS, "readme.txt": "hello"})
    assert import_file(kept, path).stored == 2
    assert not list(tmp_path.parent.glob("**/evil.csv"))


def test_hostile_archives_are_refused(kept: Register, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("superemitter.register.importers.reading.LARGEST_FILE", 10_000)
    bomb = archive(tmp_path / "bomb.zip", {"a.csv": "0" * 2_000_000})
    assert bomb.stat().st_size < 10_000
    with pytest.raises(ImportRefused, match="more than"):
        import_file(kept, bomb)
    with pytest.raises(ImportRefused, match="2 lists"):
        import_file(kept, archive(tmp_path / "two.zip", {"a.csv": MARS, "b.csv": MARS}))
    damaged = tmp_path / "damaged.zip"
    damaged.write_bytes(bomb.read_bytes()[:-30])
    with pytest.raises(ImportRefused, match="cannot be read"):
        import_file(kept, damaged)
    with pytest.raises(ImportRefused, match="cannot be read"):
        import_file(kept, tmp_path / "nowhere.csv")
    latin = tmp_path / "latin.csv"
    latin.write_bytes("time,name\n2024,Zürich".encode("latin-1"))
    with pytest.raises(ImportRefused, match="UTF-8"):
        import_file(kept, latin)


def test_progress_reaches_the_number_of_records(kept: Register, write_list: WriteList) -> None:
    told: list[int] = []
    import_file(kept, write_list(f"id,time,longitude,latitude,rate_kg_h\n{GOOD}\n"), progress=told.append)
    assert told[-1] == 1
