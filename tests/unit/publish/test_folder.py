"""An output folder appears whole or not at all."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from superemitter.model.errors import OutputError, OutputExists
from superemitter.publish.folder import check_free, staged


def fill(folder: Path, text: str = "new") -> None:
    (folder / "run.json").write_text(text)
    (folder / "plumes.csv").write_text(text)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "parent" / "scene"


@pytest.fixture
def earlier(out):
    """An output of an earlier run."""
    with staged(out) as folder:
        fill(folder, "old")
    return out


def neighbours(out):
    return sorted(entry.name for entry in out.parent.iterdir())


def test_nothing_is_at_the_final_place_before_the_end(out):
    with staged(out) as folder:
        fill(folder)
        assert not out.exists()
        assert folder.parent == out.parent
    assert sorted(entry.name for entry in out.iterdir()) == ["plumes.csv", "run.json"]
    assert neighbours(out) == ["scene"]


def test_the_folder_is_readable_for_others_as_the_user_s_umask_says(out):
    with staged(out) as folder:
        fill(folder)
    plain = out.parent / "plain"
    plain.mkdir()
    assert out.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
def test_a_failure_leaves_nothing(out, error):
    with pytest.raises(error), staged(out) as folder:
        fill(folder)
        raise error
    assert neighbours(out) == []


def test_a_failure_leaves_the_earlier_output_intact(earlier):
    with pytest.raises(ValueError, match="late"), staged(earlier, overwrite=True) as folder:
        fill(folder)
        raise ValueError("late")
    assert (earlier / "run.json").read_text() == "old"
    assert neighbours(earlier) == ["scene"]


def test_an_earlier_output_is_replaced_only_when_asked(earlier):
    with pytest.raises(OutputExists, match="scene"), staged(earlier) as _:
        pytest.fail("nothing may run before the refusal")
    (earlier / "stale.txt").write_text("of the old run")
    with staged(earlier, overwrite=True) as folder:
        fill(folder)
    assert (earlier / "run.json").read_text() == "new"
    assert not (earlier / "stale.txt").exists()
    assert neighbours(earlier) == ["scene"]


def test_a_folder_that_is_no_output_is_never_replaced(out):
    out.mkdir(parents=True)
    (out / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputExists, match=r"run\.json"), staged(out, overwrite=True):
        pytest.fail("nothing may run before the refusal")
    assert (out / "thesis.txt").exists()


def test_an_empty_folder_may_be_filled(out):
    out.mkdir(parents=True)
    with staged(out) as folder:
        fill(folder)
    assert (out / "run.json").exists()


def test_a_file_in_the_way_is_refused(out):
    out.parent.mkdir(parents=True)
    out.write_text("a file")
    with pytest.raises(OutputExists, match="file"):
        check_free(out, overwrite=True)


def test_another_run_that_finished_first_is_not_overwritten(out):
    with pytest.raises(OutputExists), staged(out) as folder:
        fill(folder)
        with staged(out) as other:
            fill(other, "first")
    assert (out / "run.json").read_text() == "first"
    assert neighbours(out) == ["scene"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said_plainly_and_leaves_nothing(out, number):
    with pytest.raises(OutputError, match="scene") as caught, staged(out) as folder:
        fill(folder)
        raise OSError(number, os.strerror(number))
    assert "space" in caught.value.hint
    assert neighbours(out) == []


def test_a_file_size_limit_met_while_writing_is_an_output_error(tmp_path):
    script = textwrap.dedent(
        """
        import resource, sys
        from pathlib import Path
        from superemitter.model.errors import OutputError
        from superemitter.publish.folder import staged
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        try:
            with staged(Path(sys.argv[1])) as folder:
                (folder / "enhancement.tif").write_bytes(bytes(10_000))
        except OutputError as error:
            print(error.hint)
            sys.exit(error.exit_code)
        """
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, str(tmp_path / "scene")], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (6, "")
    assert "space" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_an_error_of_reading_is_not_blamed_on_the_output(out, tmp_path):
    with pytest.raises(FileNotFoundError), staged(out):
        (tmp_path / "no-such-scene.nc").read_bytes()


def test_a_place_that_cannot_be_made_is_an_output_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="scene"), staged(tmp_path / "file" / "scene"):
        pytest.fail("there is no such place")


def test_what_a_killed_run_left_is_removed_and_a_live_one_s_is_not(out):
    script = textwrap.dedent(
        """
        import sys, time
        from pathlib import Path
        from superemitter.publish.folder import staged
        with staged(Path(sys.argv[1])) as folder:
            (folder / "half").write_text("half")
            print("ready", flush=True)
            time.sleep(60)
        """
    )
    run = subprocess.Popen([sys.executable, "-c", script, str(out)], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    with run:
        assert run.stdout.readline() == "ready\n"
        (left,) = neighbours(out)
        with staged(out) as folder:
            fill(folder)
        assert neighbours(out) == [left, "scene"]
        run.send_signal(signal.SIGKILL)
    with staged(out, overwrite=True) as folder:
        fill(folder)
    assert neighbours(out) == ["scene"]


def test_an_output_set_aside_by_a_killed_run_comes_back(earlier):
    earlier.rename(earlier.with_name(".scene.old-abc"))
    with pytest.raises(OutputExists), staged(earlier):
        pytest.fail("the earlier output is there again")
    assert (earlier / "run.json").read_text() == "old"


def test_a_link_to_a_folder_stays_a_link(earlier, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(earlier)
    with staged(link, overwrite=True) as folder:
        fill(folder)
    assert link.is_symlink()
    assert (earlier / "run.json").read_text() == "new"
