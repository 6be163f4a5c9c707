"""Nouns are complete at birth, and say what they refuse."""

from __future__ import annotations

import dataclasses
import inspect
import math
from datetime import UTC, datetime

import numpy as np
import pytest

from superemitter.model import (
    Attribution,
    Candidate,
    EmissionRate,
    Enhancement,
    Facility,
    Flag,
    Footprint,
    Plume,
    Scene,
    Wind,
    enhancement_dataset,
    errors,
    load_instrument,
    scene_dataset,
)
from superemitter.model.constants import Constant
from superemitter.model.errors import InvalidValue, SuperemitterError, WindError
from superemitter.model.wind import assumed_speed_sigma_m_s

RATE = {
    "rate_kg_h": 1000.0,
    "low_kg_h": 800.0,
    "high_kg_h": 1300.0,
    "low95_kg_h": 500.0,
    "high95_kg_h": 2000.0,
    "probability_ge_100_kg_h": 1.0,
    "method": "ime",
    "calibration_id": "x",
    "mass_per_length_kg_m": 0.2,
}


def footprint(shape=(3, 4)):
    row, column = np.mgrid[: shape[0], : shape[1]]
    return Footprint(longitude=column * 1e-3, latitude=-row * 1e-3)


def plume(**change):
    fields = {
        "plume_id": "s-001",
        "mask": np.eye(3, dtype=bool),
        "source_row": 0.0,
        "source_column": 0.0,
        "source_longitude": 10.0,
        "source_latitude": 50.0,
        "source_sigma_m": 60.0,
        "axis_deg": 90.0,
        "length_m": 180.0,
        "area_m2": 10_800.0,
        "max_enhancement_ppm_m": 900.0,
        "detection_snr": 6.0,
        "detection_probability": 0.9,
    }
    return Plume(**(fields | change))


def test_codes_of_errors_are_unique_and_exit_codes_never_zero():
    family = [
        error for _, error in inspect.getmembers(errors, inspect.isclass) if issubclass(error, SuperemitterError)
    ]
    codes = [error.code for error in family]
    assert len(family) > 10
    assert len(set(codes)) == len(codes)
    assert all(1 <= error.exit_code < 64 for error in family)
    assert all(inspect.getdoc(error) for error in family)


def test_an_error_tells_code_message_and_hint():
    error = WindError("the wind is NaN", hint="give a number")
    assert str(error) == "the wind is NaN"
    assert error.as_dict() == {"code": "wind.invalid", "message": "the wind is NaN", "hint": "give a number"}
    assert "hint" not in WindError("no").as_dict()


def test_every_flag_has_its_own_name_and_says_what_it_means():
    assert len({flag.value for flag in Flag}) == len(Flag)
    assert len({flag.meaning for flag in Flag}) == len(Flag)
    for flag in Flag:
        assert flag == flag.value
        assert Flag(flag.value) is flag
        assert flag.value == flag.value.lower()
        assert " " not in flag.value
        assert len(flag.meaning) > 20


@pytest.mark.parametrize(
    ("from_deg", "u", "v"), [(0, 0, -5), (90, -5, 0), (180, 0, 5), (270, 5, 0), (225, 5 / 2**0.5, 5 / 2**0.5)]
)
def test_wind_components_point_where_the_wind_blows_to(from_deg, u, v):
    wind = Wind(speed_m_s=5.0, speed_sigma_m_s=1.0, from_deg=from_deg, source="given")
    assert wind.u_m_s == pytest.approx(u, abs=1e-12)
    assert wind.v_m_s == pytest.approx(v, abs=1e-12)


@pytest.mark.parametrize(
    "change",
    [
        {"speed_m_s": -0.1},
        {"speed_m_s": math.nan},
        {"speed_m_s": math.inf},
        {"speed_sigma_m_s": -1.0},
        {"speed_sigma_m_s": math.nan},
        {"from_deg": -1.0},
        {"from_deg": 361.0},
        {"from_deg": math.nan},
    ],
)
def test_a_wind_that_is_none_is_refused(change):
    fields = {"speed_m_s": 3.0, "speed_sigma_m_s": 1.0, "from_deg": 90.0, "source": "given"} | change
    with pytest.raises(WindError):
        Wind(**fields)


def test_a_calm_exact_wind_is_allowed():
    wind = Wind(speed_m_s=0.0, speed_sigma_m_s=0.0, from_deg=360.0, source="given")
    assert (wind.u_m_s, wind.v_m_s) == pytest.approx((0, 0))


@pytest.mark.parametrize(("speed", "sigma"), [(0.0, 1.5), (2.9, 1.5), (3.0, 1.5), (3.2, 1.6), (10.0, 5.0)])
def test_the_assumed_wind_error_is_the_larger_of_1_5_and_half_the_speed(speed, sigma):
    assert assumed_speed_sigma_m_s(speed) == pytest.approx(sigma)


@pytest.mark.parametrize(
    "change",
    [
        {"low_kg_h": 1001.0},
        {"high_kg_h": 999.0},
        {"low95_kg_h": 900.0},
        {"high95_kg_h": 1200.0},
        {"rate_kg_h": math.nan},
        {"high95_kg_h": math.inf},
        {"probability_ge_100_kg_h": 1.01},
        {"probability_ge_100_kg_h": math.nan},
    ],
)
def test_a_rate_out_of_order_is_refused(change):
    assert EmissionRate(**RATE).rate_kg_h == 1000.0
    with pytest.raises(InvalidValue):
        EmissionRate(**(RATE | change))


def test_nouns_are_frozen():
    rate = EmissionRate(**RATE)
    with pytest.raises(dataclasses.FrozenInstanceError):
        rate.rate_kg_h = 1.0
    with pytest.raises(TypeError):
        rate.components["wind"] = 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"mask": np.zeros((3, 3), bool)},
        {"source_longitude": 181.0},
        {"source_latitude": math.nan},
        {"source_sigma_m": 0.0},
        {"area_m2": math.nan},
        {"detection_probability": 1.5},
    ],
)
def test_an_impossible_plume_is_refused(change):
    assert plume().mask.sum() == 3
    with pytest.raises(InvalidValue, match=r"s-001"):
        plume(**change)


def test_probabilities_of_an_attribution_sum_to_one():
    place = Facility(facility_id="1", name="矿井", longitude=112.0, latitude=37.0)
    candidate = Candidate(facility=place, probability=0.6, distance_m=100.0)
    assert Attribution(candidates=(candidate,), none_probability=0.4).best is candidate
    with pytest.raises(InvalidValue, match="sum to"):
        Attribution(candidates=(candidate,), none_probability=0.5)


def test_none_of_these_can_be_the_best_answer():
    place = Facility(facility_id="1", name="well", longitude=0.0, latitude=0.0)
    unlikely = Candidate(facility=place, probability=0.4, distance_m=900.0)
    assert Attribution(candidates=(unlikely,), none_probability=0.6).best is None
    assert Attribution(candidates=(), none_probability=1.0).best is None


@pytest.mark.parametrize(("longitude", "latitude"), [(37.0, 112.0), (181.0, 0.0), (math.nan, 0.0)])
def test_a_facility_that_lies_nowhere_is_refused(longitude, latitude):
    with pytest.raises(InvalidValue):
        Facility(facility_id="1", name="x", longitude=longitude, latitude=latitude)


def scene_fields(shape=(3, 4), bands=5):
    angles = {
        name: np.full(shape, value)
        for name, value in (
            ("solar_zenith", 60.0),
            ("solar_azimuth", 120.0),
            ("view_zenith", 0.0),
            ("view_azimuth", 0.0),
        )
    }
    return {
        "scene_id": "s",
        "instrument": load_instrument("emit"),
        "time": datetime(2023, 7, 17, tzinfo=UTC),
        "dataset": scene_dataset(
            radiance=np.ones((*shape, bands), np.float32),
            wavelength_nm=np.linspace(2300, 2330, bands),
            fwhm_nm=np.full(bands, 8.7),
            angles=angles,
            masks={"cloud": np.ones(shape, bool)},
        ),
        "footprint": footprint(shape),
        "files": (),
    }


def test_a_scene_names_shapes_units_and_air_mass():
    scene = Scene(**scene_fields())
    assert scene.shape == (3, 4)
    assert scene.dataset["radiance"].attrs["units"] == "uW cm-2 sr-1 nm-1"
    np.testing.assert_allclose(scene.air_mass, 3.0)
    assert scene.mask("cloud").all()
    assert not scene.mask("water").any()
    assert scene.dataset["view_zenith"].attrs["standard_name"] == "sensor_zenith_angle"


def test_a_scene_that_is_half_filled_is_refused():
    fields = scene_fields()
    with pytest.raises(InvalidValue, match="time zone"):
        Scene(**(fields | {"time": datetime(2023, 7, 17)}))
    with pytest.raises(InvalidValue, match="lacks solar_zenith"):
        Scene(**(fields | {"dataset": fields["dataset"].drop_vars("solar_zenith")}))
    with pytest.raises(InvalidValue, match="do not fit"):
        Scene(**(fields | {"footprint": footprint((4, 4))}))
    with pytest.raises(InvalidValue, match="do not increase"):
        Scene(**(fields | {"dataset": fields["dataset"].isel(band=slice(None, None, -1))}))
    with pytest.raises(InvalidValue, match="dimensions"):
        Scene(**(fields | {"dataset": fields["dataset"].transpose("band", "row", "column", ...)}))


def test_an_enhancement_becomes_mass_with_one_constant():
    shape = (3, 4)
    ones, no = np.ones(shape, np.float32), np.zeros(shape, bool)
    dataset = enhancement_dataset(
        enhancement=1000 * ones, score_input=ones, sigma=ones, valid=~no, water=no, saturated=no
    )
    fields = {
        "scene_id": "s",
        "instrument": load_instrument("emit"),
        "time": datetime(2023, 7, 17, tzinfo=UTC),
        "footprint": footprint(shape),
        "method": "x",
    }
    enhancement = Enhancement(dataset=dataset, **fields)
    np.testing.assert_allclose(enhancement.column_mass_kg_m2, 7.16e-4)
    assert enhancement.column_mass_kg_m2.dtype == np.float64
    with pytest.raises(InvalidValue, match="lacks sigma"):
        Enhancement(dataset=dataset.drop_vars("sigma"), **fields)
    with pytest.raises(InvalidValue, match="does not fit the footprint"):
        Enhancement(dataset=dataset, **(fields | {"footprint": footprint((4, 4))}))


def test_every_constant_has_unit_and_source():
    from superemitter.model import constants

    known = [value for value in vars(constants).values() if isinstance(value, Constant)]
    assert len(known) >= 4
    assert all(c.unit and c.source and 0 <= c.relative_sigma < 0.2 for c in known)
