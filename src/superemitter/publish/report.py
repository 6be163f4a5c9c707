"""``report.html``: one page for readers, complete in itself."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from superemitter.model import (
    Attribution,
    Candidate,
    CannotSay,
    EmissionRate,
    PlumeResult,
    Quantification,
    RunRecord,
    SceneResult,
    Wind,
)
from superemitter.model.flags import Flag
from superemitter.publish import wording
from superemitter.publish.closeup import LISTED_CANDIDATES, plume_map_png, rate_chart_png
from superemitter.publish.records import quality

#: Plumes that get a section with pictures; the table and the data files hold all of them.
PICTURED_PLUMES = 24
PICTURED_IN_SWATH = 3

_METHODS = {"ime": "integrated mass enhancement", "csf": "cross-sectional flux"}
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_QUALITY = {
    "good": "no caution applies",
    "caution": "read the cautions before using the rate",
    "poor": "no rate, or more likely a false plume than a real one",
}


def write_report(result: SceneResult, record: RunRecord, path: Path, *, quicklook: Path) -> None:
    """Write the report as a single HTML file: no script, no request to anywhere, pictures inside.

    Parameters
    ----------
    result : SceneResult
    record : RunRecord
        Inputs, recipe and versions; its ``outputs`` and ``results`` are not used, nor is the time of the run, so
        that equal runs give equal reports.
    path : Path
    quicklook : Path
        The scene's picture, written before.
    """
    page = _template().render(**report_context(result, record, quicklook.read_bytes()))
    path.write_text(page, encoding="utf-8", newline="\n")


def report_context(result: SceneResult, record: RunRecord, quicklook_png: bytes) -> dict[str, Any]:
    """What the template shows, in words and rounded numbers; see ``templates/report.html.j2``."""
    scene = result.enhancement
    order = ranked(result.plumes)
    detection = result.detection
    pictured = PICTURED_PLUMES if result.native is None else PICTURED_IN_SWATH
    return {
        "title": f"Methane plumes: {scene.instrument.name}, {wording.time_text(scene.time)}",
        "scene_id": scene.scene_id,
        "instrument": scene.instrument.name,
        "platform": scene.instrument.platform,
        "time": wording.time_text(scene.time),
        "simulated": bool(scene.simulated),
        "summary": summary(result),
        "quicklook": _data_uri(quicklook_png),
        "quicklook_alt": f"Map of the methane enhancement in the scene with {_count(result)} outlined.",
        "plumes": [_plume(result, number, plume) for number, plume in order[:pictured]],
        "rows": [_row(result, number, plume) for number, plume in order],
        "not_pictured": max(len(order) - pictured, 0),
        "scene_flags": _flags(scene.flags),
        "retrieval": scene.method,
        "threshold": f"{detection.threshold:.1f}",
        "false_plumes": wording.significant(detection.expected_false_plumes, 2),
        "calibrations": _calibrations(result.plumes),
        "run_id": result.run_id,
        "seed": record.seed,
        "platform_name": record.platform,
        "inputs": record.inputs,
        "versions": sorted(record.versions.items()),
        "recipe": sorted(_flat(record.recipe)),
    }


def ranked(plumes: Iterable[PlumeResult]) -> list[tuple[int, PlumeResult]]:
    """Plumes with their number in the scene: largest rate first, then those without one by mass."""

    def key(item: tuple[int, PlumeResult]) -> tuple[bool, float]:
        quantification = item[1].quantification
        rate = quantification.rate
        known = isinstance(rate, EmissionRate)
        return not known, -(rate.rate_kg_h if isinstance(rate, EmissionRate) else quantification.ime_kg)

    return sorted(enumerate(plumes, start=1), key=key)


def summary(result: SceneResult) -> str:
    """The report in two sentences."""
    where = f"the {result.enhancement.instrument.name} scene of {wording.time_text(result.enhancement.time)}"
    if not result.plumes:
        return (
            f"No methane plume was found in {where}. A plume is reported when its detection score reaches "
            f"{result.detection.threshold:.1f}; weaker leaks may be there and would not be seen."
        )
    were = "was" if len(result.plumes) == 1 else "were"
    first = f"{_count(result).capitalize()} {were} found in {where}."
    rates = [p.quantification.rate for _, p in ranked(result.plumes)]
    strongest = rates[0]
    if isinstance(strongest, EmissionRate):
        return f"{first} The largest rate is {wording.rate_text(strongest)}."
    return f"{first} No single emission rate is given: {_sentence(strongest.reason)}."


def _count(result: SceneResult) -> str:
    number = len(result.plumes)
    word = _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"
    return f"{word} methane plume" if number == 1 else f"{word} methane plumes"


def _sentence(reason: str) -> str:
    """A reason to follow a colon: lower case where it starts with a plain word, no full stop."""
    reason = reason.strip().rstrip(".")
    first = reason.split(" ")[0]
    return reason[:1].lower() + reason[1:] if first[1:].islower() or len(first) == 1 else reason


def _row(result: SceneResult, number: int, plume: PlumeResult) -> dict[str, Any]:
    """A line of the ranked table."""
    rate = plume.quantification.rate
    best = plume.attribution.best if plume.attribution else None
    return {
        "number": number,
        "anchor": f"plume-{number}",
        **_headline(rate),
        "p100": wording.percent(rate.probability_ge_100_kg_h) if isinstance(rate, EmissionRate) else "–",
        "place": wording.place_text(plume.plume.source_longitude, plume.plume.source_latitude),
        "facility": best.facility.name if best else None,
        "facility_probability": wording.percent(best.probability) if best else None,
        "attributed": plume.attribution is not None,
        "quality": quality(result, plume),
    }


def _plume(result: SceneResult, number: int, plume: PlumeResult) -> dict[str, Any]:
    """A section: figures, both rates, budget, candidates, cautions."""
    found, quantification = plume.plume, plume.quantification
    chart = rate_chart_png(plume)
    level = quality(result, plume)
    return {
        **_row(result, number, plume),
        "plume_id": found.plume_id,
        "map": _data_uri(plume_map_png(result, plume)),
        "chart": _data_uri(chart) if chart else None,
        "estimates": _estimates(quantification),
        "budget": _budget(quantification.rate),
        "by_wind": [{"speed": f"{speed:g}", **_figures(rate)} for speed, rate in quantification.rate_by_wind],
        "ime": wording.significant(quantification.ime_kg),
        "ime_sigma": wording.significant(quantification.ime_sigma_kg, 2),
        "length": wording.significant(found.length_m),
        "area": wording.significant(found.area_m2 / 1e4),
        "peak": wording.significant(found.max_enhancement_ppm_m),
        "snr": f"{found.detection_snr:.1f}",
        "detection_probability": wording.percent(found.detection_probability),
        "source_sigma": wording.significant(found.source_sigma_m, 2),
        "wind": wording.wind_text(plume.wind) if isinstance(plume.wind, Wind) else None,
        "wind_reason": _sentence(plume.wind.reason) if isinstance(plume.wind, CannotSay) else None,
        "attribution": _attribution(plume.attribution),
        "flags": _flags(plume.flags),  # those of the scene are listed once, below
        "quality_meaning": _QUALITY[level],
    }


def _headline(rate: EmissionRate | CannotSay) -> dict[str, str | None]:
    if isinstance(rate, CannotSay):
        return {"rate": "no single rate", "interval": None}
    middle, interval = wording.rate_parts(rate)
    return {"rate": f"{middle} kg/h", "interval": f"68\u00a0%: {interval}"}


def _figures(rate: EmissionRate) -> dict[str, str]:
    """The numbers of a line in a table of rates. [kg/h]"""
    middle, interval = wording.rate_parts(rate)
    return {
        "rate": middle,
        "interval68": interval,
        "interval95": wording.interval_text(rate.low95_kg_h, rate.high95_kg_h),
        "p100": wording.percent(rate.probability_ge_100_kg_h),
    }


def _estimate(rate: EmissionRate | CannotSay, method: str) -> dict[str, Any]:
    if isinstance(rate, CannotSay):
        return {"method": _METHODS[method], "known": False, "reason": _sentence(rate.reason)}
    return {"method": _METHODS.get(rate.method, rate.method), "known": True, **_figures(rate)}


def _estimates(quantification: Quantification) -> list[dict[str, Any]]:
    """The rate first, then that by the other method."""
    if quantification.rate_ime is None:
        return [_estimate(quantification.rate, "ime"), _estimate(quantification.rate_csf, "csf")]
    return [_estimate(quantification.rate, "csf"), _estimate(quantification.rate_ime, "ime")]


def _budget(rate: EmissionRate | CannotSay) -> list[tuple[str, str]]:
    if isinstance(rate, CannotSay):
        return []
    shares = sorted(rate.components.items(), key=lambda item: -item[1])
    return [(name, wording.significant(value, 2)) for name, value in shares]


def _attribution(attribution: Attribution | None) -> dict[str, Any] | None:
    if attribution is None:
        return None
    listed = attribution.candidates[:LISTED_CANDIDATES]
    return {
        "candidates": [_candidate(letter, c) for letter, c in zip("ABCDEFGH", listed, strict=False)],
        "others": len(attribution.candidates) - len(listed),
        "others_probability": wording.percent(sum(c.probability for c in attribution.candidates[len(listed) :])),
        "none": wording.percent(attribution.none_probability),
    }


def _candidate(letter: str, candidate: Candidate) -> dict[str, str]:
    facility = candidate.facility
    return {
        "letter": letter,
        "name": facility.name or facility.facility_id,
        "about": ", ".join(part for part in (facility.kind, facility.operator) if part),
        "distance": wording.significant(candidate.distance_m, 2),
        "probability": wording.percent(candidate.probability),
    }


def _flags(flags: Iterable[Flag]) -> list[tuple[str, str]]:
    return [(flag.value, flag.meaning) for flag in sorted(flags)]


def _calibrations(plumes: Iterable[PlumeResult]) -> list[str]:
    known = set()
    for plume in plumes:
        q = plume.quantification
        for rate in (q.rate, q.rate_csf, q.rate_ime, *(rate for _, rate in q.rate_by_wind)):
            if isinstance(rate, EmissionRate):
                known.add(rate.calibration_id)
    return sorted(known)


def _flat(recipe: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, str]]:
    """Nested options as ``("detection.threshold", "5.0")``."""
    for name, value in recipe.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", "none" if value is None else str(value)


def _data_uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("superemitter.publish", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
