"""Which observations a viewer sees, which cases hold them, and whether their attribution is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from superemitter.pipeline.ledger.book import Entry
from superemitter.programme.case import Case, CasePlume
from superemitter.programme.disclosure import Role, Sight, Viewer, is_own, sight
from superemitter.programme.events import State
from superemitter.register import Observation

#: Catalogue of what superemitter itself found: its names tell the likely facility.
OWN = "superemitter"


@dataclass(frozen=True, slots=True)
class Holding:
    """A case that holds an observation, the observation as its plume, and how much of the case the viewer sees."""

    case: Case
    plume: CasePlume
    seen: Sight


@dataclass(frozen=True)
class Sightings:
    """What a viewer sees of the observations that cases hold; all others are seen as the register has them.

    Attributes
    ----------
    viewer : Viewer
    holdings : mapping of observation id to holdings
    hidden : frozenset of int
        Observations that are only in cases in which this viewer does not see them, or in which they were
        withdrawn: no list has them.
    unseen : frozenset of int
        Those of them that do not exist for this viewer; the others have a page that says that they were withdrawn.
    """

    viewer: Viewer
    holdings: Mapping[int, Sequence[Holding]]
    hidden: frozenset[int] = field(default_factory=frozenset)
    unseen: frozenset[int] = field(default_factory=frozenset)

    @property
    def exportable_only(self) -> bool:
        """Whether the viewer sees only records whose licence lets them leave the register."""
        return self.viewer.role is not Role.REVIEWER

    def holds(self, observation_id: int) -> Sequence[Holding]:
        """The cases that hold an observation, as far as the viewer sees them."""
        return [one for one in self.holdings.get(observation_id, ()) if one.seen > Sight.NOTHING]

    def shows_name(self, seen: Observation) -> bool:
        """Whether the name of an observation may be read: it can be that of the facility it is attributed to."""
        return self.told_since(seen) is not None

    def told_since(self, seen: Observation) -> datetime | None:
        """Since when what is said of an observation may name whose it is; None: it may not."""
        held = self.holdings.get(seen.observation_id)
        if self.viewer.role is Role.REVIEWER or (seen.catalogue != OWN and not held):
            return datetime.min.replace(tzinfo=UTC)
        published = [one.case.published_attribution for one in self.holds(seen.observation_id)]
        return max((one.recorded_at for one in published if one is not None and one.recorded_at), default=None)

    @cached_property
    def kept_back(self) -> frozenset[str]:
        """Scenes with a plume that the viewer does not see: their pictures show it."""
        unseen = [self.holdings[number] for number in self.unseen]
        return frozenset(str(one.plume.current.record.get("scene_id")) for held in unseen for one in held)

    def review(self, observation_id: int) -> str:
        """What a person said of it, in a case that the viewer sees."""
        decisions = {one.plume.decision for one in self.holds(observation_id) if not one.plume.withdrawn}
        return next((one for one in ("accepted", "rejected", "pending") if one in decisions), "none")


def sightings(entries: Iterable[Entry], viewer: Viewer) -> Sightings:
    """What a viewer sees of the observations that cases hold."""
    holdings: dict[int, list[Holding]] = {}
    for entry in entries:
        seen = sight(entry.case, viewer)
        for plume in entry.case.plumes:
            number = plume.current.record.get("observation_id")
            if number is not None:
                holdings.setdefault(int(number), []).append(Holding(entry.case, plume, seen))
    shown = {number: [one for one in held if _is_seen(one, viewer)] for number, held in holdings.items()}
    everything = viewer.role is Role.REVIEWER
    return Sightings(
        viewer,
        holdings,
        hidden=frozenset(
            number
            for number, held in shown.items()
            if not (everything or any(not one.plume.withdrawn for one in held))
        ),
        unseen=frozenset(number for number, held in shown.items() if not held),
    )


def _is_seen(held: Holding, viewer: Viewer) -> bool:
    """Whether the viewer sees the plume through this case, or although it holds it.

    A tip obliges nobody and notifies nobody: it does not take a plume from those who saw it before. Nor does a
    case take back what another catalogue has published.
    """
    if viewer.role is Role.REVIEWER:
        return True
    if held.plume.decision == "rejected":
        return False
    if held.case.state is State.TIP or held.plume.current.record.get("catalogue", OWN) != OWN:
        return True
    return held.seen > Sight.NOTHING and (held.case.event_is_public or is_own(held.case, viewer))
