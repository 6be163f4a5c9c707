"""The validation page: figures in words and tables."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from superemitter.pipeline.validation.blind import BlindResult
from superemitter.pipeline.validation.field import FieldEstimate, field_figures
from superemitter.pipeline.validation.real_radiance import RealResult
from superemitter.pipeline.validation.scores import Figure
from superemitter.pipeline.validation.summary import BlindSummary
from superemitter.publish.validation import Section, recall_png, reliability_png, scatter_png

_FIELD_HEAD = (
    *("estimates", "n", "mean bias", "median |error|", "within 20 %", "within 50 %"),
    *("log sigma", "stated interval holds", "of 1-sigma intervals"),
)
_PERCENT = ("error", "holds", "within", "found", "recall", "mass")


def blind_sections(result: BlindResult, summary: BlindSummary, about: str = "") -> list[Section]:
    """Detection, rates and the legal threshold of one blind test, introduced by `about` or by its own terms."""
    test = result.test
    about = about or (
        f"{summary.scenes} scenes of {test.shape[0]} x {test.shape[1]} pixels (seeds {test.first_seed} to "
        f"{test.seeds[-1]}, {summary.granules:.1f} EMIT granules' worth of pixels), {summary.leaks} leaks of "
        f"{test.rates_kg_h[0]:,.0f} to {test.rates_kg_h[1]:,.0f} kg/h in winds of {test.winds_m_s[0]:g} to "
        f"{test.winds_m_s[1]:g} m/s; {summary.found} found. In brackets: 90 % interval by bootstrap over scenes."
    )
    sections = [
        Section(
            title=f"{summary.name}: leaks, pixels, mass",
            text=about,
            head=("figure", "value", "n"),
            rows=tuple(figure_row(name, figure) for name, figure in summary.figures.items()),
        )
    ]
    if summary.leaks:
        sections.append(_recall_section(summary))
    if summary.exact:
        sections += [
            _rates_section(f"{summary.name}: rates, exact carrying wind", summary.exact),
            _rates_section(f"{summary.name}: rates, wind drawn with its stated sigma", summary.told),
            _bias_section(result, summary),
            _threshold_section(summary),
        ]
    return sections


def real_radiance_sections(real: RealResult, summary: BlindSummary) -> list[Section]:
    """The blind test in a real scene: the same figures, with what the scene shows without a leak."""
    test = real.result.test
    own = f"{min(real.own_plumes)} to {max(real.own_plumes)} plumes" if any(real.own_plumes) else "no plume"
    about = (
        f"REAL radiance, {real.scene_id}: {test.shape[0]} x {test.shape[1]} pixels, filter noise "
        f"{real.noise_ppm_m:.0f} ppm m. {summary.leaks} simulated leaks, one at a time (seeds {test.first_seed} "
        f"to {test.seeds[-1]}), of {test.rates_kg_h[0]:,.0f} to {test.rates_kg_h[1]:,.0f} kg/h in winds of "
        f"{test.winds_m_s[0]:g} to {test.winds_m_s[1]:g} m/s; {summary.found} found. Without a leak the scan "
        f"finds {own} in it, depending on the wind it is told; what it finds there again does not count as false. "
        "In brackets: 90 % interval by bootstrap over leaks. "
        "Ground, noise and artefacts are real; leak and retrieval still share the absorption table."
    )
    return blind_sections(real.result, summary, about)


def figure_row(name: str, figure: Figure) -> tuple[str, str, str]:
    """A figure as a row of a table: name, value with its interval, cases."""
    return name, figure_text(name, figure), str(figure.count)


def figure_text(name: str, figure: Figure) -> str:
    """A figure with its interval, as a share of a hundred where it is one."""
    values = (figure.value, figure.low, figure.high)
    if "ppm m]" not in name and "per granule" not in name and any(word in name for word in _PERCENT):
        value, low, high = (f"{100.0 * v:.1f}" for v in values)
        return f"{value} % ({low} - {high})"
    value, low, high = (f"{v:.0f}" if abs(v) >= 100 else f"{v:.2f}" for v in values)
    return f"{value} ({low} - {high})"


def _recall_section(summary: BlindSummary) -> Section:
    rows = tuple(
        (_range(b.low, b.high), str(b.leaks), str(b.found), f"{b.found / b.leaks:.0%}" if b.leaks else "")
        for b in summary.recall
    )
    places = [
        (math.sqrt((b.low or 0.5 * b.high) * min(b.high, 4.0 * b.low or b.high)), b.leaks, b.found)
        for b in summary.recall
    ]
    return Section(
        title=f"{summary.name}: isolated leaks found",
        head=("rate over wind [kg/h per m/s]", "leaks", "found", "share"),
        rows=rows,
        picture=recall_png(places, "Rate over 10 m wind [kg/h per m/s]"),
        caption="Share of isolated leaks that are found against rate over wind; bars are 1-sigma binomial errors.",
    )


def _rates_section(title: str, groups: dict[str, dict[str, Figure]]) -> Section:
    names = list(next(iter(groups.values())))
    rows = tuple(
        (group, str(next(iter(figures.values())).count), *(figure_text(name, figures[name]) for name in names))
        for group, figures in groups.items()
    )
    return Section(title=title, head=("leaks", "n", *names), rows=rows)


def _bias_section(result: BlindResult, summary: BlindSummary) -> Section:
    rated = [r for r in result.rows if r.true_kg_h and r.plume is not None and r.plume["rate_kg_h"] is not None]
    columns: list[list[float]] = [
        [float(row.plume[name]) for row in rated if row.plume is not None]
        for name in ("rate_kg_h", "rate_low_kg_h", "rate_high_kg_h")
    ]
    rows = [("true", *_bias_row(entry)) for entry in summary.by_true]
    rows += [("reported", *_bias_row(entry)) for entry in summary.by_reported]
    return Section(
        title=f"{summary.name}: bias by true and by reported rate",
        text="Of the smallest leaks only those are found that look large: that lifts their median ratio.",
        head=("by", "rate [kg/h]", "n", "median of rate / truth"),
        rows=tuple(rows),
        picture=scatter_png([float(row.true_kg_h or 0.0) for row in rated], *columns),
        caption="Reported against true rate, told wind, with 68 % intervals.",
    )


def _bias_row(entry: tuple[float, float, int, float]) -> tuple[str, str, str]:
    low, high, count, ratio = entry
    return _range(low, high), str(count), f"{ratio:.2f}"


def _threshold_section(summary: BlindSummary) -> Section:
    score = "" if summary.threshold_brier is None else f" Brier score {summary.threshold_brier:.3f}."
    return Section(
        title=f"{summary.name}: probability that a leak is 100 kg/h or more",
        text=f"A false plume counts as one below the threshold.{score}",
        head=("stated", "observed", "plumes"),
        rows=tuple((f"{p:.2f}", f"{f:.2f}", str(n)) for p, f, n in summary.threshold),
        picture=reliability_png(summary.threshold),
        caption="Observed share of leaks of 100 kg/h and more against the stated probability.",
    )


def field_section(estimates: Sequence[FieldEstimate]) -> Section:
    """The published field test, team by team, for comparison."""
    rows = []
    for stage in (1, 2):
        group = [e for e in estimates if e.stage == stage]
        rows.append(_field_row(f"stage {stage}: all", group))
        teams = sorted({e.team for e in group})
        rows += [_field_row(f"stage {stage}: {team}", [e for e in group if e.team == team]) for team in teams]
    return Section(
        title="Published field test of satellites (real releases, other teams)",
        text="Single-blind releases of Sherwin et al. 2023, recomputed against the mean rate of 300 s; stage 1 is "
        "fully blind, at stage 2 the wind was known. Our simulated figures are not of the same difficulty: "
        "there leak and retrieval share the absorption table, the straight path of light and the steady release.",
        head=_FIELD_HEAD,
        rows=tuple(rows),
    )


def _field_row(name: str, group: Iterable[FieldEstimate]) -> tuple[str, ...]:
    figures = field_figures(group)
    one_sigma = "none" if figures.coverage_one_sigma is None else f"{figures.coverage_one_sigma:.0%}"
    return (
        name,
        str(figures.count),
        f"{figures.mean_bias:+.1%}",
        f"{figures.median_absolute_error:.1%}",
        f"{figures.within_20:.0%}",
        f"{figures.within_50:.0%}",
        f"{figures.log_sigma:.2f}",
        f"{figures.coverage:.0%}",
        one_sigma,
    )


def _range(low: float, high: float) -> str:
    return f"{low:,.0f} and more" if math.isinf(high) else f"{low:,.0f} - {high:,.0f}"
