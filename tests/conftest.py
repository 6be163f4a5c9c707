"""Shared by all tests: where the real files are, and what happens when they are not."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

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
