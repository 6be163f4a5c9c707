"""An output folder appears whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from superemitter.model.errors import OutputError, OutputExists

if sys.platform != "win32":
    import fcntl

#: The file that marks a folder as one of ours, which may be overwritten.
MARK = "run.json"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def staged(out: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Fill a hidden folder beside `out`, then put it in place of `out` in one step.

    Whatever ends the block early, an interrupt included, removes the hidden folder and leaves what was at `out`
    untouched. Hidden folders that a killed run left behind are removed on the next call.

    Parameters
    ----------
    out : Path
        The final folder. Its parents are made.
    overwrite : bool
        Replace an earlier output, whole. A folder with files in it but no ``run.json`` is never replaced.

    Yields
    ------
    Path
        The hidden folder to write into, on the same file system.

    Raises
    ------
    OutputExists
        `out` is there and not empty, and `overwrite` is false or it is no earlier output.
    OutputError
        The disk is full, or the place cannot be written to.
    """
    out = out.resolve()
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _tidy(out)
        check_free(out, overwrite=overwrite)
        hidden = Path(tempfile.mkdtemp(prefix=f".{out.name}.partial-", dir=out.parent))
    except OSError as error:
        raise _explained(error, out) from error
    lock = _lock(hidden)
    try:
        yield hidden
        _put_in_place(hidden, out, overwrite=overwrite)
    except OSError as error:
        if error.errno in _FULL or _is_inside(error.filename, hidden):
            raise _explained(error, out) from error
        raise
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def check_free(out: Path, *, overwrite: bool = False) -> None:
    """Refuse a place that is taken. Call it early: before a long run, not after.

    Raises
    ------
    OutputExists
        As in :func:`staged`.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputExists(f"{out} is a file, and a folder is to be written there", hint="choose another folder")
    entries = {entry.name for entry in out.iterdir()}
    if not entries:
        return
    if not overwrite:
        raise OutputExists(f"{out} is there already", hint="pass --overwrite to replace it, or choose another")
    if MARK not in entries:
        raise OutputExists(
            f"{out} holds files but no {MARK}, so it is not an earlier output and is not replaced",
            hint="choose another folder, or empty this one yourself",
        )


def _put_in_place(hidden: Path, out: Path, *, overwrite: bool) -> None:
    """Make `hidden` durable, then rename; an earlier `out` steps aside for the moment between two renames."""
    for file in sorted(hidden.rglob("*")):
        _sync(file)
    _sync(hidden)
    hidden.chmod(0o777 & ~_umask())
    check_free(out, overwrite=overwrite)  # again: someone else may have finished in the meantime
    old = hidden.with_name(hidden.name.replace(".partial-", ".old-", 1))
    if out.exists():
        out.rename(old)
    try:
        hidden.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    _sync(out.parent)
    shutil.rmtree(old, ignore_errors=True)


def _tidy(out: Path) -> None:
    """Remove what killed runs left beside `out`; restore an output that was set aside when its run was killed."""
    for pattern in (".old-", ".partial-"):
        prefix = f".{out.name}{pattern}"
        for left in sorted(entry for entry in out.parent.iterdir() if entry.name.startswith(prefix)):
            lock = _lock(left)
            if lock is None:
                continue  # its run is alive, or this file system cannot tell
            try:
                if pattern == ".old-" and not out.exists():
                    left.rename(out)
                else:
                    shutil.rmtree(left, ignore_errors=True)
            finally:
                os.close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder for as long as this process lives; None if another one holds it or locks do not work here."""
    if sys.platform == "win32":
        return None
    handle = None
    try:
        handle = os.open(folder, os.O_RDONLY)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        if handle is not None:
            os.close(handle)
        return None
    return handle


def _sync(path: Path) -> None:
    """Ask the system to bring a file or a folder's entries to the disk, where it can."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(handle)


def _umask() -> int:
    """The process's umask; the system only tells it while setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _is_inside(name: object, folder: Path) -> bool:
    return isinstance(name, str | Path) and Path(name).is_relative_to(folder)


def _explained(error: OSError, out: Path) -> OutputError:
    reason = error.strerror or str(error)
    if error.errno in _FULL:
        hint = "free some space or choose another --out; nothing was left behind"
    elif error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        hint = "choose a folder you may write to with --out"
    else:
        hint = "check the path given with --out"
    return OutputError(f"cannot write {out}: {reason}", hint=hint)
