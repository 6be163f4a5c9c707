"""Feeds of what is new, changed or withdrawn, narrowed by any filters."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter
from fastapi.responses import Response

from superemitter.model.errors import UnknownRecord
from superemitter.pipeline.ledger.filters import NAMES
from superemitter.pipeline.ledger.views import Happening
from superemitter.publish.feeds import ATOM_TYPE, JSON_FEED_TYPE, Feed, atom, json_feed, tag_address
from superemitter.web.api.answers import described, parameters
from superemitter.web.api.asking import asked, filters_in
from superemitter.web.api.feed_words import entry
from superemitter.web.context import Asked, Context
from superemitter.web.i18n import LANGUAGES, Speaker

router = APIRouter(prefix="/feeds", tags=["Feeds"])
ENTRIES: Final = 100
_TAGS: Final = {"en": "en", "zh": "zh-Hans"}


def _add(language: str, form: str, media_type: str, write: Callable[[Feed], bytes]) -> None:
    plain = media_type.split(";")[0]

    @router.get(
        f"/{language}.{form}",
        operation_id=f"feed_{language}_{form}",
        summary=f"What is new, as {'Atom' if form == 'atom' else 'JSON Feed'} ({_TAGS[language]})",
        responses=described("The newest hundred entries.", (plain, None if form == "atom" else "jsonFeed"))
        | {304: {"description": "Nothing has changed since the asker's copy."}},
        openapi_extra=parameters(*NAMES),
    )
    def feed(context: Asked) -> Response:
        """The newest entries; a withdrawal or a new version is an update of the same entry."""
        body = write(_feed(context, language, form))
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {"etag": tag, "cache-control": "private, no-cache"}
        known = context.request.headers.get("if-none-match", "").split(",")
        if tag in {one.strip().removeprefix("W/") for one in known}:
            return Response(status_code=304, headers=headers)
        return Response(body, media_type=media_type, headers=headers)


for _language in LANGUAGES:
    _add(_language, "atom", ATOM_TYPE, atom)
    _add(_language, "json", JSON_FEED_TYPE, json_feed)


def _feed(context: Context, language: str, form: str) -> Feed:
    query = {name: value for name, value in asked(context.request, NAMES).items() if value.strip()}
    filters = filters_in(query)
    found = context.ledger.happenings(context.viewer, filters, now=context.now, limit=ENTRIES)
    say, server = Speaker(language), context.settings.address
    host = urlsplit(server).netloc
    narrowed = f"?{urlencode(filters.as_query())}" if query else ""
    entries = [entry(one, say, server, host, _reason(context, one)) for one in found]
    title = context.settings.title
    return Feed(
        id=tag_address(host, f"{language}/feed") + _fragment(filters.as_query()),
        title=title + say.colon + (say("a selection") if query else say("everything")),
        subtitle=say("Plumes and cases: new, changed, withdrawn."),
        author=title,
        language=_TAGS[language],
        url=f"{server}/feeds/{language}.{form}{narrowed}",
        home_url=f"{server}/{language}/plumes" if not filters.of_cases else f"{server}/{language}/cases",
        updated=context.now,
        entries=entries,
    )


def _reason(context: Context, one: Happening) -> str:
    """Why a plume was withdrawn, as far as this viewer may know."""
    if one.kind != "plume-withdrawn" or one.plume is None:
        return ""
    try:
        return context.ledger.plume(context.viewer, one.plume.observation_id, now=context.now).withdrawal
    except UnknownRecord:
        return ""


def _fragment(query: dict[str, str]) -> str:
    """What tells a selection from others, as a part of an address."""
    return "".join(f"/{name}={quote(value, safe='')}" for name, value in sorted(query.items()))
