"""Statements of the methane fee on paper: what the page shows, law after law."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Final

from superemitter.account.fee import FeeStatement, PartyStatement, Step, money, plain
from superemitter.model.passport import TAGS, Passport
from superemitter.publish.notice.embedding import IdentityProducer
from superemitter.publish.notice.sheet import ACCENT, CAUTION, SMALL, WARNING, Running, Sheet

_WIDTHS: Final = (38.0, 40.0, 40.0, 24.0, 32.0)
_HEAD: Final = ("step", "equation", "with numbers", "result", "by")


def fee_pdf(statements: Sequence[FeeStatement], notice: str) -> bytes:
    """The statements as PDF, dated by the law's day; equal contents give equal bytes.

    Parameters
    ----------
    statements : sequence of FeeStatement
        One for each law.
    notice : str
        What the fee is not; stands at the top.
    """
    draft = _laid_out(statements, notice, 0)
    draft.close()
    sheet = _laid_out(statements, notice, draft.page_no())
    try:
        return bytes(sheet.output(output_producer_class=IdentityProducer))
    finally:
        sheet.close()


def _laid_out(statements: Sequence[FeeStatement], notice: str, total: int) -> Sheet:
    first = statements[0]
    title = f"Methane fee, emissions of {first.year}"
    historical = any(statement.rules.ended_by is not None for statement in statements)
    banners = (("HISTORICAL LAW is among these: nothing is owed under it", WARNING),) if historical else ()
    sheet = Sheet(
        Running(
            left=title,
            right=", ".join(statement.rules.id for statement in statements),
            page="{page} / {pages}",
            foot="superemitter",
            banners=banners,
        ),
        pages=total,
        title=title,
        language="en",
        at=datetime.combine(max(statement.as_of for statement in statements), time(), UTC),
    )
    sheet.title_block("US waste emissions charge", title)
    sheet.boxed(notice)
    sheet.heading("The answer, law by law")
    for statement in statements:
        sheet.pairs([(statement.rules.id, f"{money(statement.total_usd)}. {statement.law_applied}")])
    sheet.heading("When the law changed")
    sheet.pairs([(change.on.isoformat(), f"{change.en} ({_source(change.passport)})") for change in first.changes])
    for statement in statements:
        _law(sheet, statement)
    return sheet


def _law(sheet: Sheet, statement: FeeStatement) -> None:
    sheet.add_page()
    sheet.title_block(statement.rules.title_zh, f"{statement.rules.title_en}: {money(statement.total_usd)}")
    for banner in statement.banners:
        sheet.boxed(banner, colour=CAUTION)
    sheet.paragraph(statement.law_applied)
    for party in statement.parties:
        _party(sheet, party)
    if statement.unverified:
        sheet.heading("Not read in the primary text, or not in it")
        sheet.pairs([(name, _source(passport)) for name, passport in statement.unverified])


def _party(sheet: Sheet, party: PartyStatement) -> None:
    sheet.heading(f"Party: {party.party}", keep=40.0)
    sheet.paragraph("; ".join(f"{owner}: {plain(part)} t CH4" for owner, part in party.owners))
    _equations(sheet, party.steps)
    for facility in party.facilities:
        name = f", {facility.facility_name}" if facility.facility_name else ""
        sheet.heading(f"Facility {facility.facility_id}{name}", keep=40.0)
        netted = (
            "left out of the netting" if facility.netted_t is None else f"{plain(facility.netted_t)} t CH4 netted"
        )
        sheet.paragraph(f"Owner: {facility.owner}. {facility.verdict}; {netted}.", colour=ACCENT)
        for note in facility.notes:
            sheet.boxed(note)
        _equations(sheet, facility.steps)


def _equations(sheet: Sheet, steps: Sequence[Step]) -> None:
    rows = [(step.what, step.equation, step.numbers, step.result, _source(step.passport)) for step in steps]
    sheet.rows(_HEAD, rows, _WIDTHS, align="lllrl", muted=(4,), size=SMALL)


def _source(passport: Passport) -> str:
    return passport.citation if passport.verified else f"{passport.citation} ({TAGS[passport.tag]})"
