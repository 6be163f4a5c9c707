"""What a notice shows besides the notification itself: pictures, outline, places, clocks."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from PIL import Image
from shapely.geometry.base import BaseGeometry

from superemitter.model import Facility
from superemitter.model.errors import InvalidValue
from superemitter.programme.notification import Notification

PNG: Final = b"\x89PNG\r\n\x1a\n"
MAX_PICTURE_BYTES: Final = 20_000_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NoticeMaterial:
    """Everything a notice draws or derives; all but the time may be left out.

    Attributes
    ----------
    made_at : datetime
        The notice's own time: "as of" for the rule, and the only date in the files.
    outline : geometry, optional
        The plume's (multi)polygon in longitude and latitude. [degree]
    facilities : tuple of Facility
        Drawn on the map; lettered A, B, ... in this order.
    pictures : mapping of str to bytes
        PNG pictures to show, by the name of the evidence they are; each must have the checksum stated there.
    rate_components : mapping of str to float
        1-sigma share of each named source of uncertainty. [kg h-1]
    moments : mapping of str to datetime
        When clocks started: event kind to time. What the notification knows (detection, submission) need not be
        given.
    facts : mapping of str to str
        What conditions of duties look at: ``{"outcome": "source_found_ongoing"}``.
    """

    made_at: datetime
    outline: BaseGeometry | None = None
    facilities: tuple[Facility, ...] = ()
    pictures: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    rate_components: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    moments: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    facts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        if any(moment.tzinfo is None for moment in (self.made_at, *self.moments.values())):
            raise InvalidValue("a time of the notice has no time zone")
        for name, content in self.pictures.items():
            if not content.startswith(PNG):
                raise InvalidValue(f"the picture {name} is no PNG")
            if len(content) > MAX_PICTURE_BYTES:
                raise InvalidValue(f"the picture {name} has {len(content):,} bytes", hint="20 MB at most")


def check_pictures(notification: Notification, material: NoticeMaterial) -> None:
    """Refuse a picture that is not the evidence it is named after.

    Raises
    ------
    InvalidValue
        No evidence has its name, its SHA-256 is another one, or it is damaged.
    """
    listed = {evidence.name: evidence.sha256 for evidence in notification.evidence}
    for name, content in material.pictures.items():
        if name not in listed:
            raise InvalidValue(f"the picture {name} is not among the evidence of the notice")
        if hashlib.sha256(content).hexdigest() != listed[name]:
            raise InvalidValue(
                f"the picture {name} is not the file whose SHA-256 the notice states",
                hint="make the evidence list from the same file",
            )
        try:
            with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
                image.verify()
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
            raise InvalidValue(f"the picture {name} is damaged: {error}") from error
