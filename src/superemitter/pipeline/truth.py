"""What was found beside what is true, for simulated scenes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from superemitter.model.errors import InvalidValue
from superemitter.model.footprint import distance_and_bearing

MATCH_SIGMAS = 5.0
MATCH_LEAST_M = 600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A leak and the plume it was found as, or one of them alone.

    Attributes
    ----------
    leak : mapping or None
        Of ``truth.json``; None for a false plume.
    plume : mapping or None
        A plume record; None for a leak that was missed.
    distance_m : float or None
        Between source point and leak. [m]
    """

    leak: Mapping[str, Any] | None
    plume: Mapping[str, Any] | None
    distance_m: float | None = None


def read_truth(path: Path) -> list[dict[str, Any]]:
    """The leaks of a ``truth.json``.

    Raises
    ------
    InvalidValue
        The file is no truth file.
    """
    try:
        leaks = json.loads(path.read_text(encoding="utf-8"))["leaks"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidValue(f"{path} is no truth file of a simulation: {error}") from error
    return list(leaks)


def match(
    leaks: Sequence[Mapping[str, Any]], plumes: Sequence[Mapping[str, Any]], *, least_m: float = MATCH_LEAST_M
) -> list[Match]:
    """Pair leaks and plumes, nearest pairs first, each used once.

    A pair is possible within five source sigmas or `least_m` [m], whichever is larger.

    Returns
    -------
    list of Match
        In the order of the leaks, then the false plumes.
    """
    pairs = []
    for i, leak in enumerate(leaks):
        for j, plume in enumerate(plumes):
            metres, _ = distance_and_bearing(
                leak["longitude"], leak["latitude"], plume["source_longitude"], plume["source_latitude"]
            )
            if metres <= max(least_m, MATCH_SIGMAS * plume["source_sigma_m"]):
                pairs.append((metres, i, j))
    taken: dict[int, tuple[int, float]] = {}
    used: set[int] = set()
    for metres, i, j in sorted(pairs):
        if i not in taken and j not in used:
            taken[i] = (j, metres)
            used.add(j)
    found = [
        Match(leak=leak, plume=plumes[taken[i][0]], distance_m=taken[i][1])
        if i in taken
        else Match(leak=leak, plume=None)
        for i, leak in enumerate(leaks)
    ]
    false = [Match(leak=None, plume=plume) for j, plume in enumerate(plumes) if j not in used]
    return found + false
