"""The attribution test: what the scan says of leaks at real listed places, beside the truth."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from superemitter.measure.attribution import AttributionSettings, attribute
from superemitter.model import Attribution, Plume
from superemitter.observe.readers import open_scene
from superemitter.pipeline.scan import find_plumes
from superemitter.pipeline.truth import match
from superemitter.pipeline.validation.blind import ScanChoices
from superemitter.pipeline.validation.ensemble import BlindTest
from superemitter.pipeline.validation.listed_places import Emitter, ListedCase, Places, draw_listed_case
from superemitter.pipeline.validation.scores import Figure, bootstrapped, reliability
from superemitter.simulate import simulate_scene, truth_of, write_emit

NONE = "none"
EMITTER = "emitter"
FALSE = "false plume"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One leak of the attribution test, or one false plume, and what was said of its source.

    Attributes
    ----------
    seed : int
    kind : str
        Of :class:`~superemitter.pipeline.validation.listed_places.Emitter`, or ``"false plume"``.
    rate_kg_h, offset_m : float or None
        Of the leak, and from its listed point to it; None for a false plume.
    crowded : bool
    found : bool
    distance_m, sigma_m : float or None
        From leak to source point, and the stated error of that point.
    stated : dict of str to float
        Probability of ``"emitter"`` (all entries of the leak's place together), of every other candidate by its
        number, and of ``"none"``; empty if the leak was missed.
    """

    seed: int
    kind: str
    rate_kg_h: float | None
    offset_m: float | None
    crowded: bool
    found: bool
    distance_m: float | None
    sigma_m: float | None
    stated: dict[str, float]

    @property
    def truth(self) -> str:
        """The right one among the stated."""
        return EMITTER if self.kind == "listed" else NONE

    @property
    def first(self) -> str:
        """The most probable."""
        return max(self.stated, key=self.stated.__getitem__)

    @property
    def first_candidate(self) -> str | None:
        """The most probable but for "none"; None without a candidate."""
        candidates = {name: p for name, p in self.stated.items() if name != NONE}
        return max(candidates, key=candidates.__getitem__) if candidates else None

    @property
    def brier(self) -> float:
        """Squared differences of stated probability and outcome, summed over all answers: 0 to 2."""
        names = {*self.stated, self.truth}
        return sum((self.stated.get(name, 0.0) - (name == self.truth)) ** 2 for name in names)


@dataclass(frozen=True, kw_only=True)
class AttributionResult:
    """All answers of an attribution test."""

    test: BlindTest
    answers: tuple[Answer, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for JSON."""
        return {"test": asdict(self.test), "rows": [asdict(answer) for answer in self.answers]}


@dataclass(frozen=True, kw_only=True)
class AttributionSummary:
    """The figures of an attribution test.

    Attributes
    ----------
    scenes, leaks, found : int
    figures : dict of str to Figure
    every, none, first : list
        Reliability (stated, observed, count) of every stated probability, of "none of these", and of the first
        answer, whichever it was.
    """

    scenes: int
    leaks: int
    found: int
    figures: dict[str, Figure]
    every: list[tuple[float, float, int]]
    none: list[tuple[float, float, int]]
    first: list[tuple[float, float, int]]


def run_attribution_test(
    test: BlindTest,
    places: Places,
    *,
    settings: AttributionSettings | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> AttributionResult:
    """Simulate, scan and attribute every scene of the test.

    Parameters
    ----------
    test : BlindTest
    places : Places
        Of the facility lists.
    settings : AttributionSettings, optional
    progress : callable, optional
        Called with the scenes done and the scenes in all.
    """
    answers: list[Answer] = []
    for done, seed in enumerate(test.seeds, start=1):
        case = draw_listed_case(test, seed, places)
        plumes, leaks = _found(case)
        answers += answers_of(case, places, plumes, leaks, seed=seed, settings=settings)
        if progress:
            progress(done, test.scenes)
    return AttributionResult(test=test, answers=tuple(answers))


def _found(case: ListedCase) -> tuple[tuple[Plume, ...], list[dict[str, Any]]]:
    """The plumes the scan finds in the scene's file, and its true leaks."""
    simulated = simulate_scene(case.spec)
    choices = ScanChoices()
    with tempfile.TemporaryDirectory() as folder:
        scene = open_scene(write_emit(simulated, Path(folder)).radiance)
        _, detection = find_plumes(scene, case.told, choices.retrieval, choices.detection, lambda _stage: None)
    return detection.plumes, truth_of(simulated)["leaks"]


def answers_of(
    case: ListedCase,
    places: Places,
    plumes: Sequence[Plume],
    leaks: Sequence[dict[str, Any]],
    *,
    seed: int,
    settings: AttributionSettings | None = None,
) -> list[Answer]:
    """Attribute each plume to the list as the scan is given it, and set that beside the truth."""
    numbers = [k for k in range(len(places.facilities)) if k not in case.removed]
    given = [places.facilities[k] for k in numbers]
    number_of = {id(places.facilities[k]): k for k in numbers}
    records = [
        {
            "number": k,
            "source_longitude": plume.source_longitude,
            "source_latitude": plume.source_latitude,
            "source_sigma_m": plume.source_sigma_m,
        }
        for k, plume in enumerate(plumes)
    ]
    answers = []
    for pair in match(leaks, records):
        plume = None if pair.plume is None else plumes[pair.plume["number"]]
        leak = None if pair.leak is None else leaks.index(pair.leak)
        emitter = None if leak is None else case.emitters[leak]
        stated = {}
        if plume is not None:
            said = attribute(plume, case.told, given, settings=settings)
            stated = _stated(said, number_of, emitter)
        answers.append(
            Answer(
                seed=seed,
                kind=emitter.kind if emitter else FALSE,
                rate_kg_h=None if leak is None else case.spec.leaks[leak].rate_kg_h,
                offset_m=emitter.offset_m if emitter else None,
                crowded=bool(emitter and emitter.crowded),
                found=plume is not None,
                distance_m=pair.distance_m,
                sigma_m=None if plume is None else plume.source_sigma_m,
                stated=stated,
            )
        )
    return answers


def _stated(said: Attribution, number_of: dict[int, int], emitter: Emitter | None) -> dict[str, float]:
    stated: dict[str, float] = {}
    for candidate in said.candidates:
        number = number_of[id(candidate.facility)]
        name = EMITTER if emitter and number in emitter.same_place else str(number)
        stated[name] = stated.get(name, 0.0) + candidate.probability
    return stated | {NONE: said.none_probability}


def summarise_attribution(result: AttributionResult, rng: np.random.Generator) -> AttributionSummary:
    """All figures of an attribution test, with bootstrap intervals over its scenes; false plumes stand apart."""
    leaks = [answer for answer in result.answers if answer.kind != FALSE]
    found = [answer for answer in leaks if answer.found]
    pairs = [(p, name == answer.truth) for answer in found for name, p in answer.stated.items()]
    return AttributionSummary(
        scenes=result.test.scenes,
        leaks=len(leaks),
        found=len(found),
        figures=_figures(found, [a for a in result.answers if a.kind == FALSE], rng),
        every=_reliability(pairs),
        none=_reliability([(a.stated[NONE], a.truth == NONE) for a in found]),
        first=_reliability([(a.stated[a.first], a.first == a.truth) for a in found]),
    )


def _reliability(pairs: Sequence[tuple[float, bool]]) -> list[tuple[float, float, int]]:
    return reliability([p for p, _ in pairs], [happened for _, happened in pairs]) if pairs else []


def _figures(found: Sequence[Answer], false: Sequence[Answer], rng: np.random.Generator) -> dict[str, Figure]:
    listed = [answer for answer in found if answer.kind == "listed"]
    unlisted = [answer for answer in found if answer.kind != "listed"]
    groups: dict[str, tuple[Sequence[Answer], Callable[[Answer], float]]] = {
        "listed leaks found whose first answer is right": (listed, lambda a: a.first == EMITTER),
        "the same, another place within 2 km": ([a for a in listed if a.crowded], lambda a: a.first == EMITTER),
        "the same, no other place within 2 km": (
            [a for a in listed if not a.crowded],
            lambda a: a.first == EMITTER,
        ),
        "listed leaks found whose first candidate is right": (listed, lambda a: a.first_candidate == EMITTER),
        'unlisted leaks found whose first answer is "none"': (unlisted, lambda a: a.first == NONE),
        "mean probability of the right answer": (found, lambda a: a.stated.get(a.truth, 0.0)),
        "Brier score over all answers": (found, lambda a: a.brier),
        'Brier score of "none"': (found, lambda a: (a.stated[NONE] - (a.truth == NONE)) ** 2),
        'false plumes: mean probability of "none"': (false, lambda a: a.stated[NONE]),
    }
    return {name: _mean(group, score, rng) for name, (group, score) in groups.items() if group}


def _mean(group: Sequence[Answer], score: Callable[[Answer], float], rng: np.random.Generator) -> Figure:
    values = np.array([float(score(answer)) for answer in group])
    return bootstrapped(np.array([answer.seed for answer in group]), lambda i: float(values[i].mean()), rng)
