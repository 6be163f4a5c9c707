"""Which observations a viewer sees, which cases hold them, and whether their attribution is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from superemitter.pipeline.ledger.book import Entry
from superemitter.programme.case import Case, CasePlume
from superemitter.programme.disclosure import Role, Sight, Viewer, is_own, sight
from superemitter.register import Observation

#: Catalogue of what superemitter itself found: its names tell the likely facility.
OWN = "superemitter"


@dataclass(frozen=True, slots=True)
class Holding:
    """A case that holds an observation, the observation as its plume, and how much of the case the viewer sees."""

    case: Case
    plume: CasePlume
    seen: Sight


@dataclass(frozen=True, slots=True)
class Sightings:
    """What a viewer sees of the observations that cases hold; all others are seen as the register has them.

    Attributes
    ----------
    viewer : Viewer
    holdings : mapping of observation id to holdings
    hidden : frozenset of int
        Observations that are only in cases in which this viewer does not see them.
    """

    viewer: Viewer
    holdings: Mapping[int, Sequence[Holding]]
    hidden: frozenset[int] = field(default_factory=frozenset)

    @property
    def exportable_only(self) -> bool:
        """Whether the viewer sees only records whose licence lets them leave the register."""
        return self.viewer.role is not Role.REVIEWER

    def holds(self, observation_id: int) -> Sequence[Holding]:
        """The cases that hold an observation, as far as the viewer sees them."""
        return [one for one in self.holdings.get(observation_id, ()) if one.seen > Sight.NOTHING]

    def attribution_case(self, observation_id: int) -> Case | None:
        """A case whose attribution the viewer may read and that holds the observation."""
        return next((one.case for one in self.holds(observation_id) if one.seen >= Sight.ATTRIBUTED), None)

    def shows_name(self, seen: Observation) -> bool:
        """Whether the name of an observation may be read: it can be that of the facility it is attributed to."""
        if self.viewer.role is Role.REVIEWER or self.attribution_case(seen.observation_id) is not None:
            return True
        return seen.catalogue != OWN and not self.holdings.get(seen.observation_id)

    def review(self, observation_id: int) -> str:
        """What a person said of it, in a case that the viewer sees."""
        decisions = {one.plume.decision for one in self.holds(observation_id) if not one.plume.withdrawn}
        return next((one for one in ("accepted", "rejected", "pending") if one in decisions), "none")


def sightings(entries: Sequence[Entry], viewer: Viewer) -> Sightings:
    """What a viewer sees of the observations that cases hold."""
    holdings: dict[int, list[Holding]] = {}
    for entry in entries:
        seen = sight(entry.case, viewer)
        for plume in entry.case.plumes:
            number = plume.current.record.get("observation_id")
            if number is not None:
                holdings.setdefault(int(number), []).append(Holding(entry.case, plume, seen))
    hidden = {number for number, held in holdings.items() if not any(_is_seen(one, viewer) for one in held)}
    return Sightings(viewer, holdings, frozenset(hidden))


def _is_seen(held: Holding, viewer: Viewer) -> bool:
    """Whether the viewer sees the plume through this case."""
    if viewer.role is Role.REVIEWER:
        return True
    stands = held.plume.decision != "rejected" and not held.plume.withdrawn
    return stands and held.seen > Sight.NOTHING and (held.case.event_is_public or is_own(held.case, viewer))
