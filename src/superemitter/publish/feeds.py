"""Feeds with full text: Atom (RFC 4287) and JSON Feed 1.1, from the same entries."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from xml.etree import ElementTree

from superemitter.model.errors import InvalidValue
from superemitter.publish.cells import utc_text

ATOM_TYPE: Final = "application/atom+xml; charset=utf-8"
JSON_FEED_TYPE: Final = "application/feed+json; charset=utf-8"
_ATOM: Final = "http://www.w3.org/2005/Atom"
_LANGUAGE: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_JSON_FEED: Final = "https://jsonfeed.org/version/1.1"
#: What XML 1.0 cannot hold, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: RFC 4151: an authority, the day it was the owner's, then what is named.
_TAG: Final = re.compile(r"tag:[A-Za-z0-9.-]+,\d{4}(-\d\d){0,2}:[A-Za-z0-9/%._~:@!$&'()*+,;=-]+")

ElementTree.register_namespace("", _ATOM)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """Something that happened, in one language.

    Attributes
    ----------
    id : str
        A ``tag:`` address that never changes; an update of the same thing keeps it.
    title, url : str
    published, updated : datetime
        With a zone.
    paragraphs : tuple of str
        What happened, in full.
    facts : tuple of (label, value)
        In the order of a table.
    categories : tuple of str
    """

    id: str
    title: str
    url: str
    published: datetime
    updated: datetime
    paragraphs: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    categories: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not _TAG.fullmatch(self.id):
            raise InvalidValue(f"{self.id[:80]!r} is no tag address", hint="see tag_address")
        if self.published.tzinfo is None or self.updated.tzinfo is None:
            raise InvalidValue(f"the times of {self.id} have no zone")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A feed in one language.

    Attributes
    ----------
    id, title, subtitle, author, language : str
        `language` as BCP 47 has it: ``"en"``, ``"zh-Hans"``.
    url, home_url : str
        Of the feed itself, and of the page that shows the same.
    updated : datetime
        When the feed holds no entry; else that of its newest entry counts.
    entries : sequence of FeedEntry
        Newest first.
    """

    id: str
    title: str
    subtitle: str
    author: str
    language: str
    url: str
    home_url: str
    updated: datetime
    entries: Sequence[FeedEntry]

    @property
    def newest(self) -> datetime:
        """When anything in the feed changed last."""
        return max((entry.updated for entry in self.entries), default=self.updated)


def tag_address(host: str, name: str) -> str:
    """A ``tag:`` address (RFC 4151) for something of a host's: ``tag:example.org,2026:plume/17``.

    Letters that the scheme does not allow are percent-encoded; a port is left out.
    """
    owner = (
        re.sub(r"[^A-Za-z0-9.-]", "", host.rsplit(":", 1)[0] if not host.endswith("]") else host) or "localhost"
    )
    plain = re.sub(r"[^A-Za-z0-9/._~-]", lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), name)
    return f"tag:{owner},2026:{plain}"


def atom(feed: Feed) -> bytes:
    """A feed as an Atom document (RFC 4287)."""
    root = ElementTree.Element(_atom("feed"), {_LANGUAGE: feed.language})
    _add(root, "id", feed.id)
    _add(root, "title", feed.title)
    _add(root, "subtitle", feed.subtitle)
    _add(root, "updated", utc_text(feed.newest))
    _add(_add(root, "author", None), "name", feed.author)
    _add(root, "link", None, rel="self", type="application/atom+xml", href=feed.url)
    _add(root, "link", None, rel="alternate", type="text/html", href=feed.home_url)
    for entry in feed.entries:
        _add_entry(root, entry)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def json_feed(feed: Feed) -> bytes:
    """A feed as a JSON Feed 1.1 document."""
    document = {
        "version": _JSON_FEED,
        "title": feed.title,
        "description": feed.subtitle,
        "home_page_url": feed.home_url,
        "feed_url": feed.url,
        "language": feed.language,
        "authors": [{"name": feed.author}],
        "items": [_item(entry) for entry in feed.entries],
    }
    return (json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def _item(entry: FeedEntry) -> dict[str, Any]:
    out: dict[str, Any] = {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "content_html": _html(entry),
        "content_text": _text(entry),
        "date_published": utc_text(entry.published),
        "date_modified": utc_text(entry.updated),
    }
    return out | ({"tags": list(entry.categories)} if entry.categories else {})


def _add_entry(root: ElementTree.Element, entry: FeedEntry) -> None:
    node = _add(root, "entry", None)
    _add(node, "id", entry.id)
    _add(node, "title", entry.title)
    _add(node, "link", None, rel="alternate", type="text/html", href=entry.url)
    _add(node, "published", utc_text(entry.published))
    _add(node, "updated", utc_text(entry.updated))
    for category in entry.categories:
        _add(node, "category", None, term=category)
    _add(node, "content", _html(entry), type="html")


def _html(entry: FeedEntry) -> str:
    """The full text, every word of it escaped by the library that writes it."""
    parts = []
    for paragraph in entry.paragraphs:
        node = ElementTree.Element("p")
        node.text = _clean(paragraph)
        parts.append(node)
    if entry.facts:
        table = ElementTree.Element("dl")
        for label, value in entry.facts:
            ElementTree.SubElement(table, "dt").text = _clean(label)
            ElementTree.SubElement(table, "dd").text = _clean(value)
        parts.append(table)
    return "".join(ElementTree.tostring(part, encoding="unicode", method="html") for part in parts)


def _text(entry: FeedEntry) -> str:
    facts = [f"{_clean(label)}: {_clean(value)}" for label, value in entry.facts]
    return "\n\n".join([*map(_clean, entry.paragraphs), *(["\n".join(facts)] if facts else [])])


def _atom(name: str) -> str:
    return f"{{{_ATOM}}}{name}"


def _add(parent: ElementTree.Element, name: str, text: str | None, **attributes: str) -> ElementTree.Element:
    node = ElementTree.SubElement(parent, _atom(name), {key: _clean(value) for key, value in attributes.items()})
    node.text = None if text is None else _clean(text)
    return node


def _clean(text: str) -> str:
    """The text with a replacement sign for what no XML document can hold."""
    return _NOT_XML.sub("\ufffd", text)
