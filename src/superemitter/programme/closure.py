"""Closure seen from space: how probable it is that a leak has stopped, given what later passes saw."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from superemitter.model import CannotSay
from superemitter.model.errors import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One look at the source.

    Attributes
    ----------
    time : datetime
        With time zone.
    detected : bool
    probability_of_detection : float or CannotSay
        That a plume of the leak's size would have been seen, had it been emitting; only for a non-detection.
    scene_id : str
    """

    time: datetime
    detected: bool
    probability_of_detection: float | CannotSay
    scene_id: str = ""

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise InvalidValue(f"the pass of {self.scene_id or 'a scene'} at {self.time} has no time zone")
        seen = self.probability_of_detection
        if not isinstance(seen, CannotSay) and not 0.0 <= seen <= 1.0:
            raise InvalidValue(f"the probability of detection of {self.scene_id or 'a scene'} is {seen}")


@dataclass(frozen=True, slots=True, kw_only=True)
class IntermittencyPrior:
    """What is believed of a leak before anybody looks again.

    Attributes
    ----------
    emitting_fraction : float
        Share of the time that an active leak emits. Cautious (small) by default: an intermittent source is easily
        missed. Where a source's own persistence is known, use that.
    stopped : float
        Probability that it has been stopped, before looking.
    memory_hours : float
        How long an active leak remembers whether it was on: the correlation falls as exp(-t / memory). Passes much
        closer together than this say little more than one. [h]
    source : str
        Where the numbers come from; shown beside the result.
    """

    emitting_fraction: float = 0.25
    stopped: float = 0.5
    memory_hours: float = 24.0
    source: str = "convention of this project"

    def __post_init__(self) -> None:
        if not 0.0 < self.emitting_fraction <= 1.0:
            raise InvalidValue(f"the emitting fraction is {self.emitting_fraction}", hint="above 0, at most 1")
        if not 0.0 <= self.stopped <= 1.0:
            raise InvalidValue(f"the prior probability that the leak has stopped is {self.stopped}")
        if not self.memory_hours >= 0:
            raise InvalidValue(f"the memory is {self.memory_hours} h")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureEvidence:
    """What the passes since the last detection say.

    Attributes
    ----------
    probability_stopped : float or CannotSay
        CannotSay if no pass since the last detection can say anything.
    prior : IntermittencyPrior
    last_detection : datetime or None
    non_detections : int
        Since then, with a probability of detection.
    cannot_say : int
        Non-detections since then without one: they change nothing.
    ignored : int
        Passes before the last detection, or before `since`.
    """

    probability_stopped: float | CannotSay
    prior: IntermittencyPrior
    last_detection: datetime | None
    non_detections: int
    cannot_say: int
    ignored: int


def probability_stopped(
    passes: Sequence[Pass], prior: IntermittencyPrior, *, since: datetime | None = None
) -> ClosureEvidence:
    r"""Probability that a leak has stopped, given the passes after its last detection.

    A stopped leak never emits. An active one is on for a share :math:`f` of the time and forgets with memory
    :math:`\tau`: after a time :math:`t` it is on with probability :math:`f + (1 - f) e^{-t/\tau}` if it was on,
    and :math:`f (1 - e^{-t/\tau})` if it was off. A detection proves that it was on, so only passes after the last
    one count, and they begin from "on" (from the share :math:`f` if there was none). With :math:`L` the
    probability that all of them miss an active leak, given each pass's probability of detection,

    .. math:: P(\mathrm{stopped}) = \frac{s}{s + (1 - s) L}

    with :math:`s` the prior. It rises with each non-detection, with its probability of detection, with :math:`f`
    and with :math:`s`. False detections, and a leak that stops between two of the passes, are not modelled: give
    the stated end as `since`.

    Parameters
    ----------
    passes : sequence of Pass
        In any order.
    prior : IntermittencyPrior
    since : datetime, optional
        Count only passes after this moment, for example the end that the operator states.

    Returns
    -------
    ClosureEvidence
    """
    detections = [one.time for one in passes if one.detected]
    last = max(detections, default=None)
    start = max((moment for moment in (last, since) if moment is not None), default=None)
    later = sorted(
        (one for one in passes if not one.detected and (start is None or one.time > start)),
        key=lambda one: one.time,
    )
    telling = [(one.time, one.probability_of_detection) for one in later]
    known = [(time, seen) for time, seen in telling if not isinstance(seen, CannotSay)]
    answer: float | CannotSay
    if known:
        answer = _posterior(known, prior, last)
    else:
        answer = CannotSay(
            code="no-telling-pass",
            reason="no pass since the last detection has a detection limit: none says whether the leak stopped",
        )
    return ClosureEvidence(
        probability_stopped=answer,
        prior=prior,
        last_detection=last,
        non_detections=len(known),
        cannot_say=len(later) - len(known),
        ignored=len(passes) - len(later),
    )


def _posterior(known: Sequence[tuple[datetime, float]], prior: IntermittencyPrior, last: datetime | None) -> float:
    missed = _all_missed(known, prior, last)
    total = prior.stopped + (1.0 - prior.stopped) * missed
    # Only a prior of zero and certain sight leave nothing to divide by: the passes contradict the prior.
    return prior.stopped / total if total > 0 else 0.0


def _all_missed(
    known: Sequence[tuple[datetime, float]], prior: IntermittencyPrior, last: datetime | None
) -> float:
    """Probability that every pass misses an active leak: the forward sum over on and off."""
    share = prior.emitting_fraction
    on, off = (share, 1.0 - share) if last is None else (1.0, 0.0)
    before = known[0][0] if last is None else last
    for time, seen in known:
        hours = (time - before).total_seconds() / 3600.0
        kept = math.exp(-hours / prior.memory_hours) if prior.memory_hours > 0 else 0.0
        # What is forgotten is drawn anew from the long-term share.
        forgotten = (1.0 - kept) * (on + off)
        on = (kept * on + forgotten * share) * (1.0 - seen)
        off = kept * off + forgotten * (1.0 - share)
        before = time
    return on + off
