"""How the explorer is served: everything that may differ from one installation to another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from superemitter.model.errors import UsageError


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the explorer is served.

    Attributes
    ----------
    address : str
        Where people reach it, without a slash at its end: ``"http://127.0.0.1:8000"``. Links in feeds start with
        it; a request that names another host is refused.
    vendor : Path, optional
        Where the map library and its coastlines lie; left out: in the package.
    upload_bytes : int
        The largest request that is taken where files are: by the report form and by the forms of the roles. [byte]
    form_bytes : int
        The largest request that is taken anywhere else. [byte]
    programme_id, title : str
        The programme that public reports are judged by; the name at the top of every page.
    demo : bool
        Everything in it is made up, and every page says so.
    inventories : tuple of Path
        Yearly emissions of countries as tables, by which pledges are judged; see ``superemitter pledges``.
    clock : callable
        Gives the time, with zone.
    sign_ins, reports : (int, float)
        How many from one address in so many seconds.
    """

    address: str = "http://127.0.0.1:8000"
    vendor: Path | None = None
    upload_bytes: int = 50_000_000
    form_bytes: int = 100_000
    programme_id: str = "generic"
    title: str = "superemitter"
    demo: bool = False
    inventories: tuple[Path, ...] = ()
    clock: Callable[[], datetime] = _system_clock
    sign_ins: tuple[int, float] = (10, 900.0)
    reports: tuple[int, float] = (6, 3600.0)

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query:
            raise UsageError(
                f"the address {self.address!r} cannot be served",
                hint="give http://HOST:PORT or https://HOST, without a path",
            )

    @property
    def secure(self) -> bool:
        """Whether people reach it by https."""
        return self.address.startswith("https://")

    @property
    def host(self) -> str:
        """The host that requests must name, with its port if the address has one."""
        return urlsplit(self.address).netloc.lower()
