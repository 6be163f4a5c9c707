"""Finding readers, ours and others', and saying why nobody recognises a file."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from superemitter.model.errors import UnknownProduct
from superemitter.observe.readers import available_readers, open_scene, recognise, registry


class Fails:
    """A plug-in that raises where it must not."""

    name = "fails"

    def can_open(self, path: Path) -> bool:
        raise ValueError("broken inside")


def entry(name: str, value: str) -> EntryPoint:
    return EntryPoint(name, value, registry.GROUP)


def test_our_readers_are_installed() -> None:
    assert {"emit", "aviris_envi", "aviris3"} <= {reader.name for reader in available_readers()}


def test_a_plugin_that_cannot_be_imported_is_named_and_the_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = registry.entry_points(group=registry.GROUP)
    broken = entry("prisma_x", "no_such_package.readers:PrismaReader")
    monkeypatch.setattr(registry, "entry_points", lambda group: [broken, *ours])
    with pytest.warns(UserWarning, match="prisma_x"):
        readers = available_readers()
    assert len(readers) == len(list(ours))


def test_a_plugin_that_fails_on_a_file_is_named_and_the_others_are_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, product_files: Any
) -> None:
    path = product_files.write_emit(tmp_path, product_files.radiance_cube(2, 3, 285))
    readers = available_readers()
    monkeypatch.setattr(registry, "available_readers", lambda: (Fails(), *readers))
    with pytest.warns(UserWarning, match="fails"):
        reader = recognise(path)
    assert reader is not None and reader.name == "emit"


def test_unknown_file_names_what_was_tried(tmp_path: Path) -> None:
    path = tmp_path / "EMIT_L1B_RAD_001_20220827T060753_2223904_001.nc"
    path.write_text("only the name is right")
    with pytest.raises(UnknownProduct) as error:
        open_scene(path)
    assert all(name in error.value.message for name in ("emit", "aviris_envi", "aviris3"))


def test_absent_file_and_folder_are_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(UnknownProduct, match="there is no file"):
        open_scene(tmp_path / "absent.nc")
    with pytest.raises(UnknownProduct, match="folder"):
        open_scene(tmp_path)
