"""Killed in the middle of any step, two writers at once, a full disk, a restored backup: no event lost or doubled.

Every fault is real where it can be: processes die by SIGKILL, at a statement that the seed chooses or at a random
time; PostgreSQL's server is stopped without a chance to clean up; SQLite runs into a page limit, or the limit of a
file's size. The one exception is PostgreSQL's full disk: a trigger raises it in the server, with the code of a
real one (53100).
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sqlite3
import subprocess
import time
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import event, text

from superemitter.model.errors import RegisterError, RegisterFull
from superemitter.register import (
    CaseRow,
    ObservationQuery,
    Register,
    append_event,
    chains,
    each_observation,
    import_file,
    open_case,
    open_register,
    register_folder,
    verify_chains,
)

pytestmark = pytest.mark.slow

NOON = datetime(2024, 8, 27, 12, 0, tzinfo=UTC)
CASES = ("c0", "c1")
ROUNDS, FAULTS_A_ROUND = 4, 25  # on each of two databases
ROWS = 6
Work = Callable[[Register, Callable[[str], None]], None]


class Child:
    """A process of its own that does some work on the register and acknowledges each step on a line."""

    def __init__(self, address: str, work: Work, *, die_at: int | None = None) -> None:
        read_end, write_end = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the child touches no thread of ours
            self._pid = os.fork()
        if self._pid == 0:
            _child(address, work, die_at, write_end)
        os.close(write_end)
        self._said = os.fdopen(read_end, encoding="utf-8")

    def kill(self) -> None:
        """Kill it, now."""
        os.kill(self._pid, signal.SIGKILL)

    def ended(self) -> tuple[list[str], bool]:
        """What it acknowledged before it ended, and whether it was killed."""
        with self._said:
            said = self._said.read().splitlines()
        _, status = os.waitpid(self._pid, 0)
        killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        assert killed or os.waitstatus_to_exitcode(status) == 0, said
        return said, killed


def forked(address: str, work: Work, **options: int) -> tuple[list[str], bool]:
    """Run work in a process of its own to its end."""
    return Child(address, work, **options).ended()


def notes(name: str, count: int, cases: Sequence[str] = CASES) -> Work:
    """Append so many events to the cases in turn, each with a token of its own."""

    def work(register: Register, say: Callable[[str], None]) -> None:
        for n in range(count):
            payload = {"token": f"{name}.{n}"}
            append_event(register, cases[n % len(cases)], kind="note", at=NOON, actor=name, payload=payload)
            say(f"event {name}.{n}")

    return work


def _child(address: str, work: Work, die_at: int | None, write_end: int) -> None:
    code = 1
    try:
        register = open_register(address)
        if die_at is not None:
            _die_at(register, die_at)
        work(register, lambda line: os.write(write_end, f"{line}\n".encode()) and None)
        code = 0
    except BaseException as error:  # noqa: BLE001 - told to the parent, which fails the test
        os.write(write_end, f"error {error!r}\n".encode())
    finally:
        os._exit(code)


def _die_at(register: Register, number: int) -> None:
    """Die before or after a statement, or around a commit: whatever comes as the n-th."""
    left = [number]

    def count(*_: object) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    for name in ("before_cursor_execute", "after_cursor_execute", "commit"):
        event.listen(register.engine, name, count)
    dialect_commit = register.engine.dialect.do_commit

    def commit_then_count(connection: Any) -> None:
        dialect_commit(connection)
        count()

    register.engine.dialect.do_commit = commit_then_count  # type: ignore[method-assign]


@dataclass
class Ledger:
    """What must hold: acknowledged events and files, and what was once seen in the register."""

    acknowledged: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def note(self, said: list[str]) -> None:
        assert not [line for line in said if line.startswith("error")], said
        self.acknowledged |= set(said)

    def check(self, address: str) -> None:
        """Nothing acknowledged or once seen is missing, nothing is doubled or half there, every chain holds."""
        register = open_register(address)
        assert verify_chains(register) == ()
        events = [
            f"event {e.payload['token']}" for chain in chains(register).values() for e in chain if e.sequence
        ]
        records = list(each_observation(register, ObservationQuery(kind=None)))
        everywhere = list(each_observation(register, ObservationQuery(bbox=(-180, -90, 180, 90))))
        with register.reading() as connection:
            versions = connection.scalar(text("SELECT count(*) FROM observation_versions"))
        register.close()
        assert [token for token, n in Counter(events).items() if n > 1] == []
        assert versions == len(records) == len({(r.catalogue, r.record_id) for r in records})
        assert len(everywhere) == sum(r.kind == "plume" for r in records)
        files = Counter(f"file {r.record_id.rsplit('-', 1)[0]}" for r in records)
        assert set(files.values()) <= {ROWS}
        now = set(events) | set(files)
        assert now >= self.acknowledged
        assert now >= self.seen
        self.seen = now


def start(address: str) -> None:
    register = open_register(address)
    for case_id in CASES:
        row = CaseRow(case_id=case_id, programme_id="p", text_id="t", opened_at=NOON)
        open_case(register, row, kind="tip-received", at=NOON, actor="a", payload={})
    register.close()


def steps(folder: Path, name: str, rng: np.random.Generator, write_scan: Callable[..., Path], plume: Any) -> Work:
    """A few steps in an order that the seed decides: append to cases, import a list, take in a scan."""
    path = folder / f"{name}.csv"
    place = rng.uniform(-60, 60, 2 * ROWS)
    lines = ["id,time,longitude,latitude,rate_kg_h,licence"]
    lines += [f"{name}-{n},2024-08-27T06:00:00Z,{place[n]},{place[ROWS + n]},900,CC0" for n in range(ROWS)]
    path.write_text("\n".join(lines), encoding="utf-8")
    plumes = [{**plume(n, 61.1 + n / 10, 36.5), "plume_id": f"{name}s-{n}"} for n in range(ROWS - 1)]
    scan = write_scan(plumes, run_id=f"{name}s", scene_id=f"{name}s")
    order = [str(kind) for kind in rng.choice(["append", "append", "append", "import", "scan"], 6)]

    def work(register: Register, say: Callable[[str], None]) -> None:
        for n, kind in enumerate(order):
            if kind == "append":
                token = f"{name}.{n}"
                case_id = CASES[n % len(CASES)]
                append_event(register, case_id, kind="note", at=NOON, actor="a", payload={"token": token})
                say(f"event {token}")
            elif kind == "import":
                import_file(register, path)
                say(f"file {name}")
            else:
                register_folder(register, scan)
                say(f"file {name}s")

    return work


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_killed_at_any_step_loses_and_doubles_nothing(
    database: str, round_: int, tmp_path: Path, write_scan: Callable[..., Path], scan_plume: Any
) -> None:
    rng = np.random.default_rng(100 + round_)
    start(database)
    ledger, faults = Ledger(), 0
    for attempt in range(10 * FAULTS_A_ROUND):
        work = steps(tmp_path, f"r{round_}a{attempt}", rng, write_scan, scan_plume)
        if rng.random() < 0.8:
            said, killed = forked(database, work, die_at=int(rng.integers(1, 90)))
        else:
            child = Child(database, work)
            time.sleep(float(rng.uniform(0.0, 0.08)))
            child.kill()
            said, killed = child.ended()
        ledger.note(said)
        faults += killed
        if killed:
            ledger.check(database)
        if faults == FAULTS_A_ROUND:
            break
    assert faults == FAULTS_A_ROUND
    said, _ = forked(database, steps(tmp_path, f"r{round_}end", rng, write_scan, scan_plume))
    ledger.note(said)
    ledger.check(database)
    assert ledger.acknowledged


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_writers_at_once_of_which_one_is_killed(database: str, seed: int) -> None:
    start(database)
    rng, ledger = np.random.default_rng(seed), Ledger()
    for attempt in range(3):
        steady = Child(database, notes(f"steady{attempt}", 15, CASES[:1]))
        other = Child(database, notes(f"killed{attempt}", 1000, CASES[:1]))
        time.sleep(float(rng.uniform(0.02, 0.15)))
        other.kill()
        said, _ = steady.ended()
        assert len(said) == 15
        ledger.note([*said, *other.ended()[0]])
        ledger.check(database)


def test_a_server_that_is_stopped_dead_keeps_what_it_acknowledged(
    postgres: Any, tmp_path: Path, write_scan: Callable[..., Path], scan_plume: Any
) -> None:
    address = postgres.new_database("t0")
    start(address)
    rng, ledger = np.random.default_rng(7), Ledger()

    def until_it_fails(name: str) -> Work:
        def work(register: Register, say: Callable[[str], None]) -> None:
            with contextlib.suppress(RegisterError):
                notes(name, 10_000)(register, say)

        return work

    for name in ("first", "second"):
        child = Child(address, until_it_fails(name))
        time.sleep(float(rng.uniform(0.2, 0.5)))
        postgres.crash()
        said, _ = child.ended()
        postgres.start()
        ledger.note(said)
        ledger.check(address)
    assert ledger.acknowledged
    ledger.note(forked(address, steps(tmp_path, "after", rng, write_scan, scan_plume))[0])
    ledger.check(address)


def test_a_full_disk_stores_nothing_and_says_so(database: str, tmp_path: Path, postgres: Any) -> None:
    start(database)
    register = open_register(database)
    if register.is_sqlite:
        with register.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        event.listen(register.engine, "connect", lambda c, _: c.execute(f"PRAGMA max_page_count = {pages}"))
        register.engine.dispose()
    else:
        with register.writing() as connection:
            for statement in _FULL_SERVER:
                connection.execute(text(statement))
    before = chains(register)
    rows = "".join(f"{n},2024-08-27T06:00:00Z,{n / 10},36.5,900,CC0\n" for n in range(400))
    path = tmp_path / "big.csv"
    path.write_text("id,time,longitude,latitude,rate_kg_h,licence\n" + rows, encoding="utf-8")
    with pytest.raises(RegisterFull, match="no space"):
        import_file(register, path)
    with pytest.raises(RegisterFull):
        append_event(register, "c0", kind="note", at=NOON, actor="a", payload={"token": "x" * 1_000_000})
    register.close()
    again = open_register(database)
    assert chains(again) == before and verify_chains(again) == ()
    assert list(each_observation(again)) == []
    if not again.is_sqlite:
        with again.writing() as connection:
            connection.execute(
                text("DROP TRIGGER full_disk ON observations; DROP TRIGGER full_disk ON case_events")
            )
    assert import_file(again, path).stored == 400
    append_event(again, "c0", kind="note", at=NOON, actor="a", payload={"token": "x"})
    again.close()


_FULL_SERVER = (
    """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$""",
    "CREATE TRIGGER full_disk AFTER INSERT ON observations FOR EACH STATEMENT EXECUTE FUNCTION full_disk()",
    "CREATE TRIGGER full_disk AFTER INSERT ON case_events FOR EACH STATEMENT EXECUTE FUNCTION full_disk()",
)


@pytest.mark.parametrize("room", [0, 4096, 20_000, 60_000])
def test_a_file_that_may_not_grow_keeps_what_is_in_it(tmp_path: Path, room: int) -> None:
    """A real limit of the operating system on a file's size, met in the log or at a checkpoint."""
    address = f"sqlite:///{tmp_path / 'register.db'}"
    start(address)
    ledger = Ledger()
    size = max(path.stat().st_size for path in tmp_path.iterdir())

    def work(register: Register, say: Callable[[str], None]) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, resource.RLIM_INFINITY))
        full = 0
        for n in range(60):
            try:
                payload = {"token": f"t.{n}", "text": "x" * 5000}
                append_event(register, "c0", kind="note", at=NOON, actor="a", payload=payload)
                say(f"event t.{n}")
            except RegisterError:
                full += 1
        assert full

    said, killed = forked(address, work)
    assert not killed
    ledger.note(said)
    ledger.check(address)


def test_a_restored_backup_holds_whole_chains_and_goes_on(database: str, tmp_path: Path, postgres: Any) -> None:
    start(database)
    ledger = Ledger()
    ledger.note(forked(database, notes("before", 40))[0])
    restored = _restored(database, tmp_path, postgres)
    ledger.check(restored)
    ledger.note(forked(restored, notes("after", 3))[0])
    ledger.check(restored)


def test_a_backup_taken_while_others_write_is_a_true_earlier_state(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'register.db'}"
    start(address)
    ledger = Ledger()
    for attempt in range(3):
        child = Child(address, notes(f"t{attempt}", 1000))
        time.sleep(0.1)
        ledger.check(_restored(address, tmp_path / f"copy{attempt}", None))
        child.kill()
        ledger.note(child.ended()[0])
        ledger.check(address)


def _restored(address: str, folder: Path, postgres: Any) -> str:
    """A copy made by the database's own means of backup, at another address."""
    if address.startswith("sqlite"):
        folder.mkdir(exist_ok=True)
        copy = folder / "restored.db"
        with sqlite3.connect(address.removeprefix("sqlite:///")) as source, sqlite3.connect(copy) as target:
            source.backup(target, pages=5)
        source.close()
        target.close()
        return f"sqlite:///{copy}"
    new = postgres.new_database()
    dumped = subprocess.run([postgres.programs / "pg_dump", "-d", address], check=True, capture_output=True)
    loading = [postgres.programs / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-d", new]
    subprocess.run(loading, input=dumped.stdout, check=True, capture_output=True)
    return str(new)
