"""The number of the latest change of any observation, by which whoever keeps something derived knows its age."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from superemitter.register.schema import observation_versions


def newest_change(connection: Connection) -> int:
    """The number of the latest change of any observation; 0 before the first."""
    return int(connection.scalar(select(func.max(observation_versions.c.change))) or 0)


def next_change(connection: Connection) -> int:
    """The number for what a transaction changes; sound because it keeps other writers of observations out."""
    return newest_change(connection) + 1
