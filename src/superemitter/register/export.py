"""What leaves the register. Records under a non-commercial licence, or without stated terms, never do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from superemitter.register.engine import Register
from superemitter.register.queries import Observation, ObservationQuery, each_observation


def exportable(register: Register, query: ObservationQuery | None = None) -> Iterator[Observation]:
    """The observations of a query whose licence lets them leave. Every export goes through here."""
    return each_observation(register, replace(query or ObservationQuery(), exportable=True))
