"""Records of an earlier processing are recomputed as they were made; what a recipe cannot mean is refused."""

from __future__ import annotations

import pytest

from superemitter.measure.quantification import calibrations
from superemitter.model.errors import UsageError
from superemitter.pipeline import Context, Recipe, scan
from superemitter.pipeline.choices import choices_of
from superemitter.pipeline.validation import FITTING_SEEDS
from superemitter.pipeline.verify import compare
from superemitter.simulate import Leak, SimulationSpec, simulate_to

OLD_RECIPE = {"wind_speed_m_s": 3.2, "wind_from_deg": 245.0, "wind_speed_sigma_m_s": 1.0, "seed": 3}
# Of the version that made records without naming their processing
OLD_RESULTS = (
    {
        "rate_kg_h": 6280.206718,
        "rate_low_kg_h": 4447.256572,
        "rate_high95_kg_h": 12221.77675,
        "ime_kg": 2377.972643,
    },
    {
        "rate_kg_h": 2814.939429,
        "rate_low_kg_h": 1964.440689,
        "rate_high95_kg_h": 5452.381452,
        "ime_kg": 503.0936405,
    },
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    leaks = (Leak(row=60, column=50, rate_kg_h=6000.0), Leak(row=120, column=100, rate_kg_h=2500.0))
    spec = SimulationSpec(shape=(160, 150), seed=11, leaks=leaks, full_spectrum=False)
    return simulate_to(spec, tmp_path_factory.mktemp("scene")).radiance


def results(scene, recipe):
    return scan(scene, recipe, Context.of(recipe)).record.results


def test_an_old_record_is_recomputed_as_it_was_made(scene):
    plumes = results(scene, Recipe.from_dict(OLD_RECIPE))
    assert len(plumes) == len(OLD_RESULTS)
    for plume, before in zip(plumes, OLD_RESULTS, strict=True):
        assert {name: plume[name] for name in before} == pytest.approx(before, rel=1e-4)
        assert plume["calibration_id"] == "ueff-ime-emit-hypergas-2026"


def test_a_new_record_names_its_processing_and_its_own_law(scene):
    recipe = Recipe(**OLD_RECIPE)
    plumes = results(scene, recipe)
    assert recipe.as_dict()["processing"] == "2"
    assert {plume["calibration_id"] for plume in plumes} == {"own-ime-emit-2026b"}
    assert all(plume["wind_at"] == "10m" and plume["rate_fetch_kg_h"] > 0 for plume in plumes)


def test_only_new_records_tell_touching_plumes_apart():
    assert choices_of(Recipe()).detection.split
    assert not choices_of(Recipe.from_dict(OLD_RECIPE)).detection.split


def test_a_record_is_not_blamed_for_what_it_could_not_know():
    old, new = {"plume_id": "p-1", "rate_kg_h": 5.0}, {"plume_id": "p-1", "rate_kg_h": 5.0, "wind_at": "10m"}
    assert compare([old], (new,), exact=True) == (2, [])


def test_published_laws_stay_selectable():
    assert choices_of(Recipe(calibration="published")).quantification.calibration == "published"
    assert choices_of(Recipe(calibration="ueff-ime-emit-hypergas-2026")).quantification.calibration.startswith(
        "ueff"
    )


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"wind_at": "100m"}, "the wind is at"),
        ({"wind_at": "plume"}, "only a given wind"),
        ({"processing": "9"}, "no processing"),
        ({"calibration": "nobody-2020"}, "no calibration"),
    ],
)
def test_a_recipe_that_means_nothing_is_refused(values, message):
    with pytest.raises(UsageError, match=message):
        Recipe(**values)


def test_no_calibration_was_fitted_on_seeds_that_judge():
    for calibration in calibrations():
        assert set(calibration.fit_seeds) <= set(FITTING_SEEDS)
