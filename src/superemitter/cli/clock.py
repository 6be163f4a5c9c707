"""The only place of the command line that asks what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def given(text: str | None) -> datetime | None:
    """A time that the user gave, or None; a bare date is its last second, UTC, but never later than now.

    Raises
    ------
    UsageError
        It is no time with a zone.
    """
    from superemitter.pipeline.cases import moment_of

    return None if text is None else min(moment_of(text), max(now(), moment_of(text, end_of_day=False)))
