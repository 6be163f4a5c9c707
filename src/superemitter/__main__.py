"""``python -m superemitter``: the command line."""

import sys

from superemitter.cli import main

if __name__ == "__main__":
    sys.exit(main())
