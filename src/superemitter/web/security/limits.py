"""How often one address may do a thing. Kept in memory: each process of a server counts for itself."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from superemitter.model.errors import TooOften

#: More addresses than this are not remembered; the oldest go first.
_MOST: Final = 20_000


class RateLimits:
    """Counts what happened lately, by kind and address."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], deque[datetime]] = {}
        self._lock = threading.Lock()

    def count(self, kind: str, address: str, limit: tuple[int, float]) -> None:
        """Count one more.

        Raises
        ------
        TooOften
            There were as many as `limit` allows: so many in so many seconds.
        """
        most, seconds = limit
        now = self._clock()
        with self._lock:
            times = self._seen.setdefault((kind, address), deque())
            while times and now - times[0] > timedelta(seconds=seconds):
                times.popleft()
            if len(times) >= most:
                wait = seconds - (now - times[0]).total_seconds()
                raise TooOften(
                    "too many tries from your address", hint=f"try again in {max(1, round(wait / 60))} minutes"
                )
            times.append(now)
            while len(self._seen) > _MOST:
                self._seen.pop(next(iter(self._seen)))
