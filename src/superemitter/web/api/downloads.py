"""Any selection as a file: GeoJSON, CSV, GeoPackage, GeoParquet."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, Final

from fastapi import APIRouter
from fastapi.responses import Response, StreamingResponse

from superemitter.model.errors import TooMuch, TooOften
from superemitter.pipeline.ledger import Filters
from superemitter.publish.features import MEDIA_TYPES, WRITERS, Feature
from superemitter.web.api.answers import described, parameters
from superemitter.web.api.asking import asked, filters_in
from superemitter.web.api.layers import COLLECTIONS, Collection
from superemitter.web.context import Asked, Context

router = APIRouter(prefix="/downloads", tags=["Downloads"])
FORMS: Final = tuple(WRITERS)
NAMED: Final = ("plumes", "cases", "sources")
#: Rows of the largest file: about 50 MB of GeoJSON.
MOST: Final = 100_000
_PAGE: Final = 1000
_PIECE_BYTES: Final = 65_536
#: Files that are written at the same time: pages must stay quick meanwhile.
_AT_ONCE: Final = threading.BoundedSemaphore(2)
_PATIENCE_S: Final = 1.0


def _add(name: str, form: str, one: Collection) -> None:
    media_type = MEDIA_TYPES[form]

    @router.get(
        f"/{name}.{form}",
        operation_id=f"download_{name}_{form}",
        summary=f"{one.layer.title} as {form}",
        responses=described("The file.", (media_type.split(";")[0], "download" if form == "geojson" else None)),
        openapi_extra=parameters(*one.filters),
    )
    def download(context: Asked) -> Response:
        return _file(context, name, form, one)

    download.__doc__ = f"{one.description} Up to {MOST:,} rows."


for _name in NAMED:
    for _form in FORMS:
        _add(_name, _form, COLLECTIONS[_name])


def _file(context: Context, name: str, form: str, one: Collection) -> Response:
    """The selection, written whole before the answer begins: a fault is a problem document, never half a file."""
    filters = filters_in(asked(context.request, one.filters))
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise TooOften("other files are being written", hint="try again in a minute")
    try:
        return _written(context, name, form, one, filters)
    finally:
        _AT_ONCE.release()


def _written(context: Context, name: str, form: str, one: Collection, filters: Filters) -> Response:
    folder = Path(tempfile.mkdtemp(prefix="superemitter-"))
    try:
        path = folder / f"{name}.{form}"
        WRITERS[form](replace(one.layer, as_of=context.now), _features(context, one, filters), path)
        length, stream = path.stat().st_size, path.open("rb")
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # what is open stays readable
    headers = {"content-length": str(length), "content-disposition": f'attachment; filename="{path.name}"'}
    return StreamingResponse(_pieces(stream), media_type=MEDIA_TYPES[form], headers=headers)


def _pieces(stream: IO[bytes]) -> Iterator[bytes]:
    with stream:
        while piece := stream.read(_PIECE_BYTES):
            yield piece


def _features(context: Context, one: Collection, filters: Filters) -> Iterator[Feature]:
    leaves = _leaving(context)
    after, count = None, 0
    while True:
        page = one.list_rows(context.ledger, context.viewer, filters, now=context.now, limit=_PAGE, after=after)
        for row in page.rows:
            if leaves(row):
                yield one.feature(row)
                count += 1
        after = page.next
        if after is None:
            return
        if count >= MOST:
            raise TooMuch(f"the selection has more than {MOST:,} rows", hint="narrow it by time or place")


def _leaving(context: Context) -> Callable[[Any], bool]:
    """Whether a row's licence lets it leave the register: a reviewer sees more than may be passed on."""
    known: dict[str, bool] = {}

    def leaves(row: Any) -> bool:
        licence_id = getattr(row, "licence_id", None)
        if licence_id is None:
            return True
        if licence_id not in known:
            view = context.ledger.plume(context.viewer, row.observation_id, now=context.now)
            known[licence_id] = view.exportable
        return known[licence_id]

    return leaves
