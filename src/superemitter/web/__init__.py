"""The explorer: pages and interfaces over the register, for the public and for those who work in it."""

from superemitter.web.app import create_app
from superemitter.web.settings import Settings

__all__ = ["Settings", "create_app"]
