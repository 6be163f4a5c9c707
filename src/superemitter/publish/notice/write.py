"""Write a notice: pages in the language asked for, and the file for machines."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from superemitter.model.errors import OutputError, OutputExists
from superemitter.programme.notification import Notification, missing_items
from superemitter.programme.programmes import Programme
from superemitter.publish.messages import LANGUAGES
from superemitter.publish.notice.location_map import LETTERS, MapWords, Place, location_map_png
from superemitter.publish.notice.material import NoticeMaterial, check_pictures
from superemitter.publish.notice.pages import NoticePages, notice_pdf
from superemitter.publish.notice.record import notice_record
from superemitter.publish.notice.sections import DEFAULT_RADIUS_M
from superemitter.publish.notice.wording import Words

RECORD_NAME: Final = "notice.json"


def pdf_name(language: str) -> str:
    """``notice.en.pdf``."""
    return f"notice.{language}.pdf"


def write_notice(
    notification: Notification,
    folder: Path,
    *,
    programme: Programme,
    material: NoticeMaterial,
    languages: tuple[str, ...] = LANGUAGES,
    overwrite: bool = False,
) -> dict[str, str]:
    """Write ``notice.json`` and a ``notice.<language>.pdf`` for each language.

    An incomplete notice is written as a draft: every page says so and the first lists what is missing, by rule.
    Equal arguments give equal bytes.

    Parameters
    ----------
    notification : Notification
    folder : Path
        Made if it is not there.
    programme : Programme
        Has the rule text it is made under.
    material : NoticeMaterial
        Time, pictures, outline, places, clocks.
    languages : tuple of str
        ``"en"``, ``"zh"``.
    overwrite : bool
        Replace earlier files.

    Returns
    -------
    dict of file name to SHA-256

    Raises
    ------
    InvalidValue
        A picture is not the evidence it is named after, or there is no such language.
    OutputExists
        A file is there already with other content.
    OutputError
        A file cannot be written.
    """
    check_pictures(notification, material)
    contents = {RECORD_NAME: record_bytes(notification, programme, material)}
    for language in languages:
        contents[pdf_name(language)] = pdf_bytes(notification, programme, material, language)
    return write_files(contents, folder, overwrite=overwrite)


def record_bytes(notification: Notification, programme: Programme, material: NoticeMaterial) -> bytes:
    """The content of ``notice.json``."""
    missing = missing_items(notification, programme.text(notification.text_id))
    record = notice_record(notification, programme, material, missing)
    return (json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")


def pdf_bytes(notification: Notification, programme: Programme, material: NoticeMaterial, language: str) -> bytes:
    """The notice as PDF in one language."""
    text = programme.text(notification.text_id)
    words = Words(language, text.time_zone)
    radius = text.location_within_m or DEFAULT_RADIUS_M
    places = [
        Place(letter=letter, longitude=place.longitude, latitude=place.latitude)
        for letter, place in zip(LETTERS, material.facilities, strict=False)
    ]
    map_words = MapWords(
        overview=words("map.overview"),
        close_up=words("map.close_up", radius=f"{radius:g}"),
        longitude=words("map.longitude"),
        latitude=words("map.latitude"),
        east=words("map.east"),
        north=words("map.north"),
    )
    map_png = location_map_png(
        longitude=notification.longitude,
        latitude=notification.latitude,
        outline=material.outline,
        places=places,
        radius_m=radius,
        words=map_words,
        simulated=notification.simulated,
    )
    pages = NoticePages(
        notification=notification,
        programme=programme,
        material=material,
        missing=missing_items(notification, text),
        words=words,
        map_png=map_png,
    )
    return notice_pdf(pages)


def write_files(contents: Mapping[str, bytes], folder: Path, *, overwrite: bool) -> dict[str, str]:
    """Write files each whole or not at all, and return their SHA-256 by name.

    Raises
    ------
    OutputExists
        One of them is there with other content, and `overwrite` is false; then none is written.
    OutputError
        The folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            path = folder / name
            if not overwrite and path.exists() and path.read_bytes() != content:
                raise OutputExists(f"{path} is there already", hint="name another folder, or pass --overwrite")
        for name, content in contents.items():
            _write_whole(folder / name, content)
    except OSError as error:
        raise OutputError(f"cannot write {error.filename or folder}: {error.strerror or error}") from error
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def _write_whole(path: Path, content: bytes) -> None:
    """Write beside the place and rename into it, so that a reader never sees half a file."""
    handle, hidden = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(hidden).chmod(0o644)
        Path(hidden).replace(path)
    finally:
        Path(hidden).unlink(missing_ok=True)
