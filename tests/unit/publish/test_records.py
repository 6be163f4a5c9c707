"""What is published about one plume."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np

from superemitter.model import CannotSay, Flag
from superemitter.publish.records import csv_columns, csv_row, plume_record

NAMES = [
    "plume_id",
    "scene_id",
    "instrument",
    "datetime",
    "gas",
    "source_longitude",
    "source_latitude",
    "source_sigma_m",
    "rate_kg_h",
    "rate_low_kg_h",
    "rate_high_kg_h",
    "rate_low95_kg_h",
    "rate_high95_kg_h",
    "probability_ge_100_kg_h",
    "rate_csf_kg_h",
    "method",
    "calibration_id",
    "ime_kg",
    "ime_sigma_kg",
    "area_m2",
    "length_m",
    "max_enhancement_ppm_m",
    "detection_snr",
    "detection_probability",
    "wind_speed_m_s",
    "wind_speed_sigma_m_s",
    "wind_from_deg",
    "wind_height_m",
    "wind_source",
    "quality",
    "flags",
    "facility_id",
    "facility_name",
    "facility_probability",
    "none_probability",
    "simulated",
    "run_id",
]


def test_the_published_names_come_first_and_in_order(make_result):
    result = make_result()
    assert list(plume_record(result, result.plumes[0]))[: len(NAMES)] == NAMES
    assert csv_columns()[: len(NAMES)] == NAMES


def test_values_are_the_nouns_own_unrounded(make_result):
    result = make_result()
    record = plume_record(result, result.plumes[0])
    assert record["rate_kg_h"] == 1240.0 + 1.0 / 3.0
    assert record["max_enhancement_ppm_m"] == 4200.123456789
    assert record["datetime"] == "2023-07-17T06:05:12Z"
    assert record["sigma_wind_kg_h"] == result.plumes[0].quantification.rate.components["wind"]


def test_without_wind_the_rate_is_null_with_its_reason_and_a_table(make_result):
    result = make_result(wind=False)
    record = plume_record(result, result.plumes[0])
    unknown = [name for name in NAMES if name.startswith(("rate_", "wind_", "probability_"))]
    assert [record[name] for name in unknown] == [None] * len(unknown)
    assert "wind" in record["rate_reason"]
    assert [row["wind_speed_m_s"] for row in record["rate_by_wind"]] == [2.0, 4.0, 6.0, 8.0]
    row = csv_row(record)
    assert row["rate_at_4_m_s_kg_h"] == record["rate_by_wind"][1]["rate_kg_h"]
    assert row["rate_low_at_4_m_s_kg_h"] < row["rate_at_4_m_s_kg_h"] < row["rate_high_at_4_m_s_kg_h"]


def test_a_nan_becomes_null_not_a_number(make_result):
    result = make_result()
    first = result.plumes[0]
    odd = replace(first, plume=replace(first.plume, max_enhancement_ppm_m=float("nan"), length_m=np.float32(3)))
    record = plume_record(result, odd)
    assert record["max_enhancement_ppm_m"] is None
    assert type(record["length_m"]) is float
    json.dumps(record, allow_nan=False)


def test_none_of_these_more_probable_than_any_facility_names_no_facility(make_result):
    result = make_result()
    first = result.plumes[0]
    weak = replace(
        first.attribution,
        candidates=tuple(replace(c, probability=0.1) for c in first.attribution.candidates),
        none_probability=0.8,
    )
    record = plume_record(result, replace(first, attribution=weak))
    assert (record["facility_id"], record["facility_name"], record["facility_probability"]) == (None, None, None)
    assert record["none_probability"] == 0.8
    assert len(record["candidates"]) == 2


def test_no_facility_list_is_not_the_same_as_none_of_these(make_result):
    result = make_result(with_facilities=False)
    assert plume_record(result, result.plumes[0])["none_probability"] is None


def test_flags_hold_those_of_plume_and_scene(make_result):
    result = make_result()
    record = plume_record(result, result.plumes[1])
    assert record["flags"] == ["border", "no-cloud-mask", "simulated"]
    assert csv_row(record)["flags"] == "border;no-cloud-mask;simulated"


def test_quality_follows_its_documented_rule(make_result):
    result = make_result()
    first = result.plumes[0]

    def quality(plume):
        return plume_record(result, plume)["quality"]

    assert quality(first) == "good"
    assert quality(replace(first, plume=replace(first.plume, flags=frozenset({Flag.BORDER})))) == "caution"
    assert quality(replace(first, plume=replace(first.plume, detection_probability=0.49))) == "poor"
    no_rate = replace(first.quantification, rate=CannotSay(code="no-wind", reason="no wind"))
    assert quality(replace(first, quantification=no_rate)) == "poor"
