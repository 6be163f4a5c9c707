"""Every case as it stands, folded once and kept until something can change it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Final

from superemitter.pipeline.cases import case_as_of
from superemitter.programme.case import Case
from superemitter.programme.chain import Event
from superemitter.register import Register, chain, chain_lengths, chains, count_events

#: A folded case is never kept longer than this, whatever its rule says.
_LONGEST: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A case with its events, folded at one moment, good until another."""

    case: Case
    events: tuple[Event, ...]
    since: datetime
    until: datetime


_NEVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Entries:
    """All cases at one moment, newest first, good until another."""

    cases: tuple[Entry, ...] = ()
    since: datetime = _NEVER
    until: datetime = _NEVER

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.cases)

    @cached_property
    def by_id(self) -> dict[str, Entry]:
        """The cases by their id."""
        return {one.case.case_id: one for one in self.cases}


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
        self._events = 0
        self._all = Entries()

    def entries(self, now: datetime) -> Entries:
        """Every case that was opened by now, newest first."""
        with self._lock:
            self._read()
            if not self._all.since <= now < self._all.until:
                self._all = self._gather(now)
            return self._all

    def _read(self) -> None:
        """Read the events that were appended; nothing is ever taken away, so that their number tells."""
        count = count_events(self._register)
        if count == self._events:
            return
        if not self._chains:
            self._chains = chains(self._register)
        for case_id, length in chain_lengths(self._register).items():
            if len(self._chains.get(case_id, ())) != length:
                self._chains[case_id] = chain(self._register, case_id)
        self._events = count
        self._all = Entries()

    def _gather(self, now: datetime) -> Entries:
        """All cases at a moment, and how long they stay as they are."""
        found = [entry for case_id in self._chains if (entry := self._entry(case_id, now))]
        found.sort(key=lambda one: (one.case.opened_at, one.case.case_id), reverse=True)
        later = [events[0].at for events in self._chains.values() if events and events[0].at > now]
        return Entries(
            cases=tuple(found),
            since=max((one.since for one in found), default=now),
            until=min([now + _LONGEST, *later, *(one.until for one in found)]),
        )

    def entry(self, case_id: str, now: datetime) -> Entry | None:
        """One case; None if there is none, or it was opened later."""
        return self.entries(now).by_id.get(case_id)

    def _entry(self, case_id: str, now: datetime) -> Entry | None:
        events = self._chains[case_id]
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
    today, zone = case.text.day_of(now), case.text.time_zone
    changes += [datetime.combine(day, time(0), zone).astimezone(UTC) for day in (today, today + timedelta(days=1))]
    changes.append(now + _LONGEST)
    until = min(moment for moment in changes if moment > now)
    passed = [moment for moment in changes if moment <= now]
    return Entry(case=case, events=tuple(events), since=max(passed, default=now), until=until)
