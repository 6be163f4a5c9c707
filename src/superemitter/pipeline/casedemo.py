"""The demonstration's second half: the leaks found become cases, each at another stage, on a clock of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from superemitter.pipeline.cases import read_case, take_step
from superemitter.pipeline.notification import Signing, notification_of
from superemitter.pipeline.notify import notify
from superemitter.pipeline.register import keep_facilities, register_scans
from superemitter.pipeline.report_files import Filing, filing_of_plume, read_notifiers, read_report_file
from superemitter.pipeline.reports import Receipt, file_report
from superemitter.pipeline.review import review_plume, take_answer
from superemitter.pipeline.truth import Match
from superemitter.programme.assessment import Facts, NearbyFacility, Quantity, assess
from superemitter.programme.case import Case
from superemitter.programme.clocks import Clock, clocks
from superemitter.programme.forms import load_form
from superemitter.programme.payloads import to_plain
from superemitter.programme.programmes import load_programme
from superemitter.programme.rules import RuleText
from superemitter.publish.forms import write_answer_form
from superemitter.register import ObservationQuery, Register, list_observations, open_register

ANALYST, REVIEWER, BOARD, OPERATOR = "Demo analyst", "Demo reviewer", "Demo board", "Demo operator"
THEN = date(2024, 7, 1)
US_TEXT = "us-60.5371b"
ENGLISH = "A loud hiss from the station north of our village since dawn, and a smell of gas."
CHINESE = "村北的管线旁有很浓的煤气味，从清晨起一直能听到漏气声，附近没有任何标识。"
US_REPORT = {
    "reporter": "Demo Watch",
    "longitude": -102.1012,
    "latitude": 31.8999,
    "detected_at": "2024-06-20T18:30:00Z",
    "text": "Plume over a well site, seen on one overpass.",
    "rate_kg_h": 350.0,
    "rate_sigma_kg_h": 80.0,
    "rate_method": "simulated",
    "technology": "satellite",
    "approval_reference": "DEMO-APPROVAL-1",
    "notifier_id": "DEMO-N-1",
    "facility_type": "well_site",
    "evidence": ["survey.txt"],
    "simulated": True,
}
NOTIFIERS = [
    {
        "id": "DEMO-N-1",
        "name": "Demo Watch",
        "programme_id": "us-epa-sep",
        "approved_on": "2024-05-20",
        "approvals": [["satellite", "DEMO-APPROVAL-1"]],
    }
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOn:
    """What a rule says of one leak on a day: its status, whether it applies, and each duty of the operator."""

    day: date
    status: str
    outcome: str
    reasons: tuple[str, ...]
    duties: tuple[Clock, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDemo:
    """What the second half made.

    Attributes
    ----------
    database : Path
    cases : tuple of Case
        Each as its own demo clock left it, oldest first.
    receipts : tuple of Receipt
        Of the English and the Chinese citizen's report.
    notice : tuple of Path
    text : RuleText
        The law of the comparison.
    rule : tuple of RuleOn
        One leak, as of 2024-07-01 and as of today.
    """

    database: Path
    cases: tuple[Case, ...]
    receipts: tuple[Receipt, ...]
    notice: tuple[Path, ...]
    text: RuleText
    rule: tuple[RuleOn, ...]


def run_case_demo(out: Path, folder: Path, facilities: Path, matches: Sequence[Match], *, today: date) -> CaseDemo:
    """Register the leaks found, file reports, take cases through their stages, write one notice.

    Parameters
    ----------
    out : Path
        The demonstration's folder.
    folder : Path
        Output of its scan.
    facilities : Path
    matches : sequence of Match
        Leaks of the simulated scene beside what was found.
    today : date
        For the comparison of the law then and now; nothing else depends on it.
    """
    register = open_register(out / "superemitter.db")
    try:
        return _Story(register, out, folder, facilities, matches).tell(today)
    finally:
        register.close()


def rule_on(text: RuleText, day: date) -> RuleOn:
    """What a text says of the demonstration's American leak, if the operator received the notice on a day."""
    facts = Facts(
        quantities=(Quantity(name="methane_rate", value=float(str(US_REPORT["rate_kg_h"])), unit="kg/h"),),
        technology="satellite",
        facilities=(NearbyFacility(kind="well_site", distance_m=20.0),),
    )
    told = next(
        one for one in assess(facts, load_programme(text.programme_id), day).texts if one.text.id == text.id
    )
    noon = datetime.combine(day, time(12), text.time_zone).astimezone(UTC)
    running = clocks(text, {"notice-received": noon}, noon, facts={}, rates={})
    why = tuple(one.words for one in told.reasons if one.holds is False)
    return RuleOn(
        day=day,
        status=told.status.value,
        outcome=told.outcome.value,
        reasons=why,
        duties=tuple(clock for clock in running if clock.duty.who == "operator"),
    )


class _Story:
    """The cases, one after the other; every moment is counted from the detection."""

    def __init__(
        self, register: Register, out: Path, folder: Path, facilities: Path, matches: Sequence[Match]
    ) -> None:
        self.register, self.out, self.folder, self.facilities = register, out, folder, facilities
        self.leaks = [pair for pair in matches if pair.leak is not None]
        self.ends: dict[str, datetime] = {}
        self.notice: tuple[Path, ...] = ()

    def tell(self, today: date) -> CaseDemo:
        record = json.loads((self.folder / "item.json").read_text(encoding="utf-8"))
        self.seen = datetime.fromisoformat(record["properties"]["datetime"])
        register_scans(self.register, [self.folder], now=self.at(0))
        keep_facilities(self.register, self.facilities)
        first, last = self.leaks[0], self.leaks[-1]
        receipts = (
            self.citizen("citizen-en", first, ENGLISH, "en", hours=5),
            self.citizen("citizen-zh", last, CHINESE, "zh", hours=6),
        )
        self.stages(first, last)
        self.american()
        text = load_programme("us-epa-sep").text(US_TEXT)
        found = [read_case(self.register, case_id, end) for case_id, end in self.ends.items()]
        return CaseDemo(
            database=self.out / "superemitter.db",
            cases=tuple(sorted(found, key=lambda case: (case.opened_at, case.case_id))),
            receipts=receipts,
            notice=self.notice,
            text=text,
            rule=(rule_on(text, THEN), rule_on(text, today)),
        )

    def at(self, days: float) -> datetime:
        """So many days after the overpass."""
        return self.seen + timedelta(days=days)

    def citizen(self, name: str, leak: Match, text: str, language: str, *, hours: float) -> Receipt:
        """Somebody near a leak reports it, without any instrument."""
        assert leak.leak is not None
        values = {
            "longitude": leak.leak["longitude"],
            "latitude": leak.leak["latitude"],
            "detected_at": self.at(-0.01).isoformat(),
            "text": text,
            "language": language,
            "anonymous": True,
            "simulated": True,
        }
        path = self.write(f"{name}.json", values)
        now = self.at(hours / 24)
        receipt = file_report(self.register, read_report_file(path, now=now), programme_id="generic", now=now)
        self.ends[receipt.case.case_id] = now
        return receipt

    def stages(self, first: Match, last: Match) -> None:
        """The plumes found: one under review, one issued, one answered, one closed; the last leak stays a tip."""
        by_plume = {str(pair.plume["plume_id"]): pair for pair in self.leaks if pair.plume is not None}
        page = list_observations(self.register, ObservationQuery(), limit=100)
        plumes = {one.record_id: one.observation_id for one in page.observations if one.record_id in by_plume}
        order = [name for name in by_plume if name in plumes]
        between = [name for name in order if by_plume[name] not in (first, last)]
        issued = between[0] if between else next(iter(order), None)
        for name in order:
            if by_plume[name] is last and name != issued:
                continue
            case_id = self.reported(plumes[name])
            if name in between or name == issued:
                self.send(case_id, name, with_files=name == issued)
            if name in between[1:]:
                self.answer(case_id)
            if name in between[2:]:
                self.attribute(case_id, by_plume[name])
                self.step(case_id, "closed", {"basis": "answer", "reason": "repaired and verified"}, BOARD, 20)

    def reported(self, observation_id: int) -> str:
        """The analyst reports a plume of the scan; a citizen's tip on it becomes a notification."""
        now = self.at(1)
        filing = filing_of_plume(self.register, observation_id, {"reporter": ANALYST}, now=now)
        case = file_report(self.register, filing, programme_id="generic", now=now).case
        self.ends[case.case_id] = now
        return case.case_id

    def send(self, case_id: str, plume_id: str, *, with_files: bool) -> None:
        """A person accepts the plume; the notice goes out and reaches the operator."""
        review_plume(
            self.register, case_id, "accept", plume_id=plume_id, reviewer=REVIEWER, now=self.at(2), reason="clear"
        )
        if with_files:
            made = notify(
                self.register, case_id, self.out / "notice", now=self.at(3), by=ANALYST,
                signing=Signing(signer=ANALYST),
            )  # fmt: skip
            self.notice = tuple(self.out / "notice" / case_id / name for name in made.files)
        else:
            self.plain_notice(case_id, "generic", self.at(3))
        report_id = f"DEMO-{plume_id[-3:]}"
        self.step(case_id, "reviewed", {"outcome": "accepted"}, BOARD, 4)
        self.step(case_id, "issued", {"report_id": report_id, "operator": OPERATOR}, BOARD, 5)
        self.step(case_id, "notice-received", {}, OPERATOR, 5.1)

    def plain_notice(self, case_id: str, programme_id: str, now: datetime) -> None:
        """Record a notice without writing its files."""
        case = read_case(self.register, case_id, now)
        notice = notification_of(self.register, case, Signing(signer=ANALYST), language="en", now=now)
        payload = {"notification": to_plain(notice)}
        take_step(self.register, case_id, "notified", payload, actor=ANALYST, now=now)

    def answer(self, case_id: str) -> None:
        """The operator returns the form: found, and ended."""
        case = read_case(self.register, case_id, self.at(6))
        form = load_form(case.text.answer_form)
        values = {
            "report_id": case.report_id,
            "operator_name": OPERATOR,
            "reported_by": "Site manager",
            "our_facility": True,
            "investigation_date": f"{self.at(7):%Y-%m-%d}",
            "investigation_method": "survey",
            "source_identified": True,
            "classification": "unexpected",
            "equipment_group": "compressor",
            "leak_status": "repaired_and_verified",
            "repair_date": f"{self.at(8):%Y-%m-%d}",
            "verification_date": f"{self.at(8):%Y-%m-%d}",
            "ongoing": False,
            "ended_at": self.at(8).isoformat(),
        }
        known = {field.id for field in form.fields}
        path = self.out / "answers" / f"{case_id}.json"
        given = {name: value for name, value in values.items() if name in known}
        write_answer_form(form, path, case_id=case_id, values=given)
        take_answer(self.register, case_id, path, (), by=OPERATOR, now=self.at(10))
        self.ends[case_id] = self.at(10)

    def attribute(self, case_id: str, leak: Match) -> None:
        """The board publishes whose leak it was, as the operator's answer confirms."""
        facility = "" if leak.plume is None else str(leak.plume.get("facility_id") or "")
        named = {"operator": OPERATOR, "facility_id": facility, "reason": "by the operator's own answer"}
        self.step(case_id, "attribution-decided", {"state": "confirmed", **named}, BOARD, 12)

    def american(self) -> None:
        """A certified notifier's notice under the US programme, while it was in force."""
        (self.out / "reports").mkdir(exist_ok=True)
        (self.out / "reports" / "survey.txt").write_text("SIMULATED: record of one overpass.\n", encoding="utf-8")
        path, list_path = self.write("certified.json", US_REPORT), self.write("notifiers.json", NOTIFIERS)
        filed = datetime(2024, 6, 21, 15, tzinfo=UTC)
        filing: Filing = read_report_file(path, now=filed)
        receipt = file_report(
            self.register,
            filing,
            programme_id="us-epa-sep",
            text_id=US_TEXT,
            now=filed,
            notifiers=read_notifiers(list_path),
        )
        case_id = receipt.case.case_id
        self.plain_notice(case_id, "us-epa-sep", filed + timedelta(days=3))
        steps = (("reviewed", {"outcome": "accepted"}), ("issued", {"report_id": "DEMO-US-1"}))
        for kind, payload in (*steps, ("notice-received", {})):
            now = filed + timedelta(days=7)
            take_step(self.register, case_id, kind, payload, actor=BOARD, now=now)
        self.ends[case_id] = datetime.combine(THEN, time(12), UTC)

    def step(self, case_id: str, kind: str, payload: Mapping[str, Any], actor: str, days: float) -> None:
        take_step(self.register, case_id, kind, payload, actor=actor, now=self.at(days))
        self.ends[case_id] = self.at(days)

    def write(self, name: str, content: Any) -> Path:
        """A file as a person would hand it in, below ``reports``."""
        path = self.out / "reports" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return path
