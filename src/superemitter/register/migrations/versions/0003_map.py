"""Numbered changes of observations, and where a plume's picture for the map lies.

A migration is never edited once released: change the register with the next one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Number what is written from now on; all that is there already is change 0."""
    number = sa.Column("change", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("observation_versions", number)
    op.create_index(
        "ix_observation_versions_change_observation_id", "observation_versions", ["change", "observation_id"]
    )
    op.create_table(
        "overlays",
        sa.Column("observation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("corners", sa.Text(), nullable=False),
        sa.Column("low_ppm_m", sa.Float(), nullable=False),
        sa.Column("high_ppm_m", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["observation_id"],
            ["observations.observation_id"],
            name=op.f("fk_overlays_observation_id"),
        ),
        sa.ForeignKeyConstraint(["sha256"], ["documents.sha256"], name=op.f("fk_overlays_sha256")),
        sa.PrimaryKeyConstraint("observation_id", name=op.f("pk_overlays")),
    )
