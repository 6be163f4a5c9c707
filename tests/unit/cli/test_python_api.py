"""The names that ``from superemitter import ...`` offers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import superemitter


def test_every_public_name_is_there():
    assert [name for name in superemitter.__all__ if not hasattr(superemitter, name)] == []
    assert {"open_scene", "retrieve", "detect", "quantify", "attribute"} <= set(dir(superemitter))


def test_type_checkers_see_the_same_names_from_the_same_places():
    stub = ast.parse(Path(superemitter.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    places = {
        alias.name: node.module for node in stub.body if isinstance(node, ast.ImportFrom) for alias in node.names
    }
    assert places == superemitter._WHERE
    assert set(superemitter.__all__) == {*places, "__version__"}


def test_another_name_is_refused_as_python_does():
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        _ = superemitter.frobnicate
