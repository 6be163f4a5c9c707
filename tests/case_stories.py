"""Registers full of things to withhold: every name in them is a canary that tells whom it is of.

A canary is ``zq<KIND><number><salt>qz``. Stories are lists of steps; the same stories told with another salt for
some canaries give a register that differs in these names, and the digests over them, and in nothing else.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from superemitter.model import Facility
from superemitter.pipeline.register import plume_entry
from superemitter.programme import load_programme
from superemitter.programme.disclosure import Role, Viewer
from superemitter.programme.events import EVENT_KINDS
from superemitter.register import (
    CaseRow,
    Register,
    add_document,
    append_event,
    import_file,
    observation,
    open_case,
    open_register,
    register_folder,
    save_facilities,
)

START = datetime(2027, 2, 1, 18, 30, tzinfo=UTC)
#: Kinds of canaries. A mark of another kind is none: tokens that are drawn anew hold one like "zql1aqz" by chance.
CANARY_KINDS = (
    *("ACTOR", "CONTACT", "FACILITY", "FILE", "HIDDENREPORTER", "IMPORTED", "NOTIFIER", "OPERATOR", "OTHER"),
    *("OTHERSITE", "OWNER", "PERSON", "REASON", "REPORTER", "RIVAL", "RIVALSITE", "TEXT"),
)
CANARY = re.compile(rf"zq({'|'.join(CANARY_KINDS)})(\d+)[a-z]qz", re.IGNORECASE)
PROGRAMMES = ("generic", "us-epa-sep", "eu-2024-1787", "unep-mars", "cn-coal-mine")
#: Observations of the world: three plumes of one scan, one of another, two imported, one of them not for export.
OWN, IMPORTED, KEPT = (1, 2, 3, 5), (7, 8), (8,)
PLUMES = (*OWN, *IMPORTED)
UNKNOWN = 97
KINDS = tuple(kind for kind in EVENT_KINDS if kind not in ("tip-received", "notification-received"))
#: A case's whole life; a story is a beginning of it with other things in between.
LIFE = (
    *("plume-reviewed", "data-received", "notified", "reviewed", "issued", "notice-received"),
    *("investigation-started", "investigation-completed", "answered", "attribution-decided", "closed"),
)
BY_OPERATOR = ("notice-received", "investigation-started", "investigation-completed", "answered", "answer-updated")


@dataclass(frozen=True)
class Step:
    """One step of a story: its kind, hours since the one before, and a number that its variants follow from."""

    kind: str
    hours: float = 1.0
    turn: int = 0


@dataclass(frozen=True)
class Story:
    """A case to be told."""

    programme: str = "generic"
    plumes: tuple[int, ...] = (1,)
    steps: tuple[Step, ...] = ()
    tip: bool = False
    anonymous: bool = False
    is_operator: bool = False


@dataclass
class Names:
    """Canaries, each with the salt that its register gives it."""

    salted: Collection[tuple[str, int]] = ()
    used: set[tuple[str, int]] = field(default_factory=set)

    def __call__(self, kind: str, number: int) -> str:
        self.used.add((kind, number))
        return name(kind, number, "b" if (kind, number) in self.salted else "a")


def name(kind: str, number: int, salt: str = "a") -> str:
    """A canary."""
    assert kind in CANARY_KINDS, f"add {kind} to CANARY_KINDS, or no test looks for it"
    return f"zq{kind}{number}{salt}qz"


def canaries(text: str) -> set[tuple[str, int]]:
    """The canaries in a text, whatever their salt."""
    return {(kind.upper(), int(number)) for kind, number in CANARY.findall(text)}


def life(upto: str, *more: Step) -> tuple[Step, ...]:
    """A case's life up to one of its steps, and further steps."""
    return (*(Step(kind) for kind in LIFE[: LIFE.index(upto) + 1]), *more)


# ---- the world that the cases are in


def make_world(database: str | Path, folder: Path, names: Names) -> Register:
    """A register with scans, imported plumes and a facility list, and no case yet."""
    register = open_register(database, clock=lambda: START)
    folder.mkdir(parents=True, exist_ok=True)
    for scene, numbers in (("SCENE", (1, 2, 3)), ("LATER", (5,))):
        register_folder(
            register, _scan(folder / scene, scene, [_plume(number, scene, names) for number in numbers])
        )
        add_document(register, _picture(scene), name=f"{names('FILE', 99)}.png", media_type="image/png")
    rows = [
        f"p{number},{(START + timedelta(hours=number)).isoformat()},{_place(number)[0]},{_place(number)[1]},"
        f"{100 * number},{names('IMPORTED', number)},{'' if number in KEPT else 'CC0-1.0'}"
        for number in IMPORTED
    ]
    path = folder / "list.csv"
    path.write_text("\n".join(["id,time,longitude,latitude,rate_kg_h,name,licence", *rows]) + "\n")
    import_file(register, path, "others")
    listed = [
        Facility(facility_id=f"F-{k}", name=f"Site {k}", longitude=61.5, latitude=36.5, operator=f"Company {k}")
        for k in (1, 2)
    ]
    save_facilities(register, listed, list_name="sites.csv")
    return register


def _place(number: int) -> tuple[float, float]:
    return 61.05 + 0.1 * number, 36.05 + 0.1 * number


def _plume(number: int, scene: str, names: Names) -> dict[str, Any]:
    longitude, latitude = _place(number)
    candidates = [
        {
            "facility_id": names(f"{who}SITE", number),
            "facility_name": names(f"{who}SITE", number),
            "kind": "well_site",
            "operator": names(who, number),
            "probability": chance,
            "distance_m": 90.0,
        }
        for who, chance in (("OTHER", 0.6), ("RIVAL", 0.3))
    ]
    return {
        "plume_id": f"{scene}-{number:03d}",
        "scene_id": scene,
        "instrument": "EMIT",
        "datetime": (START - timedelta(hours=number)).isoformat(),
        "source_longitude": longitude,
        "source_latitude": latitude,
        "source_sigma_m": 60.0,
        "rate_kg_h": 900.0 + number,
        "rate_low_kg_h": 700.0,
        "rate_high_kg_h": 1300.0,
        "probability_ge_100_kg_h": 0.99,
        "facility_id": candidates[0]["facility_id"],
        "facility_name": candidates[0]["facility_name"],
        "facility_probability": 0.6,
        "none_probability": 0.1,
        "candidates": candidates,
        "simulated": False,
    }


def _picture(scene: str) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + scene.encode()


def _scan(folder: Path, scene: str, plumes: Sequence[dict[str, Any]]) -> Path:
    folder.mkdir()
    ring = [[61.0, 36.0], [62.0, 36.0], [62.0, 37.0], [61.0, 37.0], [61.0, 36.0]]
    time = plumes[0]["datetime"]
    properties = {"instruments": ["emit"], "datetime": time, "superemitter:detection_threshold": 4.1}
    outline = {"type": "Polygon", "coordinates": [ring]}
    item = {"id": scene, "bbox": [61.0, 36.0, 62.0, 37.0], "geometry": outline, "properties": properties}
    features = [{"type": "Feature", "geometry": outline, "properties": plume} for plume in plumes]
    collection = {"scene_id": scene, "run_id": f"run-{scene}", "simulated": False, "features": features}
    texts = {"item.json": json.dumps(item), "plumes.geojson": json.dumps(collection)}
    outputs = {file: hashlib.sha256(text.encode()).hexdigest() for file, text in texts.items()}
    outputs["quicklook.png"] = hashlib.sha256(_picture(scene)).hexdigest()
    run = {
        "run_id": f"run-{scene}",
        "scene_id": scene,
        "inputs": [{"role": "radiance", "path": "/zqPATH0aqz/scene.nc", "bytes": 1, "sha256": "0" * 64}],
        "recipe": {"method": "matched-filter", "wind_file": "C:\\zqPATH0aqz\\wind.nc", "seed": 0},
        "results": plumes,
        "outputs": outputs,
    }
    for file, text in {**texts, "run.json": json.dumps(run)}.items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder


# ---- telling stories


def case_id_of(number: int) -> str:
    """The id of a story's case."""
    return f"case-{number}"


def tell(register: Register, number: int, story: Story, names: Names) -> datetime:
    """Take a story into the register; the moment of its last event."""
    teller = _Teller(register, number, story, names)
    at = START + timedelta(days=1, minutes=number)
    kind = "tip-received" if story.tip else "notification-received"
    longitude, latitude = _place(story.plumes[0] if story.plumes else 9)
    text = load_programme(story.programme).text("")
    row = CaseRow(
        case_id=case_id_of(number),
        programme_id=story.programme,
        text_id=text.id,
        opened_at=at,
        longitude=longitude,
        latitude=latitude,
    )
    open_case(
        register, row, kind=kind, at=at, actor=teller.actor(kind), payload=teller.payload(Step(kind), 0),
        observation_ids=story.plumes,
    )  # fmt: skip
    over = False
    for k, step in enumerate(story.steps, start=1):
        if over and step.kind != "note-added":
            continue
        at += timedelta(hours=step.hours)
        payload = teller.payload(step, k)
        append_event(
            register, case_id_of(number), kind=step.kind, at=at, actor=teller.actor(step.kind), payload=payload
        )
        over = over or (step.kind == "withdrawn" and payload["what"] in ("case", "notice"))
    return at


@dataclass
class _Teller:
    register: Register
    number: int
    story: Story
    names: Names

    def actor(self, kind: str) -> str:
        return self.names("NOTIFIER" if kind == "notified" else "ACTOR", self.number)

    def payload(self, step: Step, k: int) -> dict[str, Any]:
        maker = getattr(self, "_" + step.kind.replace("-", "_"), None)
        made: dict[str, Any] = {} if maker is None else maker(step.turn)
        if "reason" in made:
            made["reason"] = self.names("REASON", 100 * self.number + k)
        return made

    def free(self) -> str:
        return f"It is the site of {self.names('TEXT', self.number)}."

    def file(self) -> dict[str, Any]:
        called = f"{self.names('FILE', self.number)}.pdf"
        sha256 = add_document(self.register, called.encode(), name=called, media_type="application/pdf")
        return {"name": called, "sha256": sha256, "media_type": "application/pdf", "caption": self.free()}

    def entry(self, which: int) -> dict[str, Any]:
        return plume_entry(self.register, observation(self.register, which))

    def plume(self, turn: int) -> int:
        return self.story.plumes[turn % len(self.story.plumes)] if self.story.plumes else OWN[turn % len(OWN)]

    def report(self, turn: int) -> dict[str, Any]:
        anonymous, own = self.story.anonymous or turn % 3 == 1, self.story.is_operator or turn % 3 == 2
        kind = "HIDDENREPORTER" if anonymous or own else "REPORTER"
        return {
            "id": self.free(),
            "reporter": self.names(kind, self.number),
            "contact": self.names("CONTACT", self.number),
            "anonymous": anonymous,
            "is_operator": own,
            "text": self.free(),
            "rate_kg_h": 350.0,
            "evidence": [self.file()],
        }

    def _tip_received(self, turn: int) -> dict[str, Any]:
        return self._notification_received(turn)

    def _notification_received(self, turn: int) -> dict[str, Any]:
        longitude, latitude = _place(self.plume(0))
        return {
            "programme_id": self.story.programme,
            "text_id": load_programme(self.story.programme).text("").id,
            "longitude": longitude,
            "latitude": latitude,
            "detected_at": [START.isoformat()],
            "report": self.report(0),
            "plumes": [self.entry(one) for one in self.story.plumes],
            "notifier_id": self.free(),
            "technology": self.free(),
            "approval_reference": self.free(),
            "facility_type": "well_site",
            "reasons": [{"words": self.free(), "citation": self.free()}],
        }

    def _report_added(self, turn: int) -> dict[str, Any]:
        return {"report": self.report(turn)}

    def _document_added(self, turn: int) -> dict[str, Any]:
        return self.file()

    def _note_added(self, turn: int) -> dict[str, Any]:
        return {"text": self.free()}

    def _plume_added(self, turn: int) -> dict[str, Any]:
        return {"plume": self.entry(self.plume(turn))}

    def _plume_reviewed(self, turn: int) -> dict[str, Any]:
        decision = "rejected" if turn % 4 == 3 else "accepted"
        return {"plume_id": self.entry(self.plume(turn))["plume_id"], "decision": decision, "reason": ""}

    def _plume_masked(self, turn: int) -> dict[str, Any]:
        plume = self.entry(self.plume(turn))
        return {"plume_id": plume["plume_id"], "plume": plume, "mask": self.file(), "reason": ""}

    def _plume_split(self, turn: int) -> dict[str, Any]:
        plume = self.entry(self.plume(turn))
        parts = [{**plume, "plume_id": f"{plume['plume_id']}.{k}"} for k in (1, 2)]
        return {"plume_id": plume["plume_id"], "into": parts, "mask": self.file(), "reason": ""}

    def _observed(self, turn: int) -> dict[str, Any]:
        chance: Any = 0.9 if turn % 2 else {"code": self.free(), "reason": self.free()}
        return {"scene_id": f"PASS-{turn}", "detected": False, "probability_of_detection": chance}

    def _notified(self, turn: int) -> dict[str, Any]:
        owner = {"operator": self.names("OWNER", self.number), "facility_name": self.names("OWNER", self.number)}
        return {"notification": {"owners_nearby": [owner], "notes": self.free(), "notifier_name": self.free()}}

    def _reviewed(self, turn: int) -> dict[str, Any]:
        return {"outcome": "incomplete" if turn % 4 == 3 else "accepted", "reason": ""}

    def _issued(self, turn: int) -> dict[str, Any]:
        return {"report_id": f"R-{self.number}", "operator": issued_to(self.number, self.story, self.names)}

    def _notice_received(self, turn: int) -> dict[str, Any]:
        return {"operator": issued_to(self.number, self.story, self.names)}

    def _investigation_completed(self, turn: int) -> dict[str, Any]:
        return {"method": self.free()}

    def _answered(self, turn: int) -> dict[str, Any]:
        outcomes = ("source_found_ended", "source_not_found", "not_within_50m", "replied")
        values = {"facility_name": self.free(), "official_name": self.names("PERSON", self.number)}
        return {
            "form_id": self.free(),
            "values": values,
            "outcome": outcomes[turn % 4],
            "error_claimed": turn % 3 == 2,
            "attachments": [self.file()],
        }

    _answer_updated = _answered

    def _error_decided(self, turn: int) -> dict[str, Any]:
        return {"decision": "accepted" if turn % 2 else "not_accepted", "reason": ""}

    def _attribution_decided(self, turn: int) -> dict[str, Any]:
        state = ("confirmed", "confirmed", "believed", "withheld")[turn % 4]
        number = 10 * self.number + turn % 3
        return {
            "state": state,
            "operator": self.names("OPERATOR", number),
            "facility_id": f"F-{1 + number % 2}" if turn % 5 == 4 else self.names("FACILITY", number),
            "reason": "",
        }

    def _closed(self, turn: int) -> dict[str, Any]:
        return {"basis": "no_further_action", "reason": ""}

    def _reopened(self, turn: int) -> dict[str, Any]:
        return {"reason": ""}

    def _withdrawn(self, turn: int) -> dict[str, Any]:
        what = ("plume", "case", "observation", "notice", "document", "plume")[turn % 6]
        plume_id = self.entry(self.plume(turn))["plume_id"]
        which = {"plume": plume_id, "observation": "PASS-1", "document": self.free()}.get(what, self.free())
        return {"what": what, "id": which, "reason": ""}


def issued_to(number: int, story: Story, names: Names) -> str:
    """Whom a story's notice is issued to: a candidate of its first plume, and not the likeliest."""
    own = [one for one in story.plumes if one in OWN]
    return names("RIVAL", own[0] if own else 90 + number)


# ---- what a viewer may read, told from the stories alone


@dataclass(frozen=True)
class Told:
    """What may be known of a case at a moment, by the words of its programme's rule and nothing of the code's."""

    number: int
    story: Story
    events: tuple[Any, ...]
    now: datetime

    def last(self, kind: str, key: str) -> Any:
        """What the last event of a kind says."""
        return next((one.payload.get(key) for one in reversed(self.events) if one.kind == kind), None)

    @property
    def over(self) -> bool:
        """Withdrawn, or in error."""
        gone = any(one.kind == "withdrawn" and one.payload["what"] in ("case", "notice") for one in self.events)
        return gone or self.last("error-decided", "decision") == "accepted"

    @property
    def public(self) -> bool:
        """Whether everybody may know that there is such a case."""
        rule = load_programme(self.story.programme).text("").publication.event
        if rule == "issued":
            return any(one.kind == "issued" for one in self.events)
        zone = load_programme(self.story.programme).text("").time_zone
        days = (self.now.astimezone(zone).date() - START.astimezone(zone).date()).days
        return rule == "days_after_detection" and days >= 30

    @property
    def named(self) -> int | None:
        """The event from which on everybody who sees the case may know the operator."""
        allowed = {"generic": ("confirmed",), "us-epa-sep": ("confirmed", "believed")}.get(
            self.story.programme, ()
        )
        decided = [one for one in self.events if one.kind == "attribution-decided"]
        if self.over or not decided or decided[-1].payload["state"] not in allowed:
            return None
        return int(decided[-1].sequence)

    def seen_by(self, viewer: Viewer) -> bool:
        """Whether a viewer may know that there is such a case."""
        return self.public or viewer.role is Role.REVIEWER or self.is_own(viewer)

    def is_own(self, viewer: Viewer) -> bool:
        """Reported or notified by the viewer, or issued to them."""
        if viewer.role is Role.OPERATOR:
            return viewer.operator != "" and viewer.operator == self.last("issued", "operator")
        told = [one.payload["report"] for one in self.events if "report" in one.payload]
        reporters = {one["reporter"] for one in told if not one["anonymous"]}
        return viewer.role is Role.NOTIFIER and viewer.name in {
            *reporters,
            *(one.actor for one in self.events if one.kind == "notified"),
        }


def may_read(canary: tuple[str, int], viewer: Viewer, told: Sequence[Told]) -> bool:
    """Whether a viewer may read a canary."""
    kind, number = canary
    if viewer.role is Role.REVIEWER:
        return True
    if viewer.role is Role.OPERATOR and canary in canaries(viewer.operator):
        return True
    seen = [one for one in told if one.seen_by(viewer)]
    if kind in ("OTHER", "OTHERSITE", "RIVAL", "RIVALSITE", "IMPORTED"):
        held = [one for one in told if number in one.story.plumes]
        if kind == "IMPORTED" and not held:
            return number not in KEPT
        mine = any(one.is_own(viewer) and one in held for one in seen) and ("RIVAL", number) in canaries(
            viewer.operator
        )
        return any(one in held and one.named is not None for one in seen) or (kind == "RIVALSITE" and mine)
    for one in seen:
        if kind in ("OPERATOR", "FACILITY") and number // 10 == one.number and one.named is not None:
            return canary in canaries(json.dumps(one.events[one.named].payload))
        if kind == "REPORTER" and number == one.number:
            return True
        if kind == "REASON" and number // 100 == one.number and one.named is not None:
            return number % 100 >= one.named
    return False


# ---- everything that a view holds


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, names of fields and keys included."""
    if is_dataclass(value) and not isinstance(value, type):
        for one in fields(value):
            yield from texts(getattr(value, one.name))
    elif isinstance(value, Mapping):
        for key, held in value.items():
            yield from texts(key)
            yield from texts(held)
    elif isinstance(value, list | tuple | set | frozenset):
        for held in value:
            yield from texts(held)
    elif isinstance(value, bytes):
        yield value.decode(errors="replace")
    else:
        yield str(value)


def answer(ask: Callable[[], Any]) -> Any:
    """What a question gives, or how it is refused."""
    from superemitter.model.errors import SuperemitterError

    try:
        return ask()
    except SuperemitterError as error:
        return (type(error).__name__, error.code, error.message, error.hint)
