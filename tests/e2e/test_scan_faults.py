"""What a scan leaves behind when something stops it: nothing under a final name, and a rerun works."""

from __future__ import annotations

import hashlib
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from superemitter.cli import main

WIND = ("--wind-speed", "3", "--wind-from", "250", "--wind-speed-sigma", "1")


def checksums(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_an_output_that_is_there_is_not_touched_without_overwrite(run, scene, tmp_path):
    assert run("scan", scene, "--out", tmp_path, *WIND).code == 0
    before = checksums(tmp_path / scene.stem)
    again = run("scan", scene, "--out", tmp_path, *WIND)
    assert again.code == 6
    assert "error[output.exists]" in again.err and "--overwrite" in again.err
    assert checksums(tmp_path / scene.stem) == before


def test_overwrite_replaces_the_whole_folder(run, scene, tmp_path):
    assert run("scan", scene, "--out", tmp_path, *WIND).code == 0
    old = tmp_path / scene.stem / "left from before.txt"
    old.write_text("x")
    assert run("scan", scene, "--out", tmp_path, *WIND, "--overwrite").code == 0
    assert not old.exists() and (tmp_path / scene.stem / "run.json").is_file()


def test_a_folder_that_is_no_earlier_output_is_never_replaced(run, scene, tmp_path):
    holiday = tmp_path / scene.stem / "holiday.jpg"
    holiday.parent.mkdir()
    holiday.write_text("x")
    ran = run("scan", scene, "--out", tmp_path, *WIND, "--overwrite")
    assert ran.code == 6 and holiday.is_file()


def test_a_place_that_cannot_be_written_is_told_before_the_work(run, scene, tmp_path):
    (tmp_path / "file").write_text("x")
    started = time.process_time()
    ran = run("scan", scene, "--out", tmp_path / "file" / "out", *WIND)
    assert ran.code == 6 and "error[output.failed]" in ran.err
    assert time.process_time() - started < 0.5


@pytest.fixture
def disk_with_room_for():
    """Refuse files larger than so many bytes, as a full disk would in the middle of one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def sizes(scene, tmp_path_factory) -> dict[str, int]:
    """Size of each file of a scan that had room enough."""
    out = tmp_path_factory.mktemp("good")
    assert main(["scan", str(scene), "--out", str(out), *WIND]) == 0
    return {path.name: path.stat().st_size for path in (out / scene.stem).iterdir()}


@pytest.mark.parametrize("name", ["enhancement.tif", "plumes.geojson", "quicklook.png", "report.html"])
def test_a_full_disk_leaves_nothing_and_is_told(run, scene, tmp_path, disk_with_room_for, sizes, name):
    disk_with_room_for(sizes[name] - 1)
    ran = run("scan", scene, "--out", tmp_path / "full", *WIND)
    disk_with_room_for(resource.getrlimit(resource.RLIMIT_FSIZE)[1])
    assert ran.code == 6, ran.err
    assert "error[output.failed]" in ran.err
    assert not (tmp_path / "full").exists()


def _heed_interrupts() -> None:
    """Ctrl-C is ignored by whatever a shell starts in the background; a scan in a terminal is not."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def start_and_wait_for_writing(scene: Path, out: Path) -> subprocess.Popen[str]:
    """A scan of its own process, returned when its hidden folder has appeared."""
    command = [sys.executable, "-m", "superemitter", "scan", str(scene), "--out", str(out), *WIND]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=_heed_interrupts
    )
    for _ in range(6000):
        if out.is_dir() and any(".partial-" in path.name for path in out.iterdir()):
            return process
        assert process.poll() is None, "it ended before it began to write"
        time.sleep(0.01)
    process.kill()
    raise AssertionError("it never began to write")


@pytest.mark.parametrize(
    ("how", "code", "traces"),
    [(signal.SIGINT, 130, False), (signal.SIGTERM, 143, False), (signal.SIGKILL, -signal.SIGKILL, True)],
)
def test_a_run_stopped_while_writing_leaves_no_result_and_can_be_repeated(run, scene, tmp_path, how, code, traces):
    for _ in range(5):  # a run whose result was there before the signal reached it was not stopped while writing
        process = start_and_wait_for_writing(scene, tmp_path / "out")
        process.send_signal(how)
        out, err = process.communicate(timeout=60)
        if process.returncode != 0 and not (tmp_path / "out" / scene.stem).exists():
            break
        shutil.rmtree(tmp_path / "out")
    assert process.returncode == code
    assert (out, err.count("\n")) == ("", 1 if how == signal.SIGINT else 0)
    assert (tmp_path / "out").exists() == traces
    assert not (tmp_path / "out" / scene.stem).exists()
    assert run("scan", scene, "--out", tmp_path / "out", *WIND).code == 0
    assert [path.name for path in (tmp_path / "out").iterdir()] == [scene.stem]


def test_an_interrupt_in_a_batch_keeps_the_scenes_already_done(run, scene, copy_of, tmp_path, monkeypatch):
    from superemitter.pipeline import batch

    second = copy_of(scene)
    second = second.rename(second.with_name(f"{second.stem}b.nc"))
    real = batch.scan_to_folder

    def interrupted(path, *arguments, **options):
        if path == second:
            raise KeyboardInterrupt
        return real(path, *arguments, **options)

    monkeypatch.setattr(batch, "scan_to_folder", interrupted)
    ran = run("scan", scene, second, "--out", tmp_path / "out", *WIND)
    assert ran.code == 130 and "interrupted" in ran.err
    assert [path.name for path in (tmp_path / "out").iterdir()] == [scene.stem]


def test_a_defect_in_one_scene_is_told_as_one_and_does_not_cost_the_others(
    run, scene, copy_of, tmp_path, monkeypatch
):
    from superemitter.pipeline import batch

    other = copy_of(scene)
    other = other.rename(other.with_name("other.nc"))
    real = batch.scan_to_folder

    def broken(path, *arguments, **options):
        if path == other:
            raise ZeroDivisionError("division by zero")
        return real(path, *arguments, **options)

    monkeypatch.setattr(batch, "scan_to_folder", broken)
    ran = run("scan", other, scene, "--out", tmp_path / "out", *WIND)
    assert ran.code == 9 and "error[internal]" in ran.err and "ZeroDivisionError" in ran.err
    assert (tmp_path / "out" / scene.stem / "run.json").is_file()
    alone = run("scan", other, "--out", tmp_path / "out", *WIND)
    assert alone.code == 1 and "Traceback" in alone.err
