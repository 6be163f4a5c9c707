"""Programmes: rules as data, evaluated as of a date; cases as chains of events; pure domain."""

from superemitter.programme.calendar import HolidayTable, due_at, load_holidays
from superemitter.programme.chain import GENESIS, Break, Event, digest_of, first_break, next_event
from superemitter.programme.forms import (
    Answer,
    Form,
    FormField,
    form_ids,
    load_form,
    require_answer,
    validate_answer,
)
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
from superemitter.programme.rules import Duty, Passport, RuleText, Status
from superemitter.programme.strict import Bilingual
from superemitter.programme.values import FieldError

__all__ = [
    "GENESIS",
    "Answer",
    "Attestation",
    "Bilingual",
    "Break",
    "Duty",
    "Event",
    "Evidence",
    "FieldError",
    "Form",
    "FormField",
    "HolidayTable",
    "MissingItem",
    "NearbyOwner",
    "Notification",
    "Passport",
    "PlumeFacts",
    "ReportedRate",
    "RuleText",
    "Status",
    "digest_of",
    "due_at",
    "first_break",
    "form_ids",
    "load_form",
    "load_holidays",
    "missing_items",
    "next_event",
    "require_answer",
    "validate_answer",
]
