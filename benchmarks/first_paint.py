"""How long a reader waits for the map in Chromium, with a register of a world's plumes.

    python benchmarks/first_paint.py REGISTER [--repeats 5]

REGISTER is what `benchmarks/world_map.py --keep FOLDER` left: FOLDER/register.db. Starts the explorer, opens
the list of plumes with an empty cache each time, and prints when the page was first painted, when the plumes
had come, and when the map was complete (drawn in software: there is no graphics card here). Fails if a median
is above 2 s.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import statistics
import subprocess
import sys
from typing import Any

from playwright.sync_api import sync_playwright

LIMIT_MS = 2000.0
ARGUMENTS = ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--use-angle=swiftshader"]
WATCH = """new MutationObserver(() => {
  const seen = window.seen ??= {};
  if (document.querySelector('[data-shown]')) seen.plumes ??= performance.now();
  if (document.querySelector('[data-drawn]')) seen.map ??= performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true})"""
PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def visit(browser: Any, address: str) -> dict[str, float]:
    """Milliseconds until each thing is there, for a reader who comes for the first time."""
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(f"{address}en/plumes")
    page.wait_for_selector("[data-drawn]")
    page.wait_for_selector("[data-shown]")
    page.wait_for_timeout(200)
    seen = page.evaluate("window.seen")
    times = {"first paint": page.evaluate(PAINTED), "plumes there": seen["plumes"], "map complete": seen["map"]}
    context.close()
    return times


def main() -> int:
    """Start, open, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("register")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    command = [sys.executable, "-c", "from superemitter.cli import main; main()"]
    explorer = subprocess.Popen(
        [*command, "serve", "--db", options.register, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert explorer.stdout is not None
        address = next(line for line in explorer.stdout if line.startswith("open ")).split()[1]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            visits = [visit(browser, address) for _ in range(options.repeats + 1)][1:]  # the first starts Chromium
            browser.close()
    finally:
        explorer.send_signal(signal.SIGINT)
        explorer.wait(30)
    print("| what | median | worst |\n|---|---|---|")
    medians = {name: statistics.median(one[name] for one in visits) for name in visits[0]}
    for name, middle in medians.items():
        print(f"| {name} | {middle:.0f} ms | {max(one[name] for one in visits):.0f} ms |")
    return int(max(medians.values()) > LIMIT_MS)


if __name__ == "__main__":
    sys.exit(main())
