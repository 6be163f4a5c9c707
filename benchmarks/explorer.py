"""The explorer at the size of a world's plumes: lists of the ledger, and fifty readers at once.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/explorer.py [--plumes 1000000] [--keep FOLDER]

Fills a register as benchmarks/register.py does (`--keep` uses the same folder again), puts 2,000 cases into it, a
third of which the public does not see, and copies it to a PostgreSQL server that is started here. Asks the ledger
for its lists as the public and as a reviewer. Then serves the register on SQLite to fifty readers that ask without
pause for a minute: map cells, lists, plumes, cases, filters. Prints Markdown tables; fails if a page of a list
misses its limit, or a reader gets an error.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select

from register import fill, places
from superemitter.pipeline.ledger import Filters, Ledger
from superemitter.pipeline.register import plume_entry
from superemitter.programme.chain import Event, next_event
from superemitter.programme.disclosure import PUBLIC, Role, Viewer
from superemitter.register import Register, observation, open_register
from superemitter.register.schema import case_events, case_observations, cases
from world_map import copied, server

LIMIT_MS = 150.0
CASES = 2_000
READERS, SECONDS = 50, 60.0
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
REVIEWER = Viewer(role=Role.REVIEWER, name="Benchmark")
#: What happens in a case, hours after it was opened; a case gets a beginning of it.
STEPS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("plume-reviewed", {"decision": "accepted", "reason": "clear"}),
    ("notified", {"notification": {}}),
    ("reviewed", {"outcome": "accepted"}),
    ("issued", {"report_id": "R", "operator": "Company"}),
    ("notice-received", {}),
    ("observed", {"scene_id": "S", "detected": False, "probability_of_detection": 0.9}),
    ("answered", {"form_id": "f", "values": {}, "outcome": "source_found_ended", "error_claimed": False}),
    ("attribution-decided", {"state": "confirmed", "operator": "Company", "reason": "answered"}),
    ("closed", {"basis": "answer", "reason": "found and ended"}),
)


def add_cases(register: Register, count: int, rng: np.random.Generator) -> None:
    """Cases of single plumes at every stage; one in three is not issued, so that the public does not see it."""
    with register.reading() as connection:
        if connection.scalar(select(func.count()).select_from(cases)):
            return
    opened, told, links = [], [], []
    for number, plume in enumerate(rng.choice(np.arange(1, 900_000), count, replace=False)):
        entry = plume_entry(register, observation(register, int(plume)))
        steps = int(rng.integers(0, 3)) if number % 3 == 0 else int(rng.integers(4, len(STEPS) + 1))
        events = _chain(f"bench-{number:05d}", entry, steps, NOW - timedelta(days=float(rng.uniform(10, 400))))
        told += events
        opened.append(
            {
                "case_id": events[0].case_id,
                "programme_id": "generic",
                "text_id": "generic",
                "opened_at": events[0].at,
                "longitude": entry["source_longitude"],
                "latitude": entry["source_latitude"],
                "source_id": None,
                "simulated": False,
            }
        )
        links.append({"case_id": events[0].case_id, "observation_id": int(plume)})
    _store(
        register,
        opened,
        [{name: getattr(one, name) for name in Event.__dataclass_fields__} for one in told],
        links,
    )


def _chain(case_id: str, entry: dict[str, Any], steps: int, at: datetime) -> list[Event]:
    opening = {
        "programme_id": "generic",
        "longitude": entry["source_longitude"],
        "latitude": entry["source_latitude"],
        "detected_at": [(at - timedelta(days=1)).isoformat()],
        "plumes": [entry],
        "report": {"id": case_id, "reporter": "Watch", "anonymous": False},
    }
    events: list[Event] = []
    for kind, payload in (("notification-received", opening), *STEPS[:steps]):
        content = {**payload, "plume_id": entry["plume_id"]} if kind == "plume-reviewed" else payload
        events.append(next_event(events, case_id=case_id, kind=kind, at=at, actor="Watch", payload=content))
        at += timedelta(hours=20)
    return events


def _store(register: Register, *rows: list[dict[str, Any]]) -> None:
    with register.writing() as connection:
        for table, some in zip((cases, case_events, case_observations), rows, strict=True):
            connection.execute(insert(table), some)


def copy_cases(source: Register, target: Register) -> None:
    """The same cases on another database."""
    with source.reading() as connection:
        rows = [
            [dict(row._mapping) for row in connection.execute(select(table))]
            for table in (cases, case_events, case_observations)
        ]
    _store(target, *rows)


# ---- the ledger alone


def timed(ask: Callable[[], Any]) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - start)


def pages(ask: Any, viewer: Viewer, filters: Filters, count: int = 5) -> Iterator[float]:
    """Milliseconds of the first pages of a list."""
    after: str | None = None
    for _ in range(count):
        start = time.perf_counter()
        page = ask(viewer, filters, now=NOW, limit=50, after=after)
        yield 1000 * (time.perf_counter() - start)
        after = page.next
        if after is None:
            return


def boxes(rng: np.random.Generator, count: int) -> list[tuple[float, float, float, float]]:
    """Boxes of 10 degrees about places with plumes."""
    lon, lat = places(np.random.default_rng(1))
    chosen = rng.integers(0, lon.size, count)
    middle = zip(np.clip(lon[chosen], -170, 170), np.clip(lat[chosen], -80, 80), strict=True)
    return [(float(x) - 5, float(y) - 5, float(x) + 5, float(y) + 5) for x, y in middle]


def measured(register: Register, repeats: int) -> dict[str, list[float]]:
    """Milliseconds by what is asked of the ledger."""
    out: dict[str, list[float]] = {"first question after a start (limit not applied)": []}
    ledger = Ledger(register)
    out["first question after a start (limit not applied)"].append(timed(lambda: ledger.warm(NOW)))
    for who, viewer in (("public", PUBLIC), ("reviewer", REVIEWER)):
        some = boxes(np.random.default_rng(3), repeats)
        filters = {
            "newest": [Filters()],
            "box of 10 degrees": [Filters(bbox=one) for one in some],
            "more than 5 t/h": [Filters(min_rate=5_000.0)],
            "of open cases": [Filters(state="issued")],
            "of one operator": [Filters(operator="Company")],
        }
        for name, asked in filters.items():
            out[f"plumes, {name}, {who}"] = [t for one in asked for t in pages(ledger.plumes, viewer, one)]
        for name in ("newest", "box of 10 degrees", "of one operator"):
            asked = filters[name]
            out[f"cases, {name}, {who}"] = [t for one in asked for t in pages(ledger.cases, viewer, one)]
        for name in ("newest", "box of 10 degrees"):
            out[f"sources, {name}, {who}"] = [
                t for one in filters[name] for t in pages(ledger.sources, viewer, one)
            ]
        out[f"operators, {who}"] = [timed(lambda v=viewer: ledger.operators(v, now=NOW)) for _ in range(repeats)]
        out[f"statistics, {who}"] = [
            timed(lambda v=viewer: ledger.statistics(v, Filters(), now=NOW)) for _ in range(repeats)
        ]
        out[f"happenings, {who}"] = [
            timed(lambda v=viewer: ledger.happenings(v, Filters(), now=NOW)) for _ in range(repeats)
        ]
    return out


# ---- readers


def serve(database: str, port: int) -> None:
    """The explorer on loopback, until it is ended."""
    import uvicorn

    from superemitter.web import Settings, create_app

    register = open_register(database)
    app = create_app(register, Settings(address=f"http://127.0.0.1:{port}", clock=lambda: NOW))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="error")


def addresses(rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """What a reader asks for, and its kind; without end."""
    while True:
        west, south, east, north = boxes(rng, 1)[0]
        box = f"{west:.2f},{south:.2f},{east:.2f},{north:.2f}"
        yield from (
            ("map cells, world", f"/map/cells?zoom={rng.integers(0, 4)}"),
            ("map cells, box", f"/map/cells?zoom=5&bbox={box}"),
            ("plumes", "/en/plumes"),
            ("plumes, box", f"/zh/plumes?bbox={box}"),
            ("plumes, rate", f"/en/plumes?min_rate={rng.integers(100, 9_000)}"),
            ("a plume", f"/en/plumes/{rng.integers(1, 900_000)}"),
            ("cases", "/en/cases"),
            ("a case", f"/zh/cases/bench-{rng.integers(0, CASES):05d}"),
            ("sources", f"/en/sources?bbox={box}"),
            ("collections", f"/collections/plumes/items?limit=20&bbox={box}"),
            ("feed", "/feeds/en.atom"),
        )


def read(port: int, seed: int, until: float, times: dict[str, list[float]], errors: list[str]) -> None:
    """One reader: question after question on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for kind, address in addresses(np.random.default_rng(seed)):
        start = time.perf_counter()
        if start > until:
            break
        try:
            connection.request("GET", address, headers={"accept": "*/*"})
            answer = connection.getresponse()
            answer.read()
        except OSError as error:
            errors.append(f"{address}: {error!r}")
            connection.close()
            continue
        if answer.status >= 500 or (answer.status >= 400 and kind not in ("a plume", "a case", *_LATER)):
            errors.append(f"{address}: {answer.status}")
        times[kind].append(1000 * (time.perf_counter() - start))
    connection.close()


#: Asked also where an installation does not have them yet.
_LATER = ("collections", "feed")


def crowd(database: str, port: int, readers: int, seconds: float) -> tuple[dict[str, list[float]], list[str]]:
    """Milliseconds by what was asked, and errors, of many readers at once."""
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(database, port), daemon=True)
    process.start()
    try:
        _wait(port)
        times: dict[str, list[float]] = defaultdict(list)
        errors: list[str] = []
        until = time.perf_counter() + seconds
        threads = [
            threading.Thread(target=read, args=(port, seed, until, times, errors)) for seed in range(readers)
        ]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
    finally:
        process.terminate()
        process.join()
    return times, errors


def _wait(port: int) -> None:
    """Until the explorer answers, its map read."""
    for _ in range(600):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        try:
            connection.request("GET", "/map/cells?zoom=0")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise SystemExit("the explorer does not start")


def main() -> int:
    """Fill, ask, read, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plumes", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--keep", type=Path, help="fill, or use again, a register in this folder")
    parser.add_argument("--only", choices=("SQLite", "PostgreSQL", "readers"), help="measure one part")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    missed = False
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        known = (folder / "register.db").exists()
        register = open_register(folder / "register.db", upgrade=True)
        if not known:
            fill(register, folder, options.plumes, rng, places(rng))
        add_cases(register, CASES, np.random.default_rng(2))
        times: dict[str, dict[str, list[float]]] = {}
        if options.only in (None, "SQLite"):
            times["SQLite"] = measured(register, options.repeats)
        if options.only in (None, "PostgreSQL"):
            times["PostgreSQL"] = on_postgres(register, options.repeats)
        register.close()
        if times:
            missed = show(times)
        if options.only in (None, "readers"):
            told, errors = crowd(str(folder / "register.db"), options.port, options.readers, options.seconds)
            missed |= show_crowd(told, errors, options)
    return int(missed)


def on_postgres(register: Register, repeats: int) -> dict[str, list[float]]:
    """The same questions to a PostgreSQL server that is started for them."""
    postgres = server()
    try:
        other = copied(register, postgres.new_database())
        copy_cases(register, other)
        found = measured(other, repeats)
        other.close()
    finally:
        postgres.stop()
    return found


def show(times: dict[str, dict[str, list[float]]]) -> bool:
    """The ledger's table; whether a limit is missed."""
    print("| page | " + " | ".join(f"{name}: median | p95" for name in times) + " |")
    print("|---|" + "---|---|" * len(times))
    missed = False
    for asked in next(iter(times.values())):
        row = [values[asked] for values in times.values()]
        cells = (f"{np.median(v):.0f} ms | {np.percentile(v, 95):.0f} ms" for v in row)
        print(f"| {asked} | " + " | ".join(cells) + " |", flush=True)
        if not asked.startswith("first question"):
            missed |= any(np.percentile(v, 95) > LIMIT_MS for v in row)
    return missed


def show_crowd(times: dict[str, list[float]], errors: list[str], options: argparse.Namespace) -> bool:
    """The readers' table; whether any of them got an error."""
    every = [one for values in times.values() for one in values]
    print(f"\n{options.readers} readers, {options.seconds:.0f} s: {len(every):,} answers, {len(errors)} errors\n")
    print("| asked | answers | median | p95 |\n|---|---|---|---|")
    for kind, values in {**times, "all": every}.items():
        print(f"| {kind} | {len(values)} | {np.median(values):.0f} ms | {np.percentile(values, 95):.0f} ms |")
    for one in errors[:10]:
        print(one, file=sys.stderr)
    return bool(errors)


if __name__ == "__main__":
    sys.exit(main())
