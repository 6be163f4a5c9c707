"""superemitter: from a satellite's radiance file to an accountable methane leak."""

__version__ = "0.1.0"
