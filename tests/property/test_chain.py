"""What must hold of the way from radiance to rates: retrieve, detect, quantify, as the scan composes them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from superemitter.model import CannotSay, Footprint, Wind
from superemitter.observe.readers import open_scene
from superemitter.observe.winds import ConstantWind
from superemitter.pipeline.choices import choices_of
from superemitter.pipeline.recipe import Recipe
from superemitter.pipeline.scan import Context, find_plumes, measure_plumes
from superemitter.simulate import Leak, SimulationSpec, simulate_to

WIND = Wind(speed_m_s=3.0, speed_sigma_m_s=0.5, from_deg=250.0, source="made")
FEW = settings(max_examples=5, deadline=None)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Two leaks; rows enough for statistics of every column; whole blocks of 64 pixels of the local background."""
    leaks = (Leak(row=90.0, column=45.0, rate_kg_h=6000.0), Leak(row=290.0, column=80.0, rate_kg_h=9000.0))
    spec = SimulationSpec(shape=(384, 128), seed=12, leaks=leaks, full_spectrum=False, wind=WIND)
    return open_scene(simulate_to(spec, tmp_path_factory.mktemp("chain")).radiance)


@pytest.fixture(scope="module")
def plain(scene):
    found = chain(scene)
    assert len(found[1].plumes) >= 2
    return found


def chain(scene, wind=WIND):
    """Enhancement, detection and measured plumes, as ``scan`` makes them."""
    choices = choices_of(Recipe())
    enhancement, detection = find_plumes(scene, wind, choices.retrieval, choices.detection, lambda _stage: None)
    context = Context(winds=ConstantWind(wind), facilities=None, refused_facilities=0, inputs=())
    plumes = measure_plumes(enhancement, detection, scene, context, seed=5, settings=choices.quantification)
    return enhancement, detection, plumes


def with_radiance(scene, factor, **instrument):
    """The scene with its radiance multiplied, and an instrument to which that is usual."""
    radiance = (scene.radiance * factor).astype(np.float32)
    dataset = scene.dataset.assign(radiance=(scene.dataset["radiance"].dims, radiance))
    return replace(scene, dataset=dataset, instrument=replace(scene.instrument, **instrument))


def in_unit(scene, gain):
    """The scene in another unit of radiance: noise ``|a sqrt(b + L) + c|`` and saturation go with it."""
    noise = scene.instrument.noise * np.array([1.0, np.sqrt(gain), gain, gain])
    return with_radiance(scene, gain, noise=noise, saturation_radiance=scene.instrument.saturation_radiance * gain)


def flipped(scene, axes):
    """The image stored the other way round: the same ground."""
    at = tuple(slice(None, None, -1 if axis in axes else 1) for axis in ("row", "column"))
    place = scene.footprint
    footprint = Footprint(longitude=place.longitude[at].copy(), latitude=place.latitude[at].copy())
    dataset = scene.dataset.isel({axis: slice(None, None, -1) for axis in axes}).copy(deep=True)
    return replace(scene, dataset=dataset, footprint=footprint)


def moved(scene, *, turn=1.0, by=0.0):
    """The same image on a ground mirrored at a meridian (`turn` -1), or moved along its parallel."""
    place = scene.footprint
    return replace(
        scene,
        footprint=Footprint(longitude=(turn * place.longitude + by + 180) % 360 - 180, latitude=place.latitude),
    )


def rate_of(measured):
    rate = measured.quantification.rate
    return None if isinstance(rate, CannotSay) else rate.rate_kg_h


def rates(plumes):
    return [rate_of(plume) for plume in plumes]


def same_chain(seen, expected, tolerance=1e-3):
    """Enhancement, plumes and rates agree but for rounding."""
    field, wanted = seen[0].enhancement_ppm_m, expected[0].enhancement_ppm_m
    np.testing.assert_allclose(field, wanted, rtol=tolerance, atol=tolerance * np.nanstd(wanted))
    np.testing.assert_array_equal(seen[1].plume_pixels, expected[1].plume_pixels)
    assert rates(seen[2]) == pytest.approx(rates(expected[2]), rel=10 * tolerance)


@FEW
@given(gain=st.floats(0.01, 100.0))
def test_the_unit_of_radiance_changes_no_plume_and_no_rate(scene, plain, gain):
    same_chain(chain(in_unit(scene, gain)), plain)


@FEW
@given(seed=st.integers(0, 2**32 - 1))
def test_a_gain_of_each_column_changes_no_plume_and_no_rate(scene, plain, seed):
    gain = np.random.default_rng(seed).uniform(0.97, 1.03, scene.shape[1])
    same_chain(chain(with_radiance(scene, gain[None, :, None])), plain, tolerance=0.02)


@pytest.mark.parametrize("axes", [("row",), ("column",), ("row", "column")])
def test_the_way_an_image_is_stored_changes_no_plume_and_no_rate(scene, plain, axes):
    found = chain(flipped(scene, axes))
    back = tuple(slice(None, None, -1 if axis in axes else 1) for axis in ("row", "column"))
    mirrored = plain[1].plume_pixels[back]
    np.testing.assert_array_equal(found[1].plume_pixels, mirrored)
    assert rates(found[2]) == pytest.approx(rates(plain[2]), rel=0.01)
    for seen, expected in zip(found[1].plumes, plain[1].plumes, strict=True):
        assert seen.source_longitude == pytest.approx(expected.source_longitude, abs=1e-5)
        assert seen.source_latitude == pytest.approx(expected.source_latitude, abs=1e-5)


def test_a_mirrored_ground_under_a_mirrored_wind_has_the_mirrored_plumes(scene, plain):
    found = chain(moved(scene, turn=-1.0), replace(WIND, from_deg=360.0 - WIND.from_deg))
    same_chain(found, plain)
    for seen, expected in zip(found[1].plumes, plain[1].plumes, strict=True):
        assert seen.source_longitude == pytest.approx(-expected.source_longitude, abs=1e-7)
        assert (seen.axis_deg + expected.axis_deg) % 360.0 == pytest.approx(0.0, abs=1e-6) or (
            seen.axis_deg + expected.axis_deg
        ) % 360.0 == pytest.approx(360.0, abs=1e-6)


@FEW
@given(by=st.floats(-360.0, 360.0))
def test_every_place_of_a_parallel_is_alike(scene, plain, by):
    same_chain(chain(moved(scene, by=by)), plain)


def test_the_same_scene_has_the_same_answer_to_the_last_digit(scene, plain):
    again = chain(scene)
    np.testing.assert_array_equal(again[0].enhancement_ppm_m, plain[0].enhancement_ppm_m)
    assert [p.quantification for p in again[2]] == [p.quantification for p in plain[2]]


def remeasured(scene, found, wind, *, factor=1.0):
    """The plumes of a detection measured anew by the published law, with `factor` times their gas."""
    enhancement, detection, _ = found
    fields = {name: enhancement.dataset[name] * factor for name in ("enhancement", "score_input", "sigma")}
    more = replace(enhancement, dataset=enhancement.dataset.assign(fields))
    outlines = replace(detection, background_ppm_m=detection.background_ppm_m * factor)
    context = Context(winds=ConstantWind(wind), facilities=None, refused_facilities=0, inputs=())
    law = choices_of(Recipe(calibration="published")).quantification
    return measure_plumes(more, outlines, scene, context, seed=5, settings=law)


@FEW
@given(factor=st.floats(0.2, 5.0))
def test_in_a_given_outline_mass_and_rates_are_linear_in_the_gas(scene, plain, factor):
    for once, more in zip(
        remeasured(scene, plain, WIND), remeasured(scene, plain, WIND, factor=factor), strict=True
    ):
        one, many = once.quantification, more.quantification
        assert many.ime_kg == pytest.approx(factor * one.ime_kg, rel=1e-4)
        assert many.rate.rate_kg_h == pytest.approx(factor * one.rate.rate_kg_h, rel=1e-3)
        assert many.rate_csf.rate_kg_h == pytest.approx(factor * one.rate_csf.rate_kg_h, rel=1e-3)


@FEW
@given(slow=st.floats(2.0, 5.0), more=st.floats(0.5, 2.5))
def test_rates_by_the_published_law_are_linear_in_the_wind(scene, plain, slow, more):
    winds = (replace(WIND, speed_m_s=slow + k * more, speed_sigma_m_s=0.0) for k in range(3))
    calm, middle, windy = (rates(remeasured(scene, plain, wind)) for wind in winds)
    for low, between, high in zip(calm, middle, windy, strict=True):
        assert low < between < high
        assert between == pytest.approx(0.5 * (low + high), rel=0.01)
