"""A plume put into a file that is there already."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from superemitter.measure.spectra import band_transmittance
from superemitter.model import Wind
from superemitter.model.errors import InvalidValue, OutputExists, SceneError, UsageError
from superemitter.observe.readers import open_scene
from superemitter.simulate import PixelGrid, SimulationSpec, inject, simulate_plume, simulate_to

WIND = Wind(speed_m_s=3.0, speed_sigma_m_s=0.0, from_deg=200.0, source="given")


def put(scene, out, *, row, column, rate=2000.0, **kw):
    rng = np.random.default_rng(0)
    return inject(scene, row=row, column=column, rate_kg_h=rate, wind=WIND, rng=rng, out=out, **kw)


def checksums(folder):
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.is_file()}


@pytest.fixture(scope="module", params=["emit", "aviris-ng"])
def background(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    spec = SimulationSpec(instrument=request.param, shape=(50, 40), seed=4)
    return open_scene(simulate_to(spec, folder).radiance)


def test_the_ratio_to_the_original_is_the_band_transmittance(background, tmp_path):
    before = checksums(background.files[0].parent)
    rate = 2000.0 if background.instrument.key == "emit" else 200.0
    after = open_scene(put(background, tmp_path, row=25, column=20, rate=rate))
    assert after.simulated
    assert checksums(background.files[0].parent) == before
    grid = PixelGrid.of_footprint(background.footprint, 25, 20)
    plume = simulate_plume(rate_kg_h=rate, wind=WIND, grid=grid, row=25, column=20, rng=np.random.default_rng(0))
    for i, j in ((25, 20), np.unravel_index(np.argmax(plume.column_mass_kg_m2), (50, 40)), (20, 20)):
        expected = band_transmittance(
            plume.enhancement_ppm_m[i, j : j + 1],
            background.wavelength_nm,
            background.fwhm_nm,
            float(background.air_mass[i, j]),
        )[0]
        np.testing.assert_allclose(after.radiance[i, j] / background.radiance[i, j], expected, atol=3e-5)
    dry = plume.enhancement_ppm_m < 1e-3
    np.testing.assert_array_equal(after.radiance[dry], background.radiance[dry])


def test_the_truth_lies_beside_the_copy(background, tmp_path):
    path = put(background, tmp_path, row=25, column=20)
    truth = json.loads((tmp_path / f"{path.stem}.truth.json").read_text())
    assert truth["simulated"] is True and truth["background"] == background.scene_id
    (leak,) = truth["leaks"]
    assert (leak["longitude"], leak["latitude"]) == pytest.approx(background.footprint.at(25, 20))
    assert 0 < leak["mass_in_image_kg"] < 2000.0
    assert {p.name for p in background.files} <= {p.name for p in tmp_path.iterdir()}


def test_the_original_and_existing_copies_are_never_overwritten(background, tmp_path):
    with pytest.raises(UsageError, match="original"):
        put(background, background.files[0].parent, row=25, column=20, overwrite=True)
    put(background, tmp_path, row=25, column=20)
    with pytest.raises(OutputExists):
        put(background, tmp_path, row=25, column=20)
    put(background, tmp_path, row=25, column=20, overwrite=True)


def test_a_source_outside_the_image_is_refused(background, tmp_path):
    with pytest.raises(InvalidValue, match="outside"):
        put(background, tmp_path, row=25, column=40)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_unknown_layout_is_refused_and_leaves_nothing(background, tmp_path):
    foreign = tmp_path / "in" / "notes.img"
    foreign.parent.mkdir()
    shutil.copy(background.files[0].parent / sorted(checksums(background.files[0].parent))[-1], foreign)
    foreign.write_bytes(b"not radiance")
    with pytest.raises(SceneError):
        put(replace(background, files=(foreign,)), tmp_path / "out", row=25, column=20)
    assert not any((tmp_path / "out").iterdir())


@pytest.mark.shared
def test_a_plume_goes_into_the_real_santa_clarita_crop(shared_data, tmp_path):
    real = open_scene(
        shared_data / "hyperspectral" / "aviris_ng_santa_clarita_2016" / "ang20160910t185702_2rdn_img"
    )
    after = open_scene(put(real, tmp_path, row=12, column=10, rate=300.0))
    assert after.simulated and not real.simulated
    ratio = after.radiance / real.radiance
    assert 0.9 < ratio.min() < 0.99
    near_2300 = np.argmin(np.abs(real.wavelength_nm - 2300.0))
    mask = ratio[..., near_2300] < 0.999
    rows, _ = np.nonzero(mask)
    assert rows.mean() < 12 and abs(rows.max() - 12) <= 2  # the wind from 200 degrees carries it north
