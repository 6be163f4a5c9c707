"""What feeds say of a happening, in one language."""

from __future__ import annotations

from superemitter.pipeline.ledger.views import CaseRow, Happening, PlumeRow
from superemitter.publish.feeds import FeedEntry, tag_address
from superemitter.web.i18n import Speaker
from superemitter.web.terms import term

Facts = tuple[tuple[str, str], ...]


def entry(one: Happening, say: Speaker, server: str, host: str, reason: str) -> FeedEntry:
    """A happening as an entry of a feed.

    Parameters
    ----------
    one : Happening
    say : Speaker
    server, host : str
        ``"https://example.org"`` and ``"example.org"``.
    reason : str
        Why a plume was withdrawn, if that may be told.
    """
    address = tag_address(host, f"{say.language}/{one.id}")
    if one.plume is not None:
        title, paragraphs, facts = _plume(one.kind, one.plume, say, reason)
        url, simulated = f"{server}/{say.language}/plumes/{one.plume.observation_id}", one.plume.simulated
    else:
        assert one.case is not None
        title, paragraphs, facts = _case(one, one.case, say)
        url, simulated = f"{server}/{say.language}/cases/{one.case.case_id}", one.case.simulated
    if simulated:
        title = say("SIMULATED") + say.colon + title
        paragraphs = (say("SIMULATED DATA: nothing of this was observed."), *paragraphs)
    return FeedEntry(
        id=address,
        title=title,
        url=url,
        published=one.at,
        updated=one.updated,
        paragraphs=paragraphs,
        facts=facts,
        categories=(one.kind,),
    )


def _plume(kind: str, row: PlumeRow, say: Speaker, reason: str) -> tuple[str, tuple[str, ...], Facts]:
    seen = f"{_rate(row, say)}, {row.instrument}, {say.time(row.time)}"
    if kind == "plume-withdrawn":
        why = (say("Why") + say.colon + reason,) if reason else ()
        said = say("This plume was withdrawn: it counts no more in any list or sum.")
        return say("Withdrawn") + say.colon + seen, (said, *why), _plume_facts(row, say)
    if kind == "plume-updated":
        said = say(
            "This plume was computed again: this is version %(n)s. Earlier versions are kept.", n=row.version
        )
        return say("Updated") + say.colon + seen, (said,), _plume_facts(row, say)
    return say("Plume") + say.colon + seen, (say("A plume of methane was seen."),), _plume_facts(row, say)


def _plume_facts(row: PlumeRow, say: Speaker) -> Facts:
    facts = [
        (say("Emission rate"), _rate(row, say)),
        (say("Instrument"), row.instrument),
        (say("Seen"), say.time(row.time)),
    ]
    if row.probability_ge_100_kg_h is not None:
        facts.append((say("Probability of 100 kg/h or more"), say.percent(row.probability_ge_100_kg_h)))
    if row.longitude is not None and row.latitude is not None:
        facts.append((say("Place"), say.place(row.longitude, row.latitude)))
    named = (
        (say("Country"), row.country),
        (say("Sector"), None if row.sector is None else term(say, "sector", row.sector)),
        (say("Catalogue"), row.catalogue),
        (say("Cases"), ", ".join(row.cases)),
    )
    return (*facts, *((label, value) for label, value in named if value), (say("Review"), _review(row, say)))


def _review(row: PlumeRow, say: Speaker) -> str:
    if row.review == "none":
        return say("not reviewed by a person")
    return term(say, "decision", row.review)


def _case(one: Happening, row: CaseRow, say: Speaker) -> tuple[str, tuple[str, ...], Facts]:
    paragraphs = []
    reason = None if one.entry is None else one.entry.details.get("reason")
    if isinstance(reason, str) and reason:
        paragraphs.append(say("Why") + say.colon + reason)
    if not row.verified:
        paragraphs.append(say("The text of the rule was not checked against its primary source."))
    facts = [
        (say("Case"), row.case_id),
        (say("State"), term(say, "state", row.state)),
        (say("Programme"), row.programme.get(say.language) or row.programme_id),
        (say("Rule"), row.citation),
    ]
    if one.entry is not None:
        facts.append((say("Happened"), say.time(one.entry.occurred_at)))
    if row.rate_kg_h is not None:
        facts.append((say("Emission rate"), _rate(row, say)))
    if row.longitude is not None and row.latitude is not None:
        facts.append((say("Place"), say.place(row.longitude, row.latitude)))
    if row.operator:
        facts.append((say("Operator"), row.operator))
    clock = row.next_clock
    if clock is not None and clock.due_at is not None:
        duty = clock.title.get(say.language) or clock.duty
        facts.append((say("Next duty"), f"{duty}{say.colon}{say.time(clock.due_at)}"))
    return term(say, "event", one.kind) + say.colon + row.case_id, tuple(paragraphs), tuple(facts)


def _rate(row: PlumeRow | CaseRow, say: Speaker) -> str:
    if row.rate_kg_h is None:
        return say("rate not known")
    return say.rate_with_bounds(row.rate_kg_h, row.rate_low_kg_h, row.rate_high_kg_h)
