"""Bring the Chinese catalogue in step with the messages in code and templates, and say what lacks a translation.

python tools/messages.py           update src/superemitter/web/locale/zh.po
python tools/messages.py --check   only say; exit 1 if anything is missing or left over
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

WEB = Path(__file__).parents[1] / "src" / "superemitter" / "web"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract")]
KEYWORDS = {"_": None, "gettext": None, "say": None, "ngettext": (1, 2)}


def messages() -> Catalog:
    """Every message in code and templates."""
    found = Catalog()
    options = {"templates/**.html": {"trimmed": "true"}}
    for path, line, message, comments, _ in extract_from_dir(WEB, METHODS, options, KEYWORDS):
        found.add(message, locations=[(path, line)], auto_comments=comments)
    return found


def main() -> int:
    """Update or check the catalogue."""
    place = WEB / "locale" / "zh.po"
    kept = (
        read_po(io.StringIO(place.read_text(encoding="utf-8")), locale="zh") if place.exists() else Catalog("zh")
    )
    wanted = messages()
    lacking = sorted(str(one.id) for one in wanted if one.id and not _translated(kept, one.id))
    left = sorted(str(one.id) for one in kept if one.id and one.id not in wanted)
    for what, names in (("lacks a translation", lacking), ("is used no more", left)):
        for name in names:
            print(f"{what}: {name}")
    if "--check" in sys.argv:
        return 1 if lacking or left else 0
    kept.update(wanted, no_fuzzy_matching=True)
    kept.obsolete.clear()
    out = io.BytesIO()
    write_po(out, kept, width=0, no_location=True, omit_header=False, sort_output=True, ignore_obsolete=True)
    place.write_bytes(out.getvalue())
    return 0


def _translated(kept: Catalog, message: object) -> bool:
    known = kept.get(message)  # type: ignore[arg-type]
    if known is None or known.fuzzy:
        return False
    said = known.string
    return all(said) if isinstance(said, tuple | list) else bool(said)


if __name__ == "__main__":
    sys.exit(main())
