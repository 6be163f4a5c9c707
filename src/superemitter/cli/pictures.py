"""Pictures that commands draw: refused before anything is computed, if they could not be written."""

from __future__ import annotations

from pathlib import Path


def free_picture(path: Path, *, overwrite: bool) -> None:
    """Refuse a picture of another form than PNG or SVG, or one that is there already.

    Raises
    ------
    UsageError
        Its name ends in neither.
    OutputExists
        It is there, and `overwrite` is false.
    """
    from superemitter.model.errors import OutputExists
    from superemitter.publish.accounts import check_picture

    check_picture(path)
    if path.exists() and not overwrite:
        raise OutputExists(f"{path} is there already", hint="pass --overwrite to replace it")
