"""A register with something of everything, and the explorer in front of it on a port of this machine."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from superemitter.model import Facility
from superemitter.pipeline.cases import read_case, take_step
from superemitter.pipeline.notification import Signing, notification_of
from superemitter.pipeline.report_files import filing_of_plume
from superemitter.pipeline.reports import file_report
from superemitter.pipeline.review import review_plume
from superemitter.programme.payloads import to_plain
from superemitter.register import (
    Register,
    import_file,
    list_observations,
    open_register,
    register_folder,
    save_facilities,
)
from superemitter.web import Settings, create_app

SEEN = datetime(2024, 8, 27, 6, 7, 53, tzinfo=UTC)
LIST = """id,time,longitude,latitude,rate_kg_h,country,sector,licence,name
p1,2024-05-01T10:00:00Z,-102.1,31.8,1500,USA,oil-gas,CC-BY-4.0,<b>Pump</b> & co
p2,2024-06-01T10:00:00Z,179.95,-17.0,900,FJI,waste,CC-BY-4.0,=1+1
p3,2024-07-01T10:00:00Z,-179.95,-17.1,,FJI,waste,CC-BY-4.0,斐济
p4,2024-07-01T10:00:00Z,10.0,50.0,500,DEU,coal,CC-BY-NC-4.0,Not to be passed on
"""


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stocked register is kept, so that it is made once."""
    return tmp_path_factory.mktemp("shelf") / "register.db"


@pytest.fixture
def book(
    shelf: Path,
    clock: Any,
    tmp_path: Path,
    write_scan: Callable[..., Path],
    scan_plume: Callable[..., Any],
) -> Iterator[Register]:
    """Plumes of a list, on both sides of the antimeridian; a scan of two, one of them in an issued case."""
    if not shelf.exists():
        plumes = [
            scan_plume(1, 61.5, 36.5, facility_name="Withheld Works", facility_id="F-1"),
            scan_plume(2, 61.2, 36.2, None, facility_name="Other Works", facility_id="F-2"),
        ]
        with closing(open_register(tmp_path / "made.db", clock=clock)) as made:
            _stock(made, write_scan(plumes), tmp_path / "list.csv")
        shutil.move(tmp_path / "made.db", shelf)
    shutil.copy(shelf, tmp_path / "register.db")
    opened = open_register(tmp_path / "register.db", clock=clock)
    yield opened
    opened.close()


def _stock(book: Register, scan: Path, listed: Path) -> None:
    register_folder(book, scan)
    listed.write_text(LIST, encoding="utf-8")
    import_file(book, listed)
    facilities = [
        Facility(facility_id=f"F/{k}", name=f"Station {k}", longitude=61.0 + k / 10, latitude=36.0, kind="well")
        for k in range(3)
    ]
    save_facilities(book, facilities, list_name="facilities.csv")
    number = next(
        one.observation_id for one in list_observations(book).observations if one.record_id == "SCENE-001"
    )
    _issue(book, number)


def _issue(book: Register, number: int) -> None:
    """The plume is reported, accepted and its notice issued."""
    at = [SEEN + timedelta(days=days) for days in range(7)]
    picture = {"name": "seen.png", "sha256": "0" * 64, "media_type": "image/png"}
    filing = filing_of_plume(book, number, {"reporter": "Watch", "evidence": [picture]}, now=at[1])
    case_id = file_report(book, filing, programme_id="generic", now=at[1]).case.case_id
    review_plume(book, case_id, "accept", plume_id="SCENE-001", reviewer="Li Na", now=at[2], reason="clear")
    case = read_case(book, case_id, at[3])
    notice = notification_of(book, case, Signing(signer="Li Na"), language="en", now=at[3])
    steps: list[tuple[str, dict[str, Any]]] = [
        ("notified", {"notification": to_plain(notice)}),
        ("reviewed", {"outcome": "accepted"}),
        ("issued", {"report_id": "R-1", "operator": "Hidden Oil"}),
        ("notice-received", {}),
    ]
    for (kind, payload), now in zip(steps, at[3:], strict=True):
        take_step(book, case_id, kind, payload, actor="Board", now=now)


@pytest.fixture
def asking(visitor: Callable[[], Any]) -> Any:
    """A program that asks the explorer of a stocked register."""
    return visitor()


@pytest.fixture
def served(book: Register, clock: Any, socket_enabled: None) -> Iterator[str]:
    """The address of an explorer that listens on the loopback interface."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    app = create_app(book, Settings(address=address, clock=clock))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    while not server.started and thread.is_alive():
        time.sleep(0.01)
    yield address
    server.should_exit = True
    thread.join(10)
    listener.close()
