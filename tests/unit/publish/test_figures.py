"""The pictures: not how pretty they are, but what they must not get wrong."""

from __future__ import annotations

import io
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.image import imread

from superemitter.model import MapGrid
from superemitter.publish.closeup import plume_map_png, rate_chart_png
from superemitter.publish.drawing import colour_range, plain, round_below
from superemitter.publish.figures import MAX_PIXELS, thinned, write_quicklook
from superemitter.publish.grid import MapView, north_up

RED = np.array([0xB3, 0x26, 0x1E]) / 255


def picture(path_or_png):
    source = io.BytesIO(path_or_png) if isinstance(path_or_png, bytes) else path_or_png
    return imread(source)[..., :3]


def banner_pixels(image):
    return int((np.abs(image[:80] - RED).max(axis=2) < 0.01).sum())


@pytest.fixture
def quicklook(tmp_path):
    """Draws the quicklook of a result."""

    def draw(result):
        write_quicklook(result, tmp_path / "q.png", north_up(result.enhancement.footprint))
        return picture(tmp_path / "q.png")

    return draw


@pytest.mark.parametrize("kind", ["glt", "map", "rotated", "lonlat"])
def test_every_kind_of_scene_can_be_drawn_and_has_the_banner(quicklook, make_result, footprints, kind):
    assert banner_pixels(quicklook(make_result(footprints[kind]()))) > 1000


def test_a_real_scene_has_no_banner(quicklook, make_result):
    result = make_result(simulated=False)
    assert banner_pixels(quicklook(result)) == 0
    assert banner_pixels(picture(plume_map_png(result, result.plumes[0]))) == 0


def test_close_ups_of_simulated_plumes_have_the_banner(make_result):
    result = make_result()
    assert banner_pixels(picture(plume_map_png(result, result.plumes[0]))) > 1000


def test_scenes_without_plume_or_preview_or_across_the_antimeridian_are_drawn(quicklook, make_result, footprints):
    assert quicklook(make_result(plumes=0)).size
    assert quicklook(make_result(preview=False)).size
    assert quicklook(make_result(footprints["lonlat"](lon0=180.0))).size


def test_a_scene_of_nothing_but_nan_is_drawn(quicklook, make_result):
    result = make_result(plumes=0)
    result.enhancement.enhancement_ppm_m[:] = np.nan
    result.enhancement.sigma_ppm_m[:] = np.nan
    result.detection.score[:] = np.nan
    result.preview[:] = np.nan
    assert quicklook(result).size


def test_strange_names_are_no_mathematics_and_no_missing_glyph(quicklook, make_result):
    assert quicklook(make_result(scene_id="场景 $\\frac$ " + "x" * 200)).size
    assert plain("A 煤 é\n") == "A ? é\n"


def test_drawing_leaves_no_global_state(quicklook, make_result):
    before = dict(mpl.rcParams)
    quicklook(make_result())
    assert dict(mpl.rcParams) == before


def test_the_chart_follows_what_is_known(make_result):
    with_wind, without = make_result().plumes[0], make_result(wind=False).plumes[0]
    assert rate_chart_png(with_wind) != rate_chart_png(without)
    silent = replace(without, quantification=replace(without.quantification, rate_by_wind=()))
    assert rate_chart_png(silent) is None


def test_a_large_map_is_thinned_and_stays_in_place():
    grid = MapGrid(crs="EPSG:32611", transform=(10.0, 0.0, 500.0, 0.0, -10.0, 900.0), shape=(3300, 1700))
    index = np.arange(3300 * 1700, dtype=np.int32).reshape(3300, 1700)
    small = thinned(MapView(grid=grid, index=index))
    assert max(small.grid.shape) <= MAX_PIXELS
    assert small.grid.transform == (30.0, 0.0, 500.0, 0.0, -30.0, 900.0)
    assert small.index[0, 0] == 1 * 1700 + 1


def test_colours_start_at_zero_and_never_collapse():
    assert colour_range(np.array([np.nan]), float("nan")) == (0.0, 1.0)
    assert colour_range(np.array([5.0, 7.0]), 900.0) == (0.0, 900.0)


@pytest.mark.parametrize(("value", "expected"), [(1234.0, 1000.0), (999.0, 500.0), (0.25, 0.2), (5.0, 5.0)])
def test_scale_bars_are_round(value, expected):
    assert round_below(value) == pytest.approx(expected)
