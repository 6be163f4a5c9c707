"""superemitter: from a satellite's radiance file to an accountable methane leak.

The stages of a scan as functions; each takes and returns nouns of :mod:`superemitter.model`. They are imported
when they are first asked for, so that ``import superemitter`` costs nothing. Types are in ``__init__.pyi``.
"""

__version__ = "0.1.0"

_WHERE = {
    "ReadOptions": "superemitter.observe.readers",
    "attribute": "superemitter.measure.attribution",
    "detect": "superemitter.measure.detection",
    "given_wind": "superemitter.observe.winds",
    "open_scene": "superemitter.observe.readers",
    "open_wind": "superemitter.observe.winds",
    "quantify": "superemitter.measure.quantification",
    "read_facilities": "superemitter.observe.facilities",
    "retrieve": "superemitter.measure.retrieval",
}

__all__ = [
    "ReadOptions",
    "__version__",
    "attribute",
    "detect",
    "given_wind",
    "open_scene",
    "open_wind",
    "quantify",
    "read_facilities",
    "retrieve",
]


def __getattr__(name: str) -> object:
    """Import a public name when it is first used (PEP 562)."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_WHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, imported or not."""
    return sorted({*globals(), *_WHERE})
