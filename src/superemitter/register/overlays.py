"""Pictures of plumes for the map: kept as documents, with the place they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from superemitter.register.documents import add_document
from superemitter.register.engine import Register
from superemitter.register.schema import overlays


@dataclass(frozen=True, slots=True, kw_only=True)
class OverlayRow:
    """Where the picture of a plume lies, and what it covers.

    Attributes
    ----------
    observation_id, version : int
        The observation, and the version of it that the picture was made for.
    sha256 : str
        Of the PNG among the documents.
    corners : list of [longitude, latitude]
        Clockwise from the top left. [degree]
    low_ppm_m, high_ppm_m : float
        Enhancement of the first and of the last colour. [ppm m]
    """

    observation_id: int
    version: int
    sha256: str
    corners: list[list[float]]
    low_ppm_m: float
    high_ppm_m: float


def keep_overlay(
    register: Register,
    observation_id: int,
    version: int,
    png: bytes,
    *,
    corners: Sequence[Sequence[float]],
    low_ppm_m: float,
    high_ppm_m: float,
) -> None:
    """Keep the picture of a plume, in place of an earlier one."""
    sha256 = add_document(register, png, name=f"overlay-{observation_id}-{version}.png", media_type="image/png")
    row = {"observation_id": observation_id, "version": version, "sha256": sha256}
    row |= {"corners": [list(corner) for corner in corners], "low_ppm_m": low_ppm_m, "high_ppm_m": high_ppm_m}
    with register.writing() as connection:
        connection.execute(delete(overlays).where(overlays.c.observation_id == observation_id))
        connection.execute(insert(overlays), row)


def overlay_of(register: Register, observation_id: int) -> OverlayRow | None:
    """The picture of a plume; None if there is none."""
    with register.reading() as connection:
        row = connection.execute(select(overlays).where(overlays.c.observation_id == observation_id)).one_or_none()
    return None if row is None else OverlayRow(**row._mapping)
