"""What pages of lists share: their filters, and where the next page is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from superemitter.pipeline.ledger import Filters, parse_filters
from superemitter.programme.events import State
from superemitter.web.context import Context

ROWS: Final = 50


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list: what it is narrowed by, and where it goes on.

    Attributes
    ----------
    path : str
        Of the list, without language.
    filters : Filters
    query : mapping
        The filters as they stand in the address.
    after : str or None
    """

    path: str
    filters: Filters
    query: dict[str, str]
    after: str | None

    @property
    def asked(self) -> str:
        """The filters as the query of an address; empty if there is none."""
        return f"?{urlencode(self.query)}" if self.query else ""

    def following(self, mark: str | None) -> dict[str, str] | None:
        """The query of the next page; None at the end."""
        return None if mark is None else {**self.query, "after": mark}

    @property
    def states(self) -> list[str]:
        """The states that a case can be in."""
        return [state.value for state in State]


def listing(context: Context, path: str) -> Listing:
    """The page of a list that the address asks for.

    Raises
    ------
    UsageError
        A filter is not known or cannot be read.
    """
    asked = dict(context.request.query_params)
    filters = parse_filters(asked, also=("after",))
    query = {name: asked[name].strip() for name in Filters.__dataclass_fields__ if asked.get(name, "").strip()}
    return Listing(path, filters, query, asked.get("after") or None)
