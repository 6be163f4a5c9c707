"""Feeds: read back as others read them, whatever the texts hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from superemitter.model.errors import InvalidValue
from superemitter.publish.feeds import Feed, FeedEntry, atom, json_feed, tag_address

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
ATOM = "{http://www.w3.org/2005/Atom}"
ENTRY = FeedEntry(
    id="tag:example.org,2026:plume/17",
    title="1,240 kg/h <b>& more</b>",
    url="https://example.org/en/plumes/17",
    published=NOON,
    updated=NOON + timedelta(days=2),
    paragraphs=("<script>alert(1)</script> was seen.",),
    facts=(("Rate", "1,240 kg/h"),),
    categories=("plume",),
)
FEED = Feed(
    id="tag:example.org,2026:feed/en",
    title="Leaks",
    subtitle="New and changed",
    author="superemitter",
    language="en",
    url="https://example.org/feeds/en.atom?country=US&since=2026-01-01",
    home_url="https://example.org/en/",
    updated=NOON,
    entries=(ENTRY,),
)


def test_atom_has_what_rfc_4287_asks_of_a_feed_and_an_entry() -> None:
    root = ElementTree.fromstring(atom(FEED))
    assert root.tag == f"{ATOM}feed"
    for node in (root, root.find(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(node.findall(f"{ATOM}{name}")) == 1
    assert root.find(f"{ATOM}updated").text == "2026-09-03T12:00:00Z"
    assert root.find(f"{ATOM}author/{ATOM}name").text == "superemitter"
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert links == {"self": FEED.url, "alternate": FEED.home_url}


def test_markup_in_texts_is_shown_and_never_run() -> None:
    entry = ElementTree.fromstring(atom(FEED)).find(f"{ATOM}entry")
    assert entry.find(f"{ATOM}title").text == ENTRY.title
    html = entry.find(f"{ATOM}content").text
    assert "<script" not in html and "&lt;script&gt;" in html and "<dt>Rate</dt><dd>1,240 kg/h</dd>" in html
    assert json.loads(json_feed(FEED))["items"][0]["content_html"] == html


def test_json_feed_has_what_version_1_1_asks() -> None:
    document = json.loads(json_feed(FEED))
    assert document["version"] == "https://jsonfeed.org/version/1.1" and document["feed_url"] == FEED.url
    item = document["items"][0]
    assert item["id"] == ENTRY.id and item["tags"] == ["plume"]
    assert item["date_published"] == "2026-09-01T12:00:00Z" and item["date_modified"] == "2026-09-03T12:00:00Z"
    assert "<script>" in item["content_text"]  # plain text stays as it was


@given(st.text(alphabet=st.characters(), max_size=40))
def test_any_text_makes_a_document_that_can_be_read(text: str) -> None:
    feed = replace(
        FEED,
        title=text,
        entries=(replace(ENTRY, title=text, paragraphs=(text,), facts=((text, text),), categories=(text,)),),
    )
    assert ElementTree.fromstring(atom(feed)) is not None
    assert json.loads(json_feed(feed))["items"][0]["id"] == ENTRY.id


def test_control_letters_leave_a_visible_sign() -> None:
    root = ElementTree.fromstring(atom(replace(FEED, title="a\x00b\x1bc")))
    assert root.find(f"{ATOM}title").text == "a\ufffdb\ufffdc"


def test_an_empty_feed_says_when_it_was_made() -> None:
    root = ElementTree.fromstring(atom(replace(FEED, entries=())))
    assert root.find(f"{ATOM}updated").text == "2026-09-01T12:00:00Z" and root.find(f"{ATOM}entry") is None


def test_chinese_is_kept_as_it_is() -> None:
    feed = replace(FEED, title="甲烷泄漏", language="zh-Hans")
    assert "甲烷泄漏".encode() in atom(feed) and "甲烷泄漏".encode() in json_feed(feed)


@pytest.mark.parametrize(
    ("host", "name", "address"),
    [
        ("example.org", "plume/17", "tag:example.org,2026:plume/17"),
        ("127.0.0.1:8000", "case/C-1/issued/1", "tag:127.0.0.1,2026:case/C-1/issued/1"),
        ("example.org", "case/甲 1", "tag:example.org,2026:case/%E7%94%B2%201"),
        ("[::1]:8000", "plume/1", "tag:1,2026:plume/1"),
    ],
)
def test_tag_addresses_keep_to_rfc_4151(host: str, name: str, address: str) -> None:
    assert tag_address(host, name) == address
    assert replace(ENTRY, id=address).id == address


def test_an_entry_without_a_stable_address_or_zone_is_refused() -> None:
    with pytest.raises(InvalidValue):
        replace(ENTRY, id="17")
    with pytest.raises(InvalidValue):
        replace(ENTRY, updated=datetime(2026, 9, 1))
