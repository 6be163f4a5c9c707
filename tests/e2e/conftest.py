"""Small simulated scenes, made once, and a way to call the command line inside the test's process."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from superemitter.cli import main
from superemitter.model import Wind
from superemitter.simulate import Leak, SimulationSpec, simulate_to

WIND = ("--wind-speed", "3", "--wind-from", "250", "--wind-speed-sigma", "1")
LEAK = Leak(row=60, column=30, rate_kg_h=6000.0)


@dataclass(frozen=True)
class Ran:
    """What a command line left behind: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.out)


@pytest.fixture
def run(capfd):
    """Call ``superemitter`` with arguments."""

    def call(*arguments: object) -> Ran:
        capfd.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capfd.readouterr()
        return Ran(code, captured.out, captured.err)

    return call


@pytest.fixture(scope="session")
def scene(tmp_path_factory) -> Path:
    """Radiance file of a simulated EMIT granule with one leak; its companions lie beside it. Do not change it."""
    spec = SimulationSpec(
        shape=(120, 120),
        seed=3,
        leaks=(LEAK,),
        wind=Wind(speed_m_s=3.0, speed_sigma_m_s=0.0, from_deg=250.0, source="simulated"),
    )
    return simulate_to(spec, tmp_path_factory.mktemp("scene")).radiance


@pytest.fixture
def copy_of(tmp_path):
    """Copy a scene with its companions into a folder of the test's own, to be spoilt there."""

    def copy(scene: Path, name: str = "copy") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for file in scene.parent.iterdir():
            shutil.copyfile(file, folder / file.name)
        return folder / scene.name

    return copy


def files_below(folder: Path) -> set[str]:
    """Relative paths of all files, hidden ones too."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
