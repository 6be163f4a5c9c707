"""Charts as SVG within a page: no script, no style, units on every axis, a text for those who hear it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from markupsafe import Markup, escape

from superemitter.pipeline.ledger.views import PassView, PlumeRow
from superemitter.web.i18n import Speaker

_WIDTH: Final = 640
_LEFT: Final = 190
_ROW: Final = 26


def bars(title: str, rows: Sequence[tuple[str, float, str]], unit: str) -> Markup:
    """Horizontal bars: a name, a value of 0 or more, and the value in words; `unit` stands below the axis."""
    if not rows:
        return Markup("")
    most = max(value for _, value, _ in rows) or 1.0
    wide = _WIDTH - _LEFT - 90
    high = len(rows) * _ROW + 34
    parts = []
    for k, (name, value, words) in enumerate(rows):
        y, length = 4 + k * _ROW, wide * value / most
        parts.append(
            f'<text x="{_LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="bar" x="{_LEFT}" y="{y + 2}" width="{max(length, 1):.1f}" height="{_ROW - 8}"/>'
            f'<text x="{_LEFT + length + 6:.1f}" y="{y + 15}">{escape(words)}</text>'
        )
    base = 4 + len(rows) * _ROW
    parts.append(f'<line class="axis" x1="{_LEFT}" y1="4" x2="{_LEFT}" y2="{base}"/>')
    parts.append(f'<text class="unit" x="{_LEFT}" y="{base + 20}">{escape(unit)}</text>')
    said = "; ".join(f"{name}: {words}" for name, _, words in rows)
    return _svg(title, said, high, parts)


def history(
    say: Speaker, title: str, plumes: Sequence[PlumeRow], passes: Sequence[PassView], words: Mapping[str, str]
) -> Markup:
    """Rates of a source over time with their 68 % intervals, and the looks that found nothing.

    A filled mark is a rate; a hollow one below the axis is a look without a plume.
    """
    rated = [one for one in plumes if one.rate_kg_h is not None]
    nothing = [one for one in passes if not one.detected]
    moments = [one.time for one in rated] + [one.time for one in nothing]
    if not moments:
        return Markup("")
    most = max((one.rate_high_kg_h or one.rate_kg_h or 0.0 for one in rated), default=1.0) or 1.0
    first, last = min(moments), max(moments)
    span = (last - first).total_seconds() or 1.0
    left, right, top, base = 80, _WIDTH - 20, 14, 190

    def x(moment: datetime) -> float:
        return left + (right - left) * ((moment - first).total_seconds() / span if last > first else 0.5)

    def y(rate: float) -> float:
        return base - (base - top) * rate / most

    parts = [f'<line class="axis" x1="{left}" y1="{base}" x2="{right}" y2="{base}"/>']
    for share in (0.0, 0.5, 1.0):
        label = escape(say.number(most * share, 2) if share else "0")
        parts.append(
            f'<line class="grid" x1="{left}" y1="{y(most * share):.1f}" x2="{right}" y2="{y(most * share):.1f}"/>'
        )
        parts.append(f'<text x="{left - 8}" y="{y(most * share) + 4:.1f}" text-anchor="end">{label}</text>')
    parts.append(f'<text class="unit" x="4" y="{top - 2}">kg/h</text>')
    for one in rated:
        assert one.rate_kg_h is not None
        if one.rate_low_kg_h is not None and one.rate_high_kg_h is not None:
            at, low, high = (f"{one:.1f}" for one in (x(one.time), y(one.rate_low_kg_h), y(one.rate_high_kg_h)))
            parts.append(f'<line class="range" x1="{at}" y1="{low}" x2="{at}" y2="{high}"/>')
        parts.append(f'<circle class="mark" cx="{x(one.time):.1f}" cy="{y(one.rate_kg_h):.1f}" r="4.5"/>')
    parts += [f'<circle class="hollow" cx="{x(one.time):.1f}" cy="{base + 14}" r="4"/>' for one in nothing]
    parts.append(f'<text x="{left}" y="{base + 42}">{escape(say.day(first))}</text>')
    if last > first:
        parts.append(f'<text x="{right}" y="{base + 42}" text-anchor="end">{escape(say.day(last))}</text>')
    said = f"{words['rates']}: {len(rated)}; {words['nothing']}: {len(nothing)}"
    return _svg(title, said, base + 54, parts)


def _svg(title: str, said: str, high: float, parts: Sequence[str]) -> Markup:
    head = (
        f'<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {high:.0f}" role="img" '
        f'aria-label="{escape(title)}. {escape(said)}">'
    )
    return Markup(head + "".join(parts) + "</svg>")  # noqa: S704 - every text in it is escaped above


def record(
    say: Speaker,
    title: str,
    years: Sequence[int],
    values: Sequence[float],
    unit: str,
    targets: Sequence[tuple[int, float]],
) -> Markup:
    """A yearly record as a line, and targets as hollow marks; the axis begins at 0 or at the lowest value."""
    last = max([*years, *(year for year, _ in targets)])
    first, low = years[0], min([0.0, *values, *(value for _, value in targets)])
    most = max([*values, *(value for _, value in targets)]) or 1.0
    left, right, top, base = 90, _WIDTH - 20, 20, 220

    def x(year: float) -> float:
        return left + (right - left) * (year - first) / max(1, last - first)

    def y(value: float) -> float:
        return base - (base - top) * (value - low) / (most - low)

    parts = [f'<text class="unit" x="4" y="{top - 6}">{escape(unit)}</text>']
    for share in (0.0, 0.5, 1.0):
        at, label = y(low + share * (most - low)), escape(say.number(low + share * (most - low), 2))
        parts.append(f'<line class="grid" x1="{left}" y1="{at:.1f}" x2="{right}" y2="{at:.1f}"/>')
        parts.append(f'<text x="{left - 8}" y="{at + 4:.1f}" text-anchor="end">{label}</text>')
    line = " ".join(f"{x(year):.1f},{y(value):.1f}" for year, value in zip(years, values, strict=True))
    parts.append(f'<polyline class="line" points="{line}"/>')
    parts += [f'<circle class="hollow" cx="{x(year):.1f}" cy="{y(value):.1f}" r="5"/>' for year, value in targets]
    parts.append(f'<text x="{left}" y="{base + 24}">{first}</text>')
    parts.append(f'<text x="{right}" y="{base + 24}" text-anchor="end">{last}</text>')
    said = f"{years[-1]}: {say.number(values[-1])} {unit}"
    return _svg(title, said, base + 36, parts)
