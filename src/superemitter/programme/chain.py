"""A case's history: an append-only chain of events, each hashed over the one before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from superemitter.model.errors import InvalidValue

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened in a case. Made by :func:`next_event`, never changed, never removed.

    Attributes
    ----------
    case_id : str
    sequence : int
        0 for the first event of the case.
    kind : str
        ``"tip-received"``, ``"notification-received"``, ``"reviewed"``, ``"notified"``, ``"answered"``, ...
    at : datetime
        UTC.
    actor : str
        Who did it: a name or id, ``"system"``.
    payload : mapping
        Plain JSON types.
    previous : str
        Digest of the event before it; 64 zeros for the first.
    digest : str
        SHA-256 over everything above, as :func:`digest_of` writes it.
    """

    case_id: str
    sequence: int
    kind: str
    at: datetime
    actor: str
    payload: Mapping[str, Any]
    previous: str
    digest: str


def digest_of(
    *, case_id: str, sequence: int, kind: str, at: datetime, actor: str, payload: Mapping[str, Any], previous: str
) -> str:
    """SHA-256 of an event's canonical JSON: sorted keys, no spaces, UTF-8, UTC to the microsecond. Hexadecimal.

    Raises
    ------
    InvalidValue
        The time has no zone, or the payload holds what JSON cannot carry (NaN included).
    """
    if at.tzinfo is None:
        raise InvalidValue(f"the time of event {sequence} of case {case_id} has no time zone")
    content = {
        "actor": actor,
        "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
        "case_id": case_id,
        "kind": kind,
        "payload": payload,
        "previous": previous,
        "sequence": sequence,
    }
    try:
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidValue(f"event {sequence} of case {case_id} cannot be recorded: {error}") from error
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def next_event(
    chain: Sequence[Event], *, case_id: str, kind: str, at: datetime, actor: str, payload: Mapping[str, Any]
) -> Event:
    """The event that follows a chain (empty for a new case).

    Raises
    ------
    InvalidValue
        It would be of another case, lie before the last event, or cannot be recorded.
    """
    last = chain[-1] if chain else None
    if last is not None and last.case_id != case_id:
        raise InvalidValue(f"an event of case {case_id} cannot follow one of case {last.case_id}")
    if last is not None and at.tzinfo is not None and at < last.at:
        raise InvalidValue(f"an event of {at.isoformat()} cannot follow one of {last.at.isoformat()}")
    sequence = len(chain)
    previous = GENESIS if last is None else last.digest
    digest = digest_of(
        case_id=case_id, sequence=sequence, kind=kind, at=at, actor=actor, payload=payload, previous=previous
    )
    return Event(
        case_id=case_id,
        sequence=sequence,
        kind=kind,
        at=at.astimezone(UTC),
        actor=actor,
        payload=dict(payload),
        previous=previous,
        digest=digest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where a chain does not hold: the event's sequence number and what is wrong with it."""

    sequence: int
    reason: str


def first_break(chain: Sequence[Event]) -> Break | None:
    """The first event that does not fit its digest, its number or its predecessor; None if the chain holds."""
    previous = GENESIS
    for sequence, event in enumerate(chain):
        if event.sequence != sequence:
            return Break(sequence=sequence, reason=f"event {sequence} is missing or doubled")
        if event.previous != previous:
            return Break(sequence=sequence, reason=f"event {sequence} does not follow the event before it")
        expected = digest_of(
            case_id=event.case_id,
            sequence=event.sequence,
            kind=event.kind,
            at=event.at,
            actor=event.actor,
            payload=event.payload,
            previous=event.previous,
        )
        if event.digest != expected:
            return Break(
                sequence=sequence, reason=f"event {sequence} ({event.kind}) was changed after it was recorded"
            )
        previous = event.digest
    return None
