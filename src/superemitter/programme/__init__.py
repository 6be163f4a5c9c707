"""Programmes: rules as data, evaluated as of a date; cases as chains of events; pure domain."""

from superemitter.model.passport import Passport
from superemitter.programme.assessment import (
    Assessment,
    Facts,
    NearbyFacility,
    Outcome,
    Quantity,
    TextAssessment,
    assess,
    distance_test,
)
from superemitter.programme.calendar import HolidayTable, due_at, load_holidays
from superemitter.programme.case import Case, CasePlume, Observation, OperatorAttribution, PlumeVersion
from superemitter.programme.chain import GENESIS, Break, Event, digest_of, first_break, next_event
from superemitter.programme.clocks import Clock, ClockState, clocks
from superemitter.programme.closure import ClosureEvidence, IntermittencyPrior, Pass, probability_stopped
from superemitter.programme.events import EVENT_KINDS, EventKind, State
from superemitter.programme.folding import fold, programme_id_of, text_id_of
from superemitter.programme.forms import (
    Answer,
    Form,
    FormField,
    form_ids,
    load_form,
    require_answer,
    validate_answer,
)
from superemitter.programme.glossary import Term, load_glossary
from superemitter.programme.notification import (
    Attestation,
    Evidence,
    MissingItem,
    NearbyOwner,
    Notification,
    PlumeFacts,
    ReportedRate,
    missing_items,
)
from superemitter.programme.payloads import notification_from, to_plain
from superemitter.programme.programmes import Programme, load_programme, load_programmes, read_programme
from superemitter.programme.report import (
    Classification,
    Notifier,
    Report,
    classify,
    first_notice_day,
    notice_due,
    read_report,
    require_report,
)
from superemitter.programme.rules import Duty, RuleText, Status
from superemitter.programme.steps import Step, advance, all_steps, allowed_steps, late_notice, next_deadline
from superemitter.programme.strict import Bilingual
from superemitter.programme.values import FieldError

__all__ = [
    "EVENT_KINDS",
    "GENESIS",
    "Answer",
    "Assessment",
    "Attestation",
    "Bilingual",
    "Break",
    "Case",
    "CasePlume",
    "Classification",
    "Clock",
    "ClockState",
    "ClosureEvidence",
    "Duty",
    "Event",
    "EventKind",
    "Evidence",
    "Facts",
    "FieldError",
    "Form",
    "FormField",
    "HolidayTable",
    "IntermittencyPrior",
    "MissingItem",
    "NearbyFacility",
    "NearbyOwner",
    "Notification",
    "Notifier",
    "Observation",
    "OperatorAttribution",
    "Outcome",
    "Pass",
    "Passport",
    "PlumeFacts",
    "PlumeVersion",
    "Programme",
    "Quantity",
    "Report",
    "ReportedRate",
    "RuleText",
    "State",
    "Status",
    "Step",
    "Term",
    "TextAssessment",
    "advance",
    "all_steps",
    "allowed_steps",
    "assess",
    "classify",
    "clocks",
    "digest_of",
    "distance_test",
    "due_at",
    "first_break",
    "first_notice_day",
    "fold",
    "form_ids",
    "late_notice",
    "load_form",
    "load_glossary",
    "load_holidays",
    "load_programme",
    "load_programmes",
    "missing_items",
    "next_deadline",
    "next_event",
    "notice_due",
    "notification_from",
    "probability_stopped",
    "programme_id_of",
    "read_programme",
    "read_report",
    "require_answer",
    "require_report",
    "text_id_of",
    "to_plain",
    "validate_answer",
]
