"""The map of a world's plumes: how long views take, on SQLite and PostgreSQL.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/world_map.py [--plumes 1000000] [--keep FOLDER]

Fills a register as benchmarks/register.py does (`--keep` uses the same folder again), copies it to a PostgreSQL
server that is started here, and asks both for the map: the first view after a start, views of the world with every
filter, boxes at every zoom, the same view again, and the first view after a withdrawal. "By SQL" is the same count
by a grouping query of the database, for comparison. Prints a Markdown table; fails if a limit is missed.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select, text

from register import fill, places, questions
from superemitter.register import ObservationQuery, Register, open_register, withdraw
from superemitter.register.cells import PlumeMap
from superemitter.register.schema import events, licences, observation_versions, observations, sources
from superemitter.register.store import renew_statistics

LIMIT_MS = 500.0
_BATCH = 20_000


def timed(ask: Callable[[], Any]) -> float:
    """Milliseconds that a call takes."""
    start = time.perf_counter()
    ask()
    return 1000 * (time.perf_counter() - start)


def by_sql(register: Register) -> None:
    """Plumes counted in cells of 5.6 degrees by the database alone."""
    o = observations.c
    column, row = func.floor((o.longitude + 180) / 5.625), func.floor((o.latitude + 90) / 5.625)
    query = select(column, row, func.count(), func.max(o.rate_kg_h)).where(o.kind == "plume", ~o.withdrawn)
    with register.reading() as connection:
        connection.execute(query.group_by(column, row)).all()


def copied(source: Register, url: str) -> Register:
    """The same register on another database; of each observation the latest version without its content."""
    target = open_register(url)
    with source.reading() as reading, target.writing() as writing:
        for table in (licences, events, sources, observations):
            rows = reading.execution_options(yield_per=_BATCH).execute(select(table))
            for batch in rows.partitions():
                writing.execute(insert(table), [dict(row._mapping) for row in batch])
        writing.execute(text(_VERSIONS))
        renew_statistics(writing)
    return target


_VERSIONS = f"""INSERT INTO {observation_versions.name}
    SELECT observation_id, version, digest, time, 'benchmark', 'copy', '{{}}', 1 FROM observations"""


def measured(register: Register, rng: np.random.Generator, repeats: int) -> dict[str, list[float]]:
    """Milliseconds by what is asked."""
    at = places(np.random.default_rng(1))
    out: dict[str, list[float]] = {"by SQL, no filter": [timed(lambda: by_sql(register)) for _ in range(3)]}
    out["first view after a start (limit not applied)"] = [
        timed(lambda: PlumeMap(register).view(zoom=2)) for _ in range(3)
    ]
    plumes = PlumeMap(register)
    plumes.warm()
    out["world"] = [timed(lambda z=zoom: plumes.view(zoom=z)) for zoom in range(5)]
    out["world, again"] = [timed(lambda z=zoom: plumes.view(zoom=z)) for zoom in range(5)]
    out["world, first filter by country or sector"] = [
        timed(lambda q=query: plumes.view(q, zoom=2))
        for query in (ObservationQuery(country="Country 00"), ObservationQuery(sector="coal"))
    ]
    for name, make in questions(rng, at).items():
        zoom = {"0.1": 12, "1 de": 9, "5 de": 6, "10 d": 5, "60 d": 3}.get(name.removeprefix("box ")[:4], 2)
        out[name] = [_view(plumes, make(), zoom) for _ in range(repeats)]
    hidden = frozenset(rng.integers(1, 1_000_000, 20_000).tolist())
    out["world, 20,000 hidden"] = [
        timed(lambda z=zoom: plumes.view(zoom=z, excluding=hidden)) for zoom in range(5)
    ]
    out["world, first after a withdrawal"] = []
    for _ in range(3):
        before = plumes.view(zoom=2).total
        with register.reading() as connection:
            o = observations.c
            one = connection.scalar(select(func.max(o.observation_id)).where(o.kind == "plume", ~o.withdrawn))
        _withdraw(register, int(one or 0))
        out["world, first after a withdrawal"].append(timed(lambda: plumes.view(zoom=2)))
        assert plumes.view(zoom=2).total == before - 1
    return out


def _view(plumes: PlumeMap, query: ObservationQuery, zoom: int) -> float:
    return timed(lambda: plumes.view(query, zoom=zoom))


def _withdraw(register: Register, observation_id: int) -> None:
    withdraw(register, observation_id, by="benchmark", reason="to see how long the map takes to show it")


def server() -> Any:
    """A PostgreSQL server as the tests start it."""
    path = Path(__file__).resolve().parents[1] / "tests" / "register_databases.py"
    spec = importlib.util.spec_from_file_location("register_databases", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module.PostgresServer()


def main() -> int:
    """Fill, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plumes", type=int, default=1_000_000)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--keep", type=Path, help="fill, or use again, a register in this folder")
    options = parser.parse_args()
    rng = np.random.default_rng(1)
    times: dict[str, dict[str, list[float]]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        known = (folder / "register.db").exists()
        register = open_register(folder / "register.db", upgrade=True)
        if not known:
            fill(register, folder, options.plumes, rng, places(rng))
        postgres = server()
        try:
            other = copied(register, postgres.new_database())
            for name, one in (("SQLite", register), ("PostgreSQL", other)):
                times[name] = measured(one, np.random.default_rng(2), options.repeats)
            other.close()
        finally:
            postgres.stop()
        register.close()
    return show(times)


def show(times: dict[str, dict[str, list[float]]]) -> int:
    """The table; 1 if a limit is missed."""
    print("| view | " + " | ".join(f"{name}: median | worst" for name in times) + " |")
    print("|---|" + "---|---|" * len(times))
    missed = False
    for asked in next(iter(times.values())):
        row = [values[asked] for values in times.values()]
        print(f"| {asked} | " + " | ".join(f"{np.median(v):.0f} ms | {max(v):.0f} ms" for v in row) + " |")
        if not asked.startswith(("by SQL", "first view")):
            missed |= any(max(v) > LIMIT_MS for v in row)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
