"""The tables of the register: one schema for SQLite and PostgreSQL.

Times are whole microseconds since 1970 (UTC), so that both databases sort and compare them alike. JSON is text in
ASCII, so that no database rewrites a number or a letter that a digest was made over.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """A time with zone as the register keeps it: whole microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


class UtcTime(TypeDecorator[datetime]):
    """A time with zone as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """Microseconds of a time; a time without zone is a defect of the caller."""
        return None if value is None else microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        """The time, in UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


class Json(TypeDecorator[Any]):
    """Plain types as compact ASCII JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        """JSON text; NaN is refused."""
        return None if value is None else json.dumps(value, separators=(",", ":"), allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        """The plain types."""
        return None if value is None else json.loads(value)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

licences = Table(
    "licences",
    metadata,
    Column("licence_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("url", String, nullable=False),
    Column("attribution", String, nullable=False),
    Column("exportable", Boolean, nullable=False),  # False: non-commercial, or terms not stated
)

imports = Table(
    "imports",
    metadata,
    Column("import_id", Integer, primary_key=True),
    Column("file_name", String, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("catalogue", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("report", Json, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("scene_id", String, nullable=False, index=True),
    Column("registered_at", UtcTime, nullable=False),
    Column("record", Json, nullable=False),
)

scenes = Table(
    "scenes",
    metadata,
    Column("scene_id", String, primary_key=True),
    Column("instrument", String, nullable=False),
    Column("time", UtcTime, nullable=False, index=True),
    Column("west", Float, nullable=False),
    Column("south", Float, nullable=False),
    Column("east", Float, nullable=False),  # west > east across the antimeridian
    Column("north", Float, nullable=False),
    Column("outline", Json, nullable=False),  # GeoJSON geometry
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),  # the latest
    Column("checksums", Json, nullable=False),  # file name to SHA-256: inputs and outputs
    Column("simulated", Boolean, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("event_id", Integer, primary_key=True, autoincrement=False),
    Column("time", UtcTime, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("simulated", Boolean, nullable=False),
)

sources = Table(
    "sources",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("longitude", Float, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("radius_m", Float, nullable=False),
    Column("simulated", Boolean, nullable=False),
)

observations = Table(
    "observations",
    metadata,
    Column("observation_id", Integer, primary_key=True, autoincrement=False),
    Column("catalogue", String, nullable=False),
    Column("record_id", String, nullable=False),
    Column("kind", String, nullable=False),  # "plume", "non-detection"
    Column("version", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("longitude", Float),
    Column("latitude", Float),
    Column("position_error_m", Float),
    Column("rate_kg_h", Float),
    Column("rate_low_kg_h", Float),
    Column("rate_high_kg_h", Float),
    Column("probability_ge_100_kg_h", Float),
    Column("probability_of_detection", Float),  # of a non-detection; null = cannot say
    Column("instrument", String, nullable=False),
    Column("sector", String),
    Column("country", String),
    Column("name", String),
    Column("licence_id", ForeignKey("licences.licence_id"), nullable=False),
    Column("scene_id", ForeignKey("scenes.scene_id"), index=True),
    Column("event_id", ForeignKey("events.event_id"), index=True),
    Column("source_id", ForeignKey("sources.source_id")),
    Column("simulated", Boolean, nullable=False),
    UniqueConstraint("catalogue", "record_id"),
    Index(  # everything that lists are filtered by: they walk along it from the newest entry
        "ix_observations_walk",
        *("time", "observation_id", "longitude", "latitude", "rate_kg_h", "sector", "country", "catalogue"),
        *("kind", "licence_id", "simulated", "withdrawn"),
    ),
    Index(None, "country", "time", "observation_id"),
    Index(None, "country", "sector", "time", "observation_id"),
    Index(None, "sector", "time", "observation_id"),
    Index(None, "source_id", "time", "observation_id"),
    Index(None, "rate_kg_h"),
)

observation_versions = Table(
    "observation_versions",
    metadata,
    Column("observation_id", ForeignKey("observations.observation_id"), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("recorded_by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("content", Json, nullable=False),
    # Which writing this came with: 1, 2, ... over all observations; 0 before they were numbered.
    Column("change", BigInteger, nullable=False, server_default="0"),
    Index(None, "change", "observation_id"),  # feeds walk along it from the newest
)

source_records = Table(
    "source_records",
    metadata,
    Column("catalogue", String, primary_key=True),
    Column("record_id", String, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("recorded_at", UtcTime, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("licence_id", ForeignKey("licences.licence_id"), nullable=False),
    Column("content", Json, nullable=False),
)

operators = Table(
    "operators",
    metadata,
    Column("operator_id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("country", String),
    Column("contact", String),
)

facilities = Table(
    "facilities",
    metadata,
    Column("facility_id", String, primary_key=True),
    Column("list_name", String, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("latitude", Float, nullable=False, index=True),
    Column("radius_m", Float, nullable=False),
    Column("operator_id", ForeignKey("operators.operator_id"), index=True),
    Column("properties", Json, nullable=False),
)

cases = Table(
    "cases",
    metadata,
    Column("case_id", String, primary_key=True),
    Column("programme_id", String, nullable=False),
    Column("text_id", String, nullable=False),
    Column("opened_at", UtcTime, nullable=False, index=True),
    Column("longitude", Float),
    Column("latitude", Float, index=True),
    Column("source_id", ForeignKey("sources.source_id"), index=True),
    Column("simulated", Boolean, nullable=False),
)

case_events = Table(
    "case_events",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("actor", String, nullable=False),
    Column("payload", Json, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
)

case_observations = Table(
    "case_observations",
    metadata,
    Column("case_id", ForeignKey("cases.case_id"), primary_key=True),
    Column("observation_id", ForeignKey("observations.observation_id"), primary_key=True, index=True),
)

documents = Table(
    "documents",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("stored_at", UtcTime, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

overlays = Table(
    "overlays",
    metadata,
    Column("observation_id", ForeignKey("observations.observation_id"), primary_key=True),
    Column("version", Integer, nullable=False),  # of the observation it was made for
    Column("sha256", ForeignKey("documents.sha256"), nullable=False),
    Column("corners", Json, nullable=False),  # [[longitude, latitude], ...] from top left clockwise
    Column("low_ppm_m", Float, nullable=False),
    Column("high_ppm_m", Float, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("user_id", String, primary_key=True),
    Column("name", String, nullable=False, unique=True),  # what one signs in with
    Column("display_name", String, nullable=False),  # what a case's history says
    Column("role", String, nullable=False),
    Column("operator", String, nullable=False),  # whom an operator's account acts for; else empty
    Column("password_hash", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("disabled_at", UtcTime),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True),  # SHA-256 of what the browser holds
    Column("user_id", ForeignKey("users.user_id"), nullable=False, index=True),
    Column("created_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
)

tokens = Table(
    "tokens",
    metadata,
    Column("token_id", String, primary_key=True),  # the part that may be shown
    Column("user_id", ForeignKey("users.user_id"), nullable=False, index=True),
    Column("label", String, nullable=False),
    Column("secret_hash", String, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
    Column("revoked_at", UtcTime),
)

audit = Table(
    "audit",
    metadata,
    Column("audit_id", Integer, primary_key=True),
    Column("at", UtcTime, nullable=False, index=True),
    Column("actor", String, nullable=False),
    Column("role", String, nullable=False),
    Column("action", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("detail", Json, nullable=False),
    Column("address", String, nullable=False),
)

submissions = Table(
    "submissions",
    metadata,
    Column("submission_id", String(64), primary_key=True),  # SHA-256 of the receipt that the reporter holds
    Column("received_at", UtcTime, nullable=False, index=True),
    Column("state", String, nullable=False, index=True),  # "held", "accepted", "rejected"
    Column("values", Json, nullable=False),
    Column("evidence", Json, nullable=False),  # name, SHA-256 and media type of each document
    Column("decided_at", UtcTime),
    Column("decided_by", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("case_id", ForeignKey("cases.case_id")),
)
