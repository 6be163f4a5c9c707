"""Who is netted with whom: owners, their parents, and the one on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import pairwise

from superemitter.account.fee.facilities import SegmentReport

#: A fault of a table: row, column, reason.
Fault = tuple[int, str, str]


def ultimate_parents(reports: Iterable[SegmentReport]) -> tuple[Mapping[str, str], tuple[Fault, ...]]:
    """The party on top of each owner, and what is wrong with the chains.

    Parameters
    ----------
    reports : iterable of SegmentReport

    Returns
    -------
    tops : mapping of owner to party
        An owner without a parent is its own.
    faults : tuple of (row, column, reason)
        Two parents for one name, a loop, or names that differ only in case or spaces: they would not be netted.
    """
    reports = tuple(reports)
    parent_of: dict[str, str] = {}
    said_in: dict[str, int] = {}
    faults = list(_near_names(reports))
    for report in reports:
        chain = (report.owner, *report.parents)
        for child, parent in pairwise(chain):
            known = parent_of.setdefault(child, parent)
            first = said_in.setdefault(child, report.row)
            if known != parent:
                reason = f"the parent of {child!r} is {parent!r} here and {known!r} in row {first}"
                faults.append((report.row, "parents", reason))
    tops: dict[str, str] = {}
    for owner in dict.fromkeys(report.owner for report in reports):
        top, loop = _climb(owner, parent_of)
        tops[owner] = top
        if loop:
            faults.append((said_in[loop[0]], "parents", f"owners in a loop: {' → '.join(loop)}"))
    return tops, tuple(dict.fromkeys(faults))


def _climb(owner: str, parent_of: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """The top above an owner, and the loop met on the way, begun at its first name in order; empty if none."""
    path = [owner]
    while (above := parent_of.get(path[-1])) is not None:
        if above in path:
            ring = path[path.index(above) :]
            start = ring.index(min(ring))
            return owner, (*ring[start:], *ring[:start], ring[start])
        path.append(above)
    return path[-1], ()


def _near_names(reports: tuple[SegmentReport, ...]) -> Iterable[Fault]:
    seen: dict[str, tuple[str, int]] = {}
    for report in reports:
        named = [("owner", report.owner), *(("parents", parent) for parent in report.parents)]
        for column, name in named:
            first, row = seen.setdefault(" ".join(name.casefold().split()), (name, report.row))
            if first != name:
                reason = f"{name!r} and {first!r} (row {row}) differ only in case or spaces; write both alike"
                yield report.row, column, reason
