"""The first register: observations with versions, events, sources, cases with chains, documents.

A migration is never edited once released: change the register with the next one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

#: Tables with a point index: R*Tree on SQLite, GiST on PostgreSQL.
POINTS = (("observations", "observation_id"), ("sources", "source_id"))


def upgrade() -> None:
    """Make the tables and their point indexes."""
    _tables()
    for table, key in POINTS:
        if op.get_bind().dialect.name == "sqlite":
            _rtree(table, key)
        else:
            op.execute(f"CREATE INDEX ix_{table}_point ON {table} USING gist (point(longitude, latitude))")


def _rtree(table: str, key: str) -> None:
    """An R*Tree beside the table, kept in step by the database itself."""
    op.execute(f"CREATE VIRTUAL TABLE {table}_rtree USING rtree({key}, west, east, south, north)")
    put = (
        f"INSERT OR REPLACE INTO {table}_rtree SELECT NEW.{key}, NEW.longitude, NEW.longitude, NEW.latitude, "
        "NEW.latitude WHERE NEW.longitude IS NOT NULL AND NEW.latitude IS NOT NULL;"
    )
    take = f"DELETE FROM {table}_rtree WHERE {key} = OLD.{key};"  # noqa: S608 - names of our own
    op.execute(f"CREATE TRIGGER {table}_rtree_insert AFTER INSERT ON {table} BEGIN {put} END")
    moved = f"AFTER UPDATE OF longitude, latitude ON {table}"
    op.execute(f"CREATE TRIGGER {table}_rtree_update {moved} BEGIN {take} {put} END")
    op.execute(f"CREATE TRIGGER {table}_rtree_delete AFTER DELETE ON {table} BEGIN {take} END")


def _tables() -> None:
    op.create_table(
        "documents",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_documents")),
    )
    op.create_table(
        "events",
        sa.Column("event_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_events")),
    )
    op.create_table(
        "imports",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("catalogue", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_imports")),
    )
    op.create_table(
        "licences",
        sa.Column("licence_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("attribution", sa.String(), nullable=False),
        sa.Column("exportable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("licence_id", name=op.f("pk_licences")),
    )
    op.create_table(
        "operators",
        sa.Column("operator_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("contact", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("operator_id", name=op.f("pk_operators")),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("scene_id", sa.String(), nullable=False),
        sa.Column("registered_at", sa.BigInteger(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_runs")),
    )
    op.create_index(op.f("ix_runs_scene_id"), "runs", ["scene_id"], unique=False)
    op.create_table(
        "sources",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_sources")),
    )
    op.create_table(
        "cases",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("programme_id", sa.String(), nullable=False),
        sa.Column("text_id", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.source_id"], name=op.f("fk_cases_source_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_cases")),
    )
    op.create_index(op.f("ix_cases_latitude"), "cases", ["latitude"], unique=False)
    op.create_index(op.f("ix_cases_opened_at"), "cases", ["opened_at"], unique=False)
    op.create_index(op.f("ix_cases_source_id"), "cases", ["source_id"], unique=False)
    op.create_table(
        "facilities",
        sa.Column("facility_id", sa.String(), nullable=False),
        sa.Column("list_name", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("radius_m", sa.Float(), nullable=False),
        sa.Column("operator_id", sa.String(), nullable=True),
        sa.Column("properties", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operators.operator_id"], name=op.f("fk_facilities_operator_id")
        ),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facilities")),
    )
    op.create_index(op.f("ix_facilities_latitude"), "facilities", ["latitude"], unique=False)
    op.create_index(op.f("ix_facilities_operator_id"), "facilities", ["operator_id"], unique=False)
    op.create_table(
        "scenes",
        sa.Column("scene_id", sa.String(), nullable=False),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("west", sa.Float(), nullable=False),
        sa.Column("south", sa.Float(), nullable=False),
        sa.Column("east", sa.Float(), nullable=False),
        sa.Column("north", sa.Float(), nullable=False),
        sa.Column("outline", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("checksums", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["runs.run_id"], name=op.f("fk_scenes_run_id")),
        sa.PrimaryKeyConstraint("scene_id", name=op.f("pk_scenes")),
    )
    op.create_index(op.f("ix_scenes_time"), "scenes", ["time"], unique=False)
    op.create_table(
        "source_records",
        sa.Column("catalogue", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("licence_id", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licences.licence_id"], name=op.f("fk_source_records_licence_id")
        ),
        sa.PrimaryKeyConstraint("catalogue", "record_id", "version", name=op.f("pk_source_records")),
    )
    op.create_table(
        "case_events",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_events_case_id")),
        sa.PrimaryKeyConstraint("case_id", "sequence", name=op.f("pk_case_events")),
        sa.UniqueConstraint("digest", name=op.f("uq_case_events_digest")),
    )
    op.create_table(
        "observations",
        sa.Column("observation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("catalogue", sa.String(), nullable=False),
        sa.Column("record_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("position_error_m", sa.Float(), nullable=True),
        sa.Column("rate_kg_h", sa.Float(), nullable=True),
        sa.Column("rate_low_kg_h", sa.Float(), nullable=True),
        sa.Column("rate_high_kg_h", sa.Float(), nullable=True),
        sa.Column("probability_ge_100_kg_h", sa.Float(), nullable=True),
        sa.Column("probability_of_detection", sa.Float(), nullable=True),
        sa.Column("instrument", sa.String(), nullable=False),
        sa.Column("sector", sa.String(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("licence_id", sa.String(), nullable=False),
        sa.Column("scene_id", sa.String(), nullable=True),
        sa.Column("event_id", sa.Integer(), nullable=True),
        sa.Column("source_id", sa.Integer(), nullable=True),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["event_id"], ["events.event_id"], name=op.f("fk_observations_event_id")),
        sa.ForeignKeyConstraint(["licence_id"], ["licences.licence_id"], name=op.f("fk_observations_licence_id")),
        sa.ForeignKeyConstraint(["scene_id"], ["scenes.scene_id"], name=op.f("fk_observations_scene_id")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.source_id"], name=op.f("fk_observations_source_id")),
        sa.PrimaryKeyConstraint("observation_id", name=op.f("pk_observations")),
        sa.UniqueConstraint("catalogue", "record_id", name=op.f("uq_observations_catalogue_record_id")),
    )
    op.create_index(
        op.f("ix_observations_country_sector_time_observation_id"),
        "observations",
        ["country", "sector", "time", "observation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_observations_country_time_observation_id"),
        "observations",
        ["country", "time", "observation_id"],
        unique=False,
    )
    op.create_index(op.f("ix_observations_event_id"), "observations", ["event_id"], unique=False)
    op.create_index(op.f("ix_observations_rate_kg_h"), "observations", ["rate_kg_h"], unique=False)
    op.create_index(op.f("ix_observations_scene_id"), "observations", ["scene_id"], unique=False)
    op.create_index(
        op.f("ix_observations_sector_time_observation_id"),
        "observations",
        ["sector", "time", "observation_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_observations_source_id_time_observation_id"),
        "observations",
        ["source_id", "time", "observation_id"],
        unique=False,
    )
    op.create_index(
        "ix_observations_walk",
        "observations",
        [
            *("time", "observation_id", "longitude", "latitude", "rate_kg_h", "sector", "country", "catalogue"),
            *("kind", "licence_id", "simulated", "withdrawn"),
        ],
        unique=False,
    )
    op.create_table(
        "case_observations",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("observation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.case_id"], name=op.f("fk_case_observations_case_id")),
        sa.ForeignKeyConstraint(
            ["observation_id"], ["observations.observation_id"], name=op.f("fk_case_observations_observation_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "observation_id", name=op.f("pk_case_observations")),
    )
    op.create_index(
        op.f("ix_case_observations_observation_id"), "case_observations", ["observation_id"], unique=False
    )
    op.create_table(
        "observation_versions",
        sa.Column("observation_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["observation_id"],
            ["observations.observation_id"],
            name=op.f("fk_observation_versions_observation_id"),
        ),
        sa.PrimaryKeyConstraint("observation_id", "version", name=op.f("pk_observation_versions")),
    )
