"""Shared by all tests: where the real files are, and what happens when they are not."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from hypothesis import HealthCheck, settings


def _beside(name: str) -> ModuleType:
    """A module that lies beside this file, by path: tests are not a package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


explorer_server = _beside("explorer_server")
browser = explorer_server.browser
serve = explorer_server.serve
register_databases = _beside("register_databases")
_beside("case_stories")
database = register_databases.database
empty_database = register_databases.empty_database
postgres = register_databases.postgres
postgres_or_reason = register_databases.postgres_or_reason
register = register_databases.register
scan_plume = pytest.fixture(lambda: register_databases.scan_plume)
write_scan = register_databases.write_scan

# A slow machine is no failure, and the same inputs are tried everywhere.
settings.register_profile(
    "superemitter", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("superemitter")

SHARED = Path(os.environ.get("SUPEREMITTER_SHARED", Path(__file__).resolve().parents[2] / "shared"))


def missing(reason: str) -> None:
    """Skip with the reason on a user's machine; fail where CI promises that everything is there."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}, and CI=true forbids the skip")
    pytest.skip(reason)


@pytest.fixture
def shared_data() -> Path:
    """The folder of real files, ../shared/data."""
    if not (SHARED / "data").is_dir():
        missing(f"the real files are not at {SHARED / 'data'}")
    return SHARED / "data"


@pytest.fixture
def rng() -> np.random.Generator:
    """Seeded randomness."""
    return np.random.default_rng(20230717)


@pytest.fixture(autouse=True)
def _no_network(socket_disabled: None) -> None:
    """Block the network in every test; ask for `socket_enabled` to reach a server of the test's own."""
