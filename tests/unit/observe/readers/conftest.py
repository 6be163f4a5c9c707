"""The writers of small product files, as a fixture, because test files cannot import each other."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def product_files() -> ModuleType:
    """The module ``product_files.py`` of this folder."""
    spec = importlib.util.spec_from_file_location("product_files", Path(__file__).with_name("product_files.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
