"""All files of a scene, and the run record."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from superemitter.model.errors import OutputError
from superemitter.publish import OUTPUT_FILES, sha256_of, write_outputs, write_run_record


def test_it_writes_the_named_files_and_tells_their_checksums(make_result, make_record, tmp_path):
    result, told = make_result(), []
    sums = write_outputs(result, tmp_path, make_record(result), progress=told.append)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(OUTPUT_FILES)
    assert told == list(OUTPUT_FILES) == list(sums)
    for name, checksum in sums.items():
        assert hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() == checksum


@pytest.mark.parametrize("options", [{}, {"wind": False, "with_facilities": False}, {"plumes": 0}])
def test_equal_results_give_equal_bytes(make_result, make_record, tmp_path, options):
    sums = []
    for name in ("a", "b"):
        result = make_result(**options)
        (tmp_path / name).mkdir()
        sums.append(write_outputs(result, tmp_path / name, make_record(result)))
    assert sums[0] == sums[1]


def test_the_item_lists_the_checksums_of_the_other_files(make_result, make_record, tmp_path):
    result = make_result()
    sums = write_outputs(result, tmp_path, make_record(result))
    assets = json.loads((tmp_path / "item.json").read_text(encoding="utf-8"))["assets"].values()
    listed = {a["href"].removeprefix("./"): a.get("file:checksum", "")[4:] for a in assets}
    assert listed == {**{n: s for n, s in sums.items() if n != "item.json"}, "run.json": ""}


def test_the_run_record_comes_back_as_it_was(make_result, make_record, tmp_path):
    record = replace(make_record(make_result()), outputs={"plumes.csv": "00"})
    write_run_record(record, tmp_path / "run.json")
    text = (tmp_path / "run.json").read_text(encoding="utf-8")
    back = json.loads(text)
    assert back == json.loads(json.dumps(record.as_dict()))
    assert list(back) == sorted(back)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_a_nan_in_the_record_is_refused_and_leaves_the_old_one(make_result, make_record, tmp_path):
    record = make_record(make_result())
    write_run_record(record, tmp_path / "run.json")
    before = (tmp_path / "run.json").read_bytes()
    with pytest.raises(OutputError, match=r"NaN|JSON"):
        write_run_record(replace(record, results=({"rate_kg_h": float("nan")},)), tmp_path / "run.json")
    assert (tmp_path / "run.json").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_checksum_of_a_known_text(tmp_path):
    (tmp_path / "x").write_bytes(b"abc")
    assert sha256_of(tmp_path / "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
