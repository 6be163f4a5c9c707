"""One plume as a flat record: the properties of ``plumes.geojson``, the row of ``plumes.csv``."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from superemitter.model import Attribution, CannotSay, EmissionRate, PlumeResult, SceneResult, Wind
from superemitter.model.flags import Flag

GAS: Final = "CH4"

#: Sources of uncertainty that have a column of their own; see :class:`superemitter.model.rate.EmissionRate`.
COMPONENTS: Final = ("wind", "wind_step", "mask", "division", "noise", "background", "unit", "calibration")

#: Wind speeds that have columns of their own where no wind is known. [m s-1]
WIND_TABLE_M_S: Final = (2, 4, 6, 8)

#: Flags that make a rate a cautious one: mass may be missing, or an assumption of the method is strained.
CAUTION_FLAGS: Final = frozenset(
    {
        Flag.BORDER,
        Flag.MASKED_NEIGHBOUR,
        Flag.SATURATED,
        Flag.WATER,
        Flag.AGAINST_WIND,
        Flag.STRONG,
        Flag.SHARED_MASS,
        Flag.SEVERAL_SOURCES,
        Flag.SMALL,
        Flag.LOW_WIND,
        Flag.CALIBRATION_BORROWED,
    }
)


def plume_record(result: SceneResult, plume: PlumeResult) -> dict[str, object]:
    """Everything that is published about one plume, as plain types in a fixed order.

    What cannot be said is None, never NaN or 0. Numbers are not rounded. The names and their units are listed in
    ``docs/reference/output-files.md``.

    Parameters
    ----------
    result : SceneResult
        The scene the plume was found in.
    plume : PlumeResult

    Returns
    -------
    dict
        Strings, floats, booleans, None; ``flags`` is a list of strings, ``rate_by_wind`` and ``candidates`` are
        lists of dicts.
    """
    found = plume.plume
    return {
        "plume_id": found.plume_id,
        "scene_id": result.enhancement.scene_id,
        "instrument": result.enhancement.instrument.name,
        "datetime": utc_text(result.enhancement.time),
        "gas": GAS,
        "source_longitude": _number(found.source_longitude),
        "source_latitude": _number(found.source_latitude),
        "source_sigma_m": _number(found.source_sigma_m),
        **_rate(plume.quantification.rate),
        "rate_csf_kg_h": _rate_value(plume.quantification.rate_csf, "rate_kg_h"),
        **_provenance(plume),
        "ime_kg": _number(plume.quantification.ime_kg),
        "ime_sigma_kg": _number(plume.quantification.ime_sigma_kg),
        "area_m2": _number(found.area_m2),
        "length_m": _number(found.length_m),
        "max_enhancement_ppm_m": _number(found.max_enhancement_ppm_m),
        "detection_snr": _number(found.detection_snr),
        "detection_probability": _number(found.detection_probability),
        **_wind(plume.wind),
        "quality": quality(result, plume),
        "flags": [flag.value for flag in all_flags(result, plume)],
        **_attribution(plume.attribution),
        "simulated": bool(result.enhancement.simulated),
        "run_id": result.run_id,
        **_extras(result, plume),
    }


def all_flags(result: SceneResult, plume: PlumeResult) -> tuple[Flag, ...]:
    """Cautions of the plume together with those of its scene, sorted by name."""
    scene = result.enhancement.flags
    if result.enhancement.simulated:
        scene = scene | {Flag.SIMULATED}
    return tuple(sorted(scene | set(plume.flags)))


def quality(result: SceneResult, plume: PlumeResult) -> str:
    """How far the rate can be trusted: ``"good"``, ``"caution"`` or ``"poor"``.

    *poor*: there is no rate, or the plume is more likely false than real (detection probability below 0.5).
    *caution*: one of :data:`CAUTION_FLAGS`. *good*: everything else.
    """
    if isinstance(plume.quantification.rate, CannotSay) or plume.plume.detection_probability < 0.5:
        return "poor"
    return "caution" if CAUTION_FLAGS & set(all_flags(result, plume)) else "good"


def utc_text(time: datetime) -> str:
    """A time with zone as ISO 8601 in UTC, ending in Z."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def csv_columns() -> list[str]:
    """The columns of ``plumes.csv``, in order; the same for every file."""
    return [*_FLAT_NAMES, *(name for speed in WIND_TABLE_M_S for name in _wind_table_names(speed))]


def csv_row(record: dict[str, object]) -> dict[str, object]:
    """A :func:`plume_record` without nested values: flags joined by ``;``, a column per wind speed."""
    row: dict[str, object] = {name: record[name] for name in _FLAT_NAMES}
    row["flags"] = ";".join(_strings(record["flags"]))
    table = record["rate_by_wind"]
    assert isinstance(table, list)
    by_speed = {entry["wind_speed_m_s"]: entry for entry in table}
    for speed in WIND_TABLE_M_S:
        entry = by_speed.get(float(speed), {})
        keys = ("rate_kg_h", "low_kg_h", "high_kg_h")
        row.update(zip(_wind_table_names(speed), (entry.get(key) for key in keys), strict=True))
    return row


def _wind_table_names(speed: int) -> tuple[str, str, str]:
    end = f"at_{speed}_m_s_kg_h"
    return f"rate_{end}", f"rate_low_{end}", f"rate_high_{end}"


_ENDS: Final = (("", "rate"), ("low_", "low"), ("high_", "high"))

_RATE_NAMES = {
    "rate_kg_h": "rate_kg_h",
    "rate_low_kg_h": "low_kg_h",
    "rate_high_kg_h": "high_kg_h",
    "rate_low95_kg_h": "low95_kg_h",
    "rate_high95_kg_h": "high95_kg_h",
    "probability_ge_100_kg_h": "probability_ge_100_kg_h",
}


def _rate(rate: EmissionRate | CannotSay) -> dict[str, object]:
    return {name: _rate_value(rate, attribute) for name, attribute in _RATE_NAMES.items()}


def _rate_value(rate: EmissionRate | CannotSay | None, attribute: str) -> float | None:
    return _number(getattr(rate, attribute)) if isinstance(rate, EmissionRate) else None


def _provenance(plume: PlumeResult) -> dict[str, object]:
    """Method and calibration of the rate, or of the table of rates where there is no single one."""
    quantification = plume.quantification
    known = [quantification.rate, *(rate for _, rate in quantification.rate_by_wind)]
    for rate in known:
        if isinstance(rate, EmissionRate):
            return {"method": rate.method, "calibration_id": rate.calibration_id}
    return {"method": None, "calibration_id": None}


def _wind(wind: Wind | CannotSay) -> dict[str, object]:
    known = wind if isinstance(wind, Wind) else None
    return {
        "wind_speed_m_s": _number(known.speed_m_s) if known else None,
        "wind_speed_sigma_m_s": _number(known.speed_sigma_m_s) if known else None,
        "wind_from_deg": _number(known.from_deg) if known else None,
        "wind_height_m": _number(known.height_m) if known else None,
        "wind_source": known.source if known else None,
    }


def _wind_at(wind: Wind | CannotSay) -> str | None:
    """Where the stated wind blows: at 10 m, or where it carries the plume."""
    if isinstance(wind, CannotSay):
        return None
    return "plume" if wind.carries_plume else "10m"


def _attribution(attribution: Attribution | None) -> dict[str, object]:
    best = attribution.best if attribution else None
    return {
        "facility_id": best.facility.facility_id if best else None,
        "facility_name": best.facility.name if best else None,
        "facility_probability": _number(best.probability) if best else None,
        "none_probability": _number(attribution.none_probability) if attribution else None,
    }


def _interval(method: str, rate: EmissionRate | CannotSay | None) -> dict[str, object]:
    return {f"rate_{method}_{end}kg_h": _rate_value(rate, f"{name}_kg_h") for end, name in _ENDS}


def _extras(result: SceneResult, plume: PlumeResult) -> dict[str, object]:
    quantification, found = plume.quantification, plume.plume
    rate, csf = quantification.rate, quantification.rate_csf
    shares = rate.components if isinstance(rate, EmissionRate) else {}
    names = (*COMPONENTS, *(name for name in shares if name not in COMPONENTS))
    return {
        "rate_reason": rate.reason if isinstance(rate, CannotSay) else None,
        "rate_csf_low_kg_h": _rate_value(csf, "low_kg_h"),
        "rate_csf_high_kg_h": _rate_value(csf, "high_kg_h"),
        "rate_csf_reason": csf.reason if isinstance(csf, CannotSay) else None,
        **_interval("fetch", quantification.rate_fetch),
        **_interval("ime", quantification.rate_ime),
        "methods_high_over_low": quantification.disagreement,
        "wind_at": _wind_at(plume.wind),
        "retrieval": result.enhancement.method,
        "axis_deg": _number(found.axis_deg),
        "pixel_count": int(found.mask.sum()),
        "spectral_match": None if found.spectral_match is None else _number(found.spectral_match),
        "mass_per_length_kg_m": _rate_value(rate, "mass_per_length_kg_m"),
        **{f"sigma_{name}_kg_h": _number(shares[name]) if name in shares else None for name in names},
        "rate_by_wind": [_wind_row(speed, known) for speed, known in quantification.rate_by_wind],
        "candidates": _candidates(plume.attribution),
    }


def _wind_row(speed: float, rate: EmissionRate) -> dict[str, object]:
    keys = ("rate_kg_h", "low_kg_h", "high_kg_h", "low95_kg_h", "high95_kg_h", "probability_ge_100_kg_h")
    return {"wind_speed_m_s": float(speed), **{key: _rate_value(rate, key) for key in keys}}


def _candidates(attribution: Attribution | None) -> list[dict[str, object]]:
    return [
        {
            "facility_id": candidate.facility.facility_id,
            "facility_name": candidate.facility.name,
            "kind": candidate.facility.kind,
            "operator": candidate.facility.operator,
            "longitude": _number(candidate.facility.longitude),
            "latitude": _number(candidate.facility.latitude),
            "probability": _number(candidate.probability),
            "distance_m": _number(candidate.distance_m),
        }
        for candidate in (attribution.candidates if attribution else ())
    ]


def _number(value: float) -> float | None:
    """A Python float, or None for what is not a finite number."""
    value = float(value)
    return value if math.isfinite(value) else None


def _strings(values: object) -> Iterable[str]:
    assert isinstance(values, list)
    return (str(value) for value in values)


_FLAT_NAMES: Final = (
    *("plume_id", "scene_id", "instrument", "datetime", "gas"),
    *("source_longitude", "source_latitude", "source_sigma_m"),
    *_RATE_NAMES,
    *("rate_csf_kg_h", "method", "calibration_id", "ime_kg", "ime_sigma_kg", "area_m2", "length_m"),
    *("max_enhancement_ppm_m", "detection_snr", "detection_probability"),
    *("wind_speed_m_s", "wind_speed_sigma_m_s", "wind_from_deg", "wind_height_m", "wind_source"),
    *("quality", "flags", "facility_id", "facility_name", "facility_probability", "none_probability"),
    *("simulated", "run_id"),
    *("rate_reason", "rate_csf_low_kg_h", "rate_csf_high_kg_h", "rate_csf_reason"),
    *("rate_fetch_kg_h", "rate_fetch_low_kg_h", "rate_fetch_high_kg_h", "methods_high_over_low", "wind_at"),
    *("rate_ime_kg_h", "rate_ime_low_kg_h", "rate_ime_high_kg_h"),
    *("retrieval", "axis_deg", "pixel_count", "spectral_match", "mass_per_length_kg_m"),
    *(f"sigma_{name}_kg_h" for name in COMPONENTS),
)
