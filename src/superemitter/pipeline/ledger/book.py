"""Every case as it stands, folded once and kept until something can change it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from superemitter.pipeline.cases import case_as_of
from superemitter.programme.case import Case
from superemitter.programme.chain import Event
from superemitter.register import Register, chain, chain_lengths

#: A folded case is never kept longer than this, whatever its rule says.
_LONGEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A case with its events, folded at one moment, good until another."""

    case: Case
    events: tuple[Event, ...]
    since: datetime
    until: datetime


class CaseBook:
    """The cases of a register; may be asked from several threads.

    A case changes when an event is appended, when a duty falls due, and when a day begins on which its rule lets
    it be published. In between, the same case is given again.
    """

    def __init__(self, register: Register) -> None:
        self._register = register
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._chains: dict[str, tuple[Event, ...]] = {}

    def entries(self, now: datetime) -> tuple[Entry, ...]:
        """Every case that was opened by now, newest first."""
        lengths = chain_lengths(self._register)
        with self._lock:
            found = [entry for case_id, count in lengths.items() if (entry := self._entry(case_id, count, now))]
        return tuple(sorted(found, key=lambda one: (one.case.opened_at, one.case.case_id), reverse=True))

    def entry(self, case_id: str, now: datetime) -> Entry | None:
        """One case; None if there is none, or it was opened later."""
        return next((one for one in self.entries(now) if one.case.case_id == case_id), None)

    def _entry(self, case_id: str, count: int, now: datetime) -> Entry | None:
        events = self._chains.get(case_id, ())
        if len(events) != count:
            events = self._chains[case_id] = chain(self._register, case_id)
        if not events or events[0].at > now:
            return None
        known = self._entries.get(case_id)
        if known is None or known.events is not events or not known.since <= now < known.until:
            known = self._entries[case_id] = _folded(events, now)
        return known


def _folded(events: Sequence[Event], now: datetime) -> Entry:
    case = case_as_of(events, now)
    # A duty is still in time at its last moment: the case is another one just after.
    changes = [clock.due_at + timedelta(microseconds=1) for clock in case.clocks if clock.due_at is not None]
    changes += [event.at for event in events]
    changes += [one.time for one in case.observations]
    tomorrow = case.text.day_of(now) + timedelta(days=1)
    changes += [datetime.combine(tomorrow, time(0), case.text.time_zone).astimezone(UTC), now + _LONGEST]
    until = min(moment for moment in changes if moment > now)
    passed = [moment for moment in changes if moment <= now]
    return Entry(case=case, events=tuple(events), since=max(passed, default=now), until=until)
