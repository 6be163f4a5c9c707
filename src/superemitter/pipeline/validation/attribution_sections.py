"""The validation page: whose the leaks are."""

from __future__ import annotations

from superemitter.pipeline.validation.attribution import AttributionResult, AttributionSummary
from superemitter.pipeline.validation.listed_places import (
    ELSEWHERE_M,
    LISTING_SIGMA_M,
    NEIGHBOUR_M,
    ROUGH_SHARE,
    ROUGH_SIGMA_M,
    SAME_PLACE_M,
    UNLISTED_SHARE,
)
from superemitter.pipeline.validation.sections import figure_row
from superemitter.publish.validation import Section, reliability_png

_HEAD = ("stated", "observed", "answers")


def attribution_sections(result: AttributionResult, summary: AttributionSummary) -> list[Section]:
    """First answers, Brier score and reliability of the attribution."""
    test = result.test
    about = (
        f"{summary.scenes} simulated scenes of {test.shape[0]} x {test.shape[1]} pixels (seeds {test.first_seed} "
        f"to {test.seeds[-1]}) at real places of facility lists; {summary.leaks} leaks of "
        f"{test.rates_kg_h[0]:,.0f} to {test.rates_kg_h[1]:,.0f} kg/h, {summary.found} found. A leak lies inside "
        f"its facility's own radius and is listed with an error of {LISTING_SIGMA_M:.0f} m each way "
        f"({ROUGH_SIGMA_M:.0f} m for {ROUGH_SHARE:.0%} of them). {UNLISTED_SHARE:.0%} come from no listed place: "
        f"half of these were taken from the list, half lie within {ELSEWHERE_M / 1000:g} km of a place that stays "
        f"listed. Entries within {SAME_PLACE_M:.0f} m of the emitter's are one place; another within "
        f"{NEIGHBOUR_M / 1000:g} km is a neighbour. The Brier score adds the squared differences over all "
        "candidates and none: 0 is perfect, 2 is surely wrong."
    )
    return [
        Section(
            title="attribution: first answers and scores",
            text=about,
            head=("figure", "value", "n"),
            rows=tuple(figure_row(name, figure) for name, figure in summary.figures.items()),
        ),
        _reliability_section("attribution: probability of the first answer, whichever it is", summary.first),
        _reliability_section('attribution: probability of "none of these"', summary.none),
        _reliability_section("attribution: every stated probability", summary.every),
    ]


def _reliability_section(title: str, rows: list[tuple[float, float, int]]) -> Section:
    return Section(
        title=title,
        head=_HEAD,
        rows=tuple((f"{stated:.2f}", f"{observed:.2f}", str(count)) for stated, observed, count in rows),
        picture=reliability_png(rows),
        caption="How often the answer was right, against its stated probability.",
    )
