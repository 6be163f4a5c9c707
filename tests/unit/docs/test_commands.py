"""Every command and every line of Python in the documentation runs, in the order of its page.

Fenced blocks of a page share one empty folder. ``console`` blocks hold commands after ``$`` and, below a command,
what it prints (``...`` stands for anything); ``python`` blocks share one namespace; a block with ``title="name"``
is the content of that file. A command that ends in an error must be followed by ``$ echo $?`` and the exit code.
"""

from __future__ import annotations

import doctest
import io
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from superemitter.cli import main
from superemitter.observe import samples
from superemitter.simulate import Leak, SimulationSpec, simulate_to

ROOT = Path(__file__).resolve().parents[3]
#: Pages in Chinese have the very same blocks as the English ones: see test_chinese.py.
PAGES = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if not page.name.endswith(".zh.md")),
]
RUN = ("console", "python")
SHOWN = ("", "toml", "text")
FENCE = re.compile(r"^```(?P<language>\w*)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<body>.*?)^```$", re.M | re.S)
LIKE = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[re.Match[str]]:
    return list(FENCE.finditer(page.read_text(encoding="utf-8")))


def runnable(page: Path) -> bool:
    return any(block["language"] in RUN for block in blocks(page))


@dataclass
class Session:
    """What a reader who types a page's blocks one after the other has done so far."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    names: dict[str, Any] = field(default_factory=dict)
    code: int = 0

    def run(self, block: re.Match[str], where: str) -> None:
        if block["title"]:
            (self.folder / block["title"]).write_text(block["body"], encoding="utf-8")
        elif block["language"] == "python":
            exec(compile(block["body"], where, "exec"), self.names)
        elif block["language"] == "console":
            for command, expected in commands(block["body"]):
                printed = self.type(command)
                if expected:
                    assert doctest.OutputChecker().check_output(expected, printed, LIKE), f"{where}\n{printed}"
            assert self.code == 0, f"{where}: a command ends with {self.code}"

    def type(self, command: str) -> str:
        if command == "echo $?":
            printed, self.code = f"{self.code}\n", 0
            return printed
        assert self.code == 0, f"the command before {command!r} ends with {self.code}"
        program, *words = shlex.split(command)
        if program == "make":  # would install or test: what it would do must be known to the Makefile
            subprocess.run(["make", "--dry-run", *words], cwd=ROOT, check=True, capture_output=True)
            return ""
        assert program == "superemitter", f"do not know how to run {command!r}"
        self.capsys.readouterr()
        self.code = main([path for word in words for path in self.expanded(word)])
        captured = self.capsys.readouterr()
        return captured.out + captured.err

    def expanded(self, word: str) -> list[str]:
        if "*" not in word:
            return [word]
        paths = sorted(path.relative_to(self.folder).as_posix() for path in self.folder.glob(word))
        assert paths, f"nothing is called {word}"
        return paths


def commands(body: str) -> list[tuple[str, str]]:
    """Commands of a console block, continuation lines joined, each with the output shown."""
    found: list[tuple[str, str]] = []
    for line in body.replace("\\\n", "").splitlines():
        if line.startswith("$ "):
            found.append((line[2:].strip(), ""))
        else:
            command, expected = found.pop()
            found.append((command, f"{expected}{line}\n"))
    return found


@pytest.fixture
def session(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> Session:
    class Answer(io.BytesIO):
        status, headers = 200, Message()

    def from_shared(address: Any, timeout_s: float) -> Any:
        name = address.full_url.rsplit("/", 1)[1]
        (path,) = request.getfixturevalue("shared_data").rglob(name)
        return Answer(path.read_bytes())

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(samples, "open_url", from_shared)
    return Session(tmp_path, capsys)


def put_granule(folder: Path) -> None:
    """A simulated granule under the name that the README gives to the reader's own."""
    spec = SimulationSpec(shape=(100, 90), seed=1, leaks=(Leak(row=40.0, column=25.0, rate_kg_h=8000.0),))
    files = simulate_to(spec, folder)
    for file in (files.radiance, files.obs, files.mask):
        assert file is not None
        product = file.name.split("_001_")[0]
        file.rename(folder / f"{product}_001_20230717T060753_2319804_012.nc")


@pytest.mark.parametrize("page", [page for page in PAGES if runnable(page)], ids=name_of)
def test_a_page_does_what_it_says(page: Path, session: Session) -> None:
    text = page.read_text(encoding="utf-8")
    if page.name == "README.md":
        put_granule(session.folder)
    for block in blocks(page):
        session.run(block, f"{name_of(page)}, line {text.count(chr(10), 0, block.start()) + 1}")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_runs_or_is_known_to_be_shown_only(page: Path) -> None:
    fences = re.findall(r"^```(.*)$", page.read_text(encoding="utf-8"), re.M)
    found = blocks(page)
    assert len(fences) == 2 * len(found)
    assert [b["body"][:60] for b in found if not b["title"] and b["language"] not in (*RUN, *SHOWN)] == []
