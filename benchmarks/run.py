"""Every benchmark, one after the other; each prints a Markdown table.

make bench
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ORDER = (
    "matched_filter.py",
    "scan_granule.py",
    "sparse_filter.py",
    "ablation.py",
    "simulated_scenes.py",
    "tropomi_orbit.py",
    "register.py",
    "world_map.py",
)


def main() -> None:
    """Run them in turn and stop at the first that fails."""
    for name in ORDER:
        sys.stdout.write(f"\n## benchmarks/{name}\n\n")
        sys.stdout.flush()
        subprocess.run([sys.executable, str(Path(__file__).with_name(name))], check=True)


if __name__ == "__main__":
    main()
