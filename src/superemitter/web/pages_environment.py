"""The templates, once for each language."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from superemitter import __version__
from superemitter.web.i18n import LANGUAGES, Speaker, translations
from superemitter.web.terms import term

#: What each language calls itself.
NAMES: Final = {"en": "English", "zh": "中文"}


@cache
def environment(language: str) -> Environment:
    """Templates that speak a language; everything they show is escaped."""
    made = Environment(
        loader=PackageLoader("superemitter.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    say = Speaker(language)
    made.globals |= {
        "say": say,
        "static": static,
        "languages": {one: NAMES[one] for one in LANGUAGES},
        "version": __version__,
        "term": lambda kind, value: term(say, kind, value),
    }
    return made


@cache
def static(path: str) -> str:
    """The address of a file of the page itself; it changes when the file does, so that it may be kept."""
    try:
        content = (files("superemitter.web") / "static" / path).read_bytes()
    except FileNotFoundError:
        return f"/static/{path}"
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:12]}"
