"""A scan's output folder in the register: once, again, re-run, and what it says about sources it passed over."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from superemitter.cli import main
from superemitter.model import Wind
from superemitter.model.errors import RegisterError, UnknownRecord, VerificationFailed
from superemitter.register import (
    Observation,
    ObservationQuery,
    Register,
    each_observation,
    event,
    import_file,
    list_sources,
    observation,
    open_register,
    passes,
    persistence,
    register_folder,
    revise,
    source,
    versions,
)
from superemitter.simulate import Leak, SimulationSpec, simulate_to

WriteScan = Callable[..., Path]
Plume = Callable[..., dict[str, Any]]


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Register]:
    register = open_register(tmp_path / "register.db")
    yield register
    register.close()


def plumes(register: Register, **query: Any) -> list[Observation]:
    return sorted(each_observation(register, ObservationQuery(**query)), key=lambda o: o.record_id)


def test_a_scan_is_stored_once_however_often_it_is_registered(
    kept: Register, write_scan: WriteScan, scan_plume: Plume
) -> None:
    folder = write_scan([scan_plume(1, 61.2, 36.2), scan_plume(2, 61.8, 36.8, None)])
    (first,) = register_folder(kept, folder)
    assert (first.new_run, first.plumes, first.stored) == (True, 2, 3)
    (again,) = register_folder(kept, folder)
    assert (again.new_run, again.stored, again.updated) == (False, 0, 0)
    with_rate, without = plumes(kept)
    assert (with_rate.rate_kg_h, with_rate.position_error_m) == (900.0, 120.0)
    assert (without.rate_kg_h, without.rate_low_kg_h) == (None, None)


def test_a_scene_without_a_plume_leaves_a_non_detection_that_cannot_say(
    kept: Register, write_scan: WriteScan
) -> None:
    register_folder(kept, write_scan([]))
    (nothing,) = plumes(kept, kind=None)
    assert (nothing.kind, nothing.probability_of_detection, nothing.longitude) == ("non-detection", None, None)
    content = versions(kept, nothing.observation_id)[0].content
    assert "detection limit" in content["original"]["cannot_say"]


def test_a_detection_limit_in_the_folder_goes_along_with_the_non_detection(
    kept: Register, write_scan: WriteScan
) -> None:
    folder = write_scan([])
    limit = {"detection_limit": {"scene_id": "SCENE"}, "wind_speed_m_s": 3.0, "facilities": []}
    (folder / "limit.json").write_text(json.dumps(limit))
    register_folder(kept, folder)
    (nothing,) = plumes(kept, kind=None)
    assert versions(kept, nothing.observation_id)[0].content["original"]["detection_limit"] == limit


@pytest.mark.parametrize("limit", [{}, {"detection_limit": {"scene_id": "OTHER"}}])
def test_a_limit_of_another_scene_or_none_is_refused(kept: Register, write_scan: WriteScan, limit: Any) -> None:
    folder = write_scan([])
    rest = {"wind_speed_m_s": 3.0, "facilities": []} if limit else {}
    (folder / "limit.json").write_text(json.dumps({**limit, **rest}))
    with pytest.raises(RegisterError, match=r"limit\.json"):
        register_folder(kept, folder)


def test_another_run_gives_new_versions_and_withdraws_what_it_does_not_find(
    kept: Register, write_scan: WriteScan, scan_plume: Plume
) -> None:
    register_folder(kept, write_scan([scan_plume(1, 61.2, 36.2), scan_plume(2, 61.8, 36.8)]))
    one, two = plumes(kept)
    # The other run numbers its plumes differently, does not see the first and sees a third.
    rerun = [scan_plume(1, 61.8005, 36.8, 700.0), scan_plume(2, 61.5, 36.5)]
    (report,) = register_folder(kept, write_scan(rerun, run_id="run-2"))
    assert (report.stored, report.updated, report.withdrawn) == (1, 2, 1)
    now = {o.observation_id: o for o in plumes(kept)}
    assert now[two.observation_id].rate_kg_h == 700.0
    assert now[two.observation_id].event_id == two.event_id
    assert {o.record_id for o in now.values()} == {"SCENE-002", "SCENE-002@run-2"}
    gone = observation(kept, one.observation_id)
    assert gone.withdrawn and versions(kept, one.observation_id)[-1].reason.endswith("run-2")
    (old_run_again,) = register_folder(kept, write_scan(rerun, run_id="run-3"))
    assert old_run_again.withdrawn == 0


def test_passes_say_when_a_source_was_seen_and_when_nothing_can_be_said(
    kept: Register, write_scan: WriteScan, scan_plume: Plume
) -> None:
    register_folder(kept, write_scan([scan_plume(1, 61.2, 36.2)]))
    for day in ("2024-08-28", "2024-08-29"):
        register_folder(kept, write_scan([], scene_id=f"S{day}", run_id=day, time=f"{day}T06:00:00Z"))
    (place,) = list_sources(kept)
    looks = passes(kept, place.source_id)
    assert [(look.detected, look.probability_of_detection) for look in looks] == [
        (True, None),
        (False, None),
        (False, None),
    ]
    assert persistence(kept, place.source_id).value == pytest.approx(1 / 3)
    assert looks[1].observation_id is not None
    revise(kept, looks[1].observation_id, {"probability_of_detection": 0.9}, by="a", reason="limit known")
    assert passes(kept, place.source_id)[1].probability_of_detection == 0.9
    assert source(kept, place.source_id).plume_count == 1
    with pytest.raises(UnknownRecord):
        passes(kept, 99)
    with pytest.raises(UnknownRecord):
        source(kept, 99)
    with pytest.raises(UnknownRecord):
        event(kept, 99)


def test_persistence_cannot_say_without_a_registered_scene(
    kept: Register, write_list: Callable[..., Path]
) -> None:
    import_file(kept, write_list("time,longitude,latitude\n2024-08-27T06:00:00Z,61.5,36.5\n"))
    (place,) = list_sources(kept, bbox=(61, 36, 62, 37))
    assert persistence(kept, place.source_id).value is None


def test_simulated_plumes_never_join_real_ones(
    kept: Register, write_scan: WriteScan, scan_plume: Plume, write_list: Callable[..., Path]
) -> None:
    register_folder(kept, write_scan([scan_plume(1, 61.2, 36.2)], simulated=True))
    import_file(kept, write_list("time,longitude,latitude\n2024-08-27T06:07:53Z,61.2,36.2\n"))
    register_folder(kept, write_scan([scan_plume(1, 61.2, 36.2)], scene_id="REAL", run_id="real"))
    simulated = plumes(kept, simulated=True)
    real = plumes(kept, simulated=False)
    assert len({o.event_id for o in real}) == 1 and len(real) == 2
    assert {o.source_id for o in simulated}.isdisjoint({o.source_id for o in real})
    assert len(passes(kept, int(str(simulated[0].source_id)))) == 1


def test_a_folder_of_scans_is_taken_in_scene_by_scene(
    kept: Register, write_scan: WriteScan, scan_plume: Plume, tmp_path: Path
) -> None:
    write_scan([scan_plume(1, 61.2, 36.2)])
    write_scan([], scene_id="OTHER", run_id="o")
    assert [report.scene_id for report in register_folder(kept, tmp_path)] == ["OTHER", "SCENE"]


def test_folders_that_are_not_what_a_run_wrote_are_refused(
    kept: Register, write_scan: WriteScan, scan_plume: Plume, tmp_path: Path
) -> None:
    with pytest.raises(RegisterError, match="no scan"):
        register_folder(kept, tmp_path)
    folder = write_scan([scan_plume(1, 61.2, 36.2)])
    changed = (folder / "plumes.geojson").read_text(encoding="utf-8").replace("900.0", "9.0")
    (folder / "plumes.geojson").write_text(changed, encoding="utf-8")
    with pytest.raises(VerificationFailed, match=r"plumes.geojson"):
        register_folder(kept, folder)
    (folder / "run.json").write_text("{}", encoding="utf-8")
    with pytest.raises(RegisterError, match="not the output"):
        register_folder(kept, folder)
    (folder / "item.json").unlink()
    with pytest.raises(RegisterError, match=r"item.json"):
        register_folder(kept, folder)
    assert plumes(kept, kind=None) == []


def test_a_real_scan_goes_in_as_it_was_written(kept: Register, tmp_path: Path) -> None:
    wind = ("--wind-speed", "3", "--wind-from", "250", "--wind-speed-sigma", "0.5")
    spec = SimulationSpec(
        shape=(100, 100),
        seed=3,
        leaks=(Leak(row=50, column=25, rate_kg_h=8000.0),),
        wind=Wind(speed_m_s=3.0, speed_sigma_m_s=0.0, from_deg=250.0, source="simulated"),
    )
    scene = simulate_to(spec, tmp_path / "scene").radiance
    assert main(["scan", str(scene), "--out", str(tmp_path / "out"), *wind]) == 0
    (report,) = register_folder(kept, tmp_path / "out")
    written = json.loads(next((tmp_path / "out").rglob("plumes.geojson")).read_text(encoding="utf-8"))["features"]
    stored = plumes(kept)
    assert report.plumes == len(stored) == len(written) > 0
    for seen, feature in zip(stored, written, strict=True):
        content = versions(kept, seen.observation_id)[0].content
        assert content["original"] == feature["properties"]
        assert content["outline"] == feature["geometry"]
        assert seen.simulated
