"""What the command line costs before it does anything, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from superemitter.cli import app as application
from superemitter.cli import main

HEAVY = (
    "numpy",
    "xarray",
    "rasterio",
    "matplotlib",
    "h5py",
    "scipy",
    "pyproj",
    "shapely",
    "skimage",
    "rich.table",
)


def python(code, **options):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize("arguments", [["--help"], ["scan", "--help"], ["--version"], ["frobnicate"]])
def test_help_imports_nothing_heavy(arguments):
    done = python(
        "import sys\nfrom superemitter.cli import main\n"
        f"main({arguments!r})\nprint(sorted(set({HEAVY!r}) & set(sys.modules)))"
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_help_is_quick():
    done = python(
        "import time\nfrom superemitter.cli import main\nmain(['--help'])\nprint(time.process_time())",
    )
    assert float(done.stdout.splitlines()[-1]) < 1.5  # about 0.1 s; the margin is for a busy machine


def test_the_package_is_light_until_a_stage_is_asked_for():
    done = python(f"import sys, superemitter\nprint(sorted(set({HEAVY!r}) & set(sys.modules)))")
    assert done.stdout.strip() == "[]"


def test_a_scan_does_not_load_the_demonstration_and_its_cases():
    done = python(
        "import sys, superemitter.pipeline\n"
        "print([m for m in ('superemitter.pipeline.demo', 'alembic') if m in sys.modules])"
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_without_arguments_the_help_is_shown(capsys):
    assert main([]) == 0
    assert "Usage: superemitter" in capsys.readouterr().out


def test_a_mistake_in_the_command_line_is_told_like_any_error(capsys):
    assert main(["scan", "x.nc"]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("superemitter: error[usage]: ") and "--out" in err
    assert main(["scan", "x.nc", "--json"]) == 2
    out, err = capsys.readouterr()
    assert err == "" and json.loads(out)["error"]["code"] == "usage"


def test_an_interrupt_ends_with_130_and_one_line(capsys, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(application, "app", interrupted)
    assert main(["info", "x"]) == 130
    assert capsys.readouterr().err.count("\n") == 1


def test_an_unexpected_error_is_told_as_a_defect_with_its_traceback(capsys, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(application, "app", broken)
    assert main(["info", "x"]) == 1
    err = capsys.readouterr().err
    assert "Traceback" in err and "error[internal]: unexpected ZeroDivisionError: division by zero" in err


def test_a_warning_is_one_line_on_stderr(capsys, monkeypatch):
    import warnings

    def warned(*arguments, **options):
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn("the reader 'x' cannot be loaded", stacklevel=1)

    monkeypatch.setattr(application, "app", warned)
    assert main(["info", "x"]) == 0
    assert capsys.readouterr().err == "superemitter: warning: the reader 'x' cannot be loaded\n"


def test_a_reader_that_has_seen_enough_is_no_error():
    command = f"{sys.executable} -m superemitter samples --json | head -c 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert done.stderr == "" and len(done.stdout) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", ["--help", "samples", "samples --json"])
def test_a_full_disk_behind_stdout_is_told(arguments):
    command = f"{sys.executable} -m superemitter {arguments} > /dev/full"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60)
    assert done.returncode == 6
    assert done.stderr.startswith("superemitter: error[output.failed]: cannot write to standard output")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("encoding", ["ascii", "utf-8"])
def test_a_terminal_without_chinese_stops_nothing(encoding):
    code = (
        "import sys\nfrom superemitter.cli import app\nfrom superemitter.cli.output import console, print_json\n"
        "app.app = lambda *a, **k: (console().print('东山煤矿'), print_json({'name': '东山煤矿'}))\n"
        "sys.exit(app.main(['x']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=60, env={"PYTHONIOENCODING": encoding}
    )
    assert (done.returncode, done.stderr) == (0, b"")
    shown, _, document = done.stdout.decode(encoding).partition("\n")
    assert shown == ("东山煤矿" if encoding == "utf-8" else r"\u4e1c\u5c71\u7164\u77ff")
    assert json.loads(document)["name"] == "东山煤矿"
