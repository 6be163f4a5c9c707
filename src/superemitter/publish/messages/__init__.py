"""Texts of what is sent to people, in English and Chinese from the same id."""

from superemitter.publish.messages.catalogue import LANGUAGES, Messages, catalogue

__all__ = ["LANGUAGES", "Messages", "catalogue"]
