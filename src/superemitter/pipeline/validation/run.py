"""The whole validation: blind tests, the published field test, one page."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from superemitter.model.errors import UsageError
from superemitter.pipeline.provenance import platform_name, versions
from superemitter.pipeline.validation.attribution import (
    AttributionResult,
    AttributionSummary,
    run_attribution_test,
    summarise_attribution,
)
from superemitter.pipeline.validation.attribution_sections import attribution_sections
from superemitter.pipeline.validation.blind import BlindResult, run_blind_test
from superemitter.pipeline.validation.ensemble import AIRBORNE, BlindTest
from superemitter.pipeline.validation.field import FieldEstimate, field_figures, read_field_test
from superemitter.pipeline.validation.listed_places import ATTRIBUTION, Places
from superemitter.pipeline.validation.real_radiance import (
    REAL_RADIANCE,
    RealResult,
    run_real_radiance_test,
    summarise_real_radiance,
)
from superemitter.pipeline.validation.scores import Figure
from superemitter.pipeline.validation.sections import blind_sections, field_section, real_radiance_sections
from superemitter.pipeline.validation.seeds import check_judging
from superemitter.pipeline.validation.summary import BlindSummary, summarise
from superemitter.publish import staged
from superemitter.publish.validation import Section, write_validation

EVERYTHING = ("emit", "pixels", "isolated", "touching", "nothing", "aviris-ng")
WITH_FILES = ("attribution", "real-radiance")
ONE_PER_GRANULE = 200.0 / 1242.0  # false plumes in a scene of 200 columns
_SEED_ORDER = ("emit", "pixels", "nothing", "aviris-ng", "attribution", "real-radiance", "isolated", "touching")
_APART = 1000  # seeds of the tests of one validation lie so far from each other
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationPlan:
    """What is to be validated.

    Attributes
    ----------
    first_seed : int
        Of the first test; the k-th starts 1,000 k later.
    scenes : int
        Of each test.
    tests : tuple of str
        Of ``"emit"`` (leaks of all sizes), ``"pixels"`` (leaks of 0.6 to 12 t/h at a filter noise of about
        300 ppm m), ``"isolated"`` (leaks of 100 to 2,500 kg/h far apart, one false plume a granule asked for),
        ``"touching"`` (leaks of 0.8 to 20 t/h, four pairs 8 to 28 pixels apart and three alone),
        ``"nothing"`` (no leak: false plumes), ``"aviris-ng"`` (20 to 500 kg/h from an aircraft),
        ``"attribution"`` (leaks at places of facility lists), ``"real-radiance"`` (20 to 500 kg/h in a real file).
    shape : (int, int), optional
        Of the scenes, instead of each test's own.
    field_test : Path, optional
        Table of the published field test.
    facilities : tuple of Path
        Lists of places for ``"attribution"``.
    radiance : Path, optional
        Real file for ``"real-radiance"``.
    """

    first_seed: int = 30_000
    scenes: int = 40
    tests: tuple[str, ...] = EVERYTHING
    shape: tuple[int, int] | None = None
    field_test: Path | None = None
    facilities: tuple[Path, ...] = ()
    radiance: Path | None = None


@dataclass(frozen=True, kw_only=True)
class Validation:
    """Results and figures of a validation."""

    plan: ValidationPlan
    results: tuple[BlindResult, ...]
    summaries: tuple[BlindSummary, ...]
    field: tuple[FieldEstimate, ...]
    attribution: tuple[AttributionResult, AttributionSummary] | None = None
    real_radiance: tuple[RealResult, BlindSummary] | None = None

    def as_dict(self) -> dict[str, Any]:
        """Figures as plain types, for JSON; the rows are in a file of their own."""
        plan = asdict(self.plan) | {
            "field_test": self.plan.field_test and str(self.plan.field_test),
            "facilities": [str(path) for path in self.plan.facilities],
            "radiance": self.plan.radiance and str(self.plan.radiance),
        }
        return {
            "simulated": True,
            "plan": plan,
            "versions": {**versions(), "platform": platform_name()},
            "tests": [_plain(asdict(summary)) for summary in self.summaries],
            "attribution": self.attribution and _plain(asdict(self.attribution[1])),
            "real_radiance": self.real_radiance and _real_dict(*self.real_radiance),
            "field_test": {
                f"stage_{stage}": asdict(field_figures(e for e in self.field if e.stage == stage))
                for stage in sorted({e.stage for e in self.field})
            },
        }


def planned_tests(plan: ValidationPlan) -> tuple[BlindTest, ...]:
    """The blind tests of a plan, on seeds that judge.

    Raises
    ------
    UsageError
        A seed may have been used for tuning, or a test lacks its files.
    """
    if "attribution" in plan.tests and not plan.facilities:
        raise UsageError("the test of attribution needs lists of places", hint="give --facilities FILE")
    if "real-radiance" in plan.tests and plan.radiance is None:
        raise UsageError("the test in real radiance needs a file", hint="give --radiance FILE")
    tests = []
    for name in plan.tests:
        first = plan.first_seed + _APART * _SEED_ORDER.index(name)
        check_judging(first, plan.scenes)
        test = replace(_named(name), first_seed=first, scenes=plan.scenes)
        tests.append(test if plan.shape is None else replace(test, shape=plan.shape))
    return tuple(tests)


def _named(name: str) -> BlindTest:
    plain = BlindTest(first_seed=0, scenes=1)
    if name == "pixels":
        return replace(
            plain,
            name=name,
            rates_kg_h=(600.0, 12_000.0),
            winds_m_s=(2.0, 6.0),
            brightness=(0.55, 0.65),
            solar_zenith_deg=(30.0, 40.0),
        )
    if name == "isolated":
        return replace(
            _named("pixels"),
            name=name,
            leaks=4,
            rates_kg_h=(100.0, 2500.0),
            min_separation_px=200.0,
            false_plumes_per_scene=ONE_PER_GRANULE,
        )
    if name == "touching":
        return replace(plain, name=name, leaks=11, companions=4, rates_kg_h=(800.0, 20_000.0), shape=(1280, 160))
    if name == "nothing":
        return replace(plain, name=name, leaks=0)
    others = {"aviris-ng": AIRBORNE, "attribution": ATTRIBUTION, "real-radiance": REAL_RADIANCE}
    return others.get(name, plain)


def validate(plan: ValidationPlan, *, progress: Progress | None = None) -> Validation:
    """Run the blind tests and read the field test.

    Parameters
    ----------
    plan : ValidationPlan
    progress : callable, optional
        Told the test, the scenes done and the scenes in all.

    Raises
    ------
    UsageError
        A seed may have been used for tuning, or a test lacks its files.
    InvalidValue
        The table of the field test cannot be used.
    FacilityError, SceneError
        A list of places, or the real radiance, cannot be used.
    """
    planned = planned_tests(plan)
    tests = [test for test in planned if test.name in EVERYTHING]
    field = read_field_test(plan.field_test) if plan.field_test else ()
    tell = progress or (lambda _name, _done, _of: None)
    results = [run_blind_test(test, progress=partial(tell, test.name)) for test in tests]
    rng = np.random.default_rng(plan.first_seed)
    summaries = tuple(summarise(result, rng) for result in results)
    with_files = {test.name: test for test in planned if test.name in WITH_FILES}
    return Validation(
        plan=plan,
        results=tuple(results),
        summaries=summaries,
        field=field,
        attribution=_attribution(with_files.get("attribution"), plan, rng, tell),
        real_radiance=_real_radiance(with_files.get("real-radiance"), plan, rng, tell),
    )


def _attribution(
    test: BlindTest | None, plan: ValidationPlan, rng: np.random.Generator, tell: Progress
) -> tuple[AttributionResult, AttributionSummary] | None:
    if test is None:
        return None
    places = Places.read(plan.facilities)
    result = run_attribution_test(test, places, progress=partial(tell, test.name))
    return result, summarise_attribution(result, rng)


def _real_radiance(
    test: BlindTest | None, plan: ValidationPlan, rng: np.random.Generator, tell: Progress
) -> tuple[RealResult, BlindSummary] | None:
    if test is None or plan.radiance is None:
        return None
    result = run_real_radiance_test(test, plan.radiance, progress=partial(tell, test.name))
    return result, summarise_real_radiance(result, rng)


def validate_to(
    out: Path, plan: ValidationPlan, *, overwrite: bool = False, progress: Progress | None = None
) -> Validation:
    """Validate and write ``validation.html``, ``validation.json`` and ``rows.json`` into a folder, at once.

    Raises
    ------
    OutputError
        The folder is there already, or cannot be written.
    UsageError, InvalidValue
        As :func:`validate`.
    """
    with staged(out, overwrite=overwrite) as hidden:
        outcome = validate(plan, progress=progress)
        rows = [result.as_dict() for result in outcome.results]
        rows += [pair[0].as_dict() for pair in (outcome.attribution, outcome.real_radiance) if pair]
        (hidden / "rows.json").write_text(json.dumps(rows) + "\n", encoding="utf-8")
        (hidden / "validation.json").write_text(json.dumps(outcome.as_dict(), indent=1) + "\n", encoding="utf-8")
        # the folder's mark, as of every command's output
        (hidden / "run.json").write_text(
            json.dumps({"validation": True, "simulated": True}) + "\n", encoding="utf-8"
        )
        write_validation(
            hidden / "validation.html",
            title="Validation of superemitter on leaks of known rate",
            lead="Every scene goes through its file format and the whole scan. Nothing was tuned on these seeds.",
            sections=page_sections(outcome),
        )
    return outcome


def page_sections(outcome: Validation) -> list[Section]:
    """Everything the page shows."""
    sections = [
        section
        for result, summary in zip(outcome.results, outcome.summaries, strict=True)
        for section in blind_sections(result, summary)
    ]
    if outcome.attribution:
        sections += attribution_sections(*outcome.attribution)
    if outcome.real_radiance:
        sections += real_radiance_sections(*outcome.real_radiance)
    return [*sections, field_section(outcome.field)] if outcome.field else sections


def _real_dict(real: RealResult, summary: BlindSummary) -> dict[str, Any]:
    about = {"scene_id": real.scene_id, "noise_ppm_m": real.noise_ppm_m, "own_plumes": list(real.own_plumes)}
    figures: dict[str, Any] = _plain(asdict(summary))
    return about | figures


def _plain(value: Any) -> Any:
    """Infinite bounds as None, tuples as lists."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return _plain(asdict(value)) if isinstance(value, Figure) else value
