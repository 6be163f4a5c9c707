"""ENVI headers, images in every interleave and byte order, map info."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rasterio

from superemitter.model.errors import SceneError, SceneTruncated
from superemitter.observe.readers.envi import find_image, map_grid, parse_header, wavelengths_nm


def test_keys_ignore_case_and_braces_span_lines() -> None:
    keys = parse_header("ENVI\nSamples  = 3\nBand  Names = {\n a ,\n b}\n; comment = 1\nmap info = { UTM , 1 }\n")
    assert keys == {"samples": "3", "band names": "a ,\n b", "map info": "UTM , 1"}


@pytest.mark.parametrize("interleave", ["bsq", "bil", "bip"])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["float32", "float64", "int32"])
def test_every_layout_reads_the_same_numbers(
    tmp_path: Path, product_files: Any, interleave: str, order: str, dtype: str
) -> None:
    values = np.arange(5 * 4 * 6).reshape(5, 4, 6).astype(dtype)
    path = product_files.write_envi(tmp_path / "x", values, interleave=interleave, order=order, offset=16)
    image = find_image(path)
    assert image is not None
    block = image.cube().rows(1, 4)
    np.testing.assert_array_equal(block(slice(2, 5)), values[1:4, :, 2:5])
    np.testing.assert_array_equal(block(np.array([4, 0])), values[1:4][:, :, [4, 0]])
    np.testing.assert_array_equal(image.cube().plane(3), values[:, :, 3])


@pytest.mark.parametrize(("data", "header"), [("x", "x.hdr"), ("x.img", "x.hdr"), ("x.img", "x.img.hdr")])
def test_either_file_of_the_pair_finds_the_other(
    tmp_path: Path, product_files: Any, data: str, header: str
) -> None:
    path = product_files.write_envi(tmp_path / data, np.zeros((2, 3, 4), dtype=np.float32))
    (tmp_path / f"{data}.hdr").rename(tmp_path / header)
    for asked in (path, tmp_path / header):
        image = find_image(asked)
        assert image is not None and image.files == (path, tmp_path / header)


def test_truncated_image_is_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_envi(tmp_path / "x", np.zeros((5, 4, 6), dtype=np.float32))
    path.write_bytes(path.read_bytes()[:-1])
    image = find_image(path)
    assert image is not None
    with pytest.raises(SceneTruncated, match="479 bytes"):
        image.cube()


def test_unknown_data_type_is_refused(tmp_path: Path, product_files: Any) -> None:
    path = product_files.write_envi(tmp_path / "x", np.zeros((5, 4, 6), dtype=np.float32), **{"data type": 6})
    image = find_image(path)
    assert image is not None
    with pytest.raises(SceneError, match="data type '6'"):
        image.cube()


def test_micrometres_become_nanometres(tmp_path: Path, product_files: Any) -> None:
    zeros = np.zeros((1, 1, 2), dtype=np.float32)
    units: list[dict[str, str]] = [{"wavelength_units": "Micrometers"}, {"wavelength_units": "Unknown"}, {}]
    for number, unit in enumerate(units):
        path = product_files.write_envi(
            tmp_path / f"x{number}", zeros, wavelength="{2.3, 2.305}", fwhm="{0.0056, 0.0057}", **unit
        )
        image = find_image(path)
        assert image is not None
        wavelength, fwhm, from_names = wavelengths_nm(image)
        np.testing.assert_allclose(np.array(wavelength), [2300, 2305])
        np.testing.assert_allclose(np.array(fwhm), [5.6, 5.7])
        assert not from_names


@pytest.mark.parametrize(
    "info",
    [
        "UTM, 1, 1, 500000.0, 4000000.0, 5.0, 5.0, 11, North, WGS-84, units=Meters",
        "UTM, 1, 1, 500000.0, 4000000.0, 5.0, 5.0, 11, South, WGS-84, units=Meters, rotation=-27.0",
        "UTM, 3.5, 2.0, 500000.0, 4000000.0, 5.0, 5.0, 60, North, WGS-84",
        "Geographic Lat/Lon, 1, 1, -118.0, 36.0, 0.001, 0.001, WGS-84, units=Degrees",
    ],
)
def test_map_info_is_read_as_gdal_reads_it(tmp_path: Path, product_files: Any, info: str) -> None:
    values = np.zeros((5, 4, 3), dtype=np.float32)
    path = product_files.write_envi(tmp_path / "x", values, map_info="{" + info + "}")
    image = find_image(path)
    assert image is not None
    grid = map_grid(image)
    assert grid is not None
    with rasterio.open(path) as source:
        np.testing.assert_allclose(grid.transform, tuple(source.transform)[:6], atol=1e-6)
        assert source.crs.to_epsg() == int(grid.crs.removeprefix("EPSG:"))


def test_nonsense_in_map_info_is_an_error(tmp_path: Path, product_files: Any) -> None:
    for number, info in enumerate(
        ["UTM, 1, 1", "UTM, 1, 1, x, 4, 5, 5, 11, North, WGS-84", "Arbitrary,1,1,0,0,1,1"]
    ):
        path = product_files.write_envi(
            tmp_path / f"x{number}", np.zeros((5, 4, 3), dtype=np.float32), map_info="{" + info + "}"
        )
        image = find_image(path)
        assert image is not None
        with pytest.raises(SceneError):
            map_grid(image)


def test_wkt_names_the_coordinate_system_where_map_info_cannot(tmp_path: Path, product_files: Any) -> None:
    wkt = rasterio.crs.CRS.from_epsg(3413).to_wkt()
    path = product_files.write_envi(
        tmp_path / "x",
        np.zeros((5, 4, 3), dtype=np.float32),
        map_info="{Polar Stereographic, 1, 1, 0, 0, 5, 5}",
        coordinate_system_string="{" + wkt + "}",
    )
    image = find_image(path)
    assert image is not None
    grid = map_grid(image)
    assert grid is not None and grid.crs == "EPSG:3413"
