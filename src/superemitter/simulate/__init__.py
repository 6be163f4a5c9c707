"""Plumes and scenes of known truth, written in the real file formats."""

from __future__ import annotations

from pathlib import Path

from superemitter.simulate.files import Progress, SimulatedFiles, truth_of
from superemitter.simulate.inject import inject, inject_leaks
from superemitter.simulate.memory import inject_in_memory
from superemitter.simulate.plumes import PixelGrid, SimulatedPlume, Turbulence, simulate_plume
from superemitter.simulate.scene import Leak, SimulatedScene, SimulationSpec, random_leaks, simulate_scene
from superemitter.simulate.surfaces import Ground, GroundFields, random_ground
from superemitter.simulate.write_emit import write_emit
from superemitter.simulate.write_envi import write_envi

__all__ = [
    "Ground",
    "GroundFields",
    "Leak",
    "PixelGrid",
    "SimulatedFiles",
    "SimulatedPlume",
    "SimulatedScene",
    "SimulationSpec",
    "Turbulence",
    "inject",
    "inject_in_memory",
    "inject_leaks",
    "random_ground",
    "random_leaks",
    "simulate_plume",
    "simulate_scene",
    "simulate_to",
    "truth_of",
    "write_emit",
    "write_envi",
]


def simulate_to(
    spec: SimulationSpec, out_dir: Path, *, overwrite: bool = False, progress: Progress | None = None
) -> SimulatedFiles:
    """Simulate a scene and write it in the layout of its instrument: EMIT NetCDF, or ENVI for AVIRIS-NG.

    Parameters
    ----------
    spec : SimulationSpec
    out_dir : Path
        Made if need be.
    overwrite : bool
    progress : callable, optional
        Called with rows done and rows in all.

    Raises
    ------
    OutputExists, OutputError
        Nothing is left half written.
    """
    scene = simulate_scene(spec)
    write = write_emit if spec.instrument == "emit" else write_envi
    return write(scene, out_dir, overwrite=overwrite, progress=progress)
