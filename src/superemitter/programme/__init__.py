"""Programmes: rules as data, evaluated as of a date; cases as chains of events; pure domain."""

from superemitter.programme.chain import GENESIS, Break, Event, digest_of, first_break, next_event

__all__ = ["GENESIS", "Break", "Event", "digest_of", "first_break", "next_event"]
