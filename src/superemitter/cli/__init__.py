"""The command line. Nothing heavy is imported here: each command imports what it needs when it runs."""

from superemitter.cli.app import main

__all__ = ["main"]
