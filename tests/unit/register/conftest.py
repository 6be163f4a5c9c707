"""Lists, written by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def write_list(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of the given text."""

    def write(text: str, name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode())
        return path

    return write
