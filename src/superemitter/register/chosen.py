"""Conditions on observations by their numbers, written out: more of them than a statement has parameters for."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import BindParameter, ColumnElement, bindparam

from superemitter.register.schema import observations


def none_of(ids: Collection[int]) -> ColumnElement[bool]:
    """Whether an observation is none of these."""
    return observations.c.observation_id.not_in(_written("none_of", ids))


def one_of(ids: Collection[int]) -> ColumnElement[bool]:
    """Whether an observation is one of these."""
    return observations.c.observation_id.in_(_written("one_of", ids))


def _written(name: str, ids: Collection[int]) -> BindParameter[int]:
    return bindparam(name, sorted(ids), expanding=True, literal_execute=True)
