"""Openly licensed real files to try the package on: listed here, fetched from where they are published.

Each address is pinned to a revision, and each file is checked against its recorded size and SHA-256.
"""

from __future__ import annotations

import hashlib
import http.client
import ipaddress
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import IO, Protocol
from urllib.parse import unquote, urlsplit

from superemitter import __version__
from superemitter.model.errors import DownloadError, InvalidValue, OutputError, OutputExists

TIMEOUT_S = 60.0
_CHUNK = 1 << 16
_HEX = frozenset("0123456789abcdef")
_NETWORK_ERRORS = (OSError, http.client.HTTPException)  # URLError, SSLError and timeouts are OSErrors


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFile:
    """One file: its address, its SHA-256 and its size in bytes."""

    url: str
    sha256: str
    bytes: int

    def __post_init__(self) -> None:
        _require_safe(self.url)
        if len(self.sha256) != 64 or not set(self.sha256) <= _HEX or self.bytes <= 0:
            raise InvalidValue(f"the record of {self.url} has no SHA-256 or no size")
        if self.name in ("", ".", "..") or "/" in self.name or "\\" in self.name:
            raise InvalidValue(f"{self.url} ends in no file name")

    @property
    def name(self) -> str:
        """The last part of the address."""
        return unquote(PurePosixPath(urlsplit(self.url).path).name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Files that belong together.

    Attributes
    ----------
    name : str
    what : str
        What the files are.
    proves : str
        What can be seen with them.
    source, licence : str
    files : tuple of SampleFile
    """

    name: str
    what: str
    proves: str
    source: str
    licence: str
    files: tuple[SampleFile, ...]

    @property
    def bytes(self) -> int:
        """Size of all files together."""
        return sum(f.bytes for f in self.files)


class Response(Protocol):
    """What is needed of an HTTP answer."""

    status: int
    headers: http.client.HTTPMessage

    def read(self, amount: int, /) -> bytes:
        """Up to that many bytes of the body."""

    def close(self) -> None:
        """Let go of the connection."""


Opener = Callable[[urllib.request.Request, float], Response]
Progress = Callable[[SampleFile, int], None]


def list_samples() -> tuple[Sample, ...]:
    """Every sample that can be downloaded."""
    text = (files("superemitter") / "data" / "samples.json").read_text(encoding="utf-8")
    return tuple(
        Sample(**{**entry, "files": tuple(SampleFile(**file) for file in entry["files"])})
        for entry in json.loads(text)["samples"]
    )


def download(
    sample: Sample,
    into: str | os.PathLike[str],
    *,
    overwrite: bool = False,
    resume: bool = True,
    progress: Progress | None = None,
    opener: Opener | None = None,
) -> tuple[Path, ...]:
    """Fetch the files of a sample into ``into/<name of the sample>``.

    A file that is there and right is not fetched again. A broken transfer leaves ``<file>.part`` and goes on from
    there the next time. A file gets its name only once its size and SHA-256 are right.

    Parameters
    ----------
    sample : Sample
    into : path
        Made if it is not there.
    overwrite : bool
        Replace a file that is there and differs.
    resume : bool
        Go on from a ``.part`` file.
    progress : function, optional
        Called with the file and the bytes of it that are there.
    opener : function, optional
        Opens a request with a timeout [s], in place of urllib.

    Returns
    -------
    tuple of Path
        One per file of the sample, in its order.

    Raises
    ------
    DownloadError
        Not reachable, broken off, larger than recorded, or with another checksum.
    OutputExists
        A different file of that name is there and `overwrite` is False.
    OutputError
        The folder cannot be written.
    """
    folder = Path(into) / sample.name
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return tuple(
            _fetch(file, folder / file.name, overwrite, resume, progress or _silent, opener or open_url)
            for file in sample.files
        )
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written: {error.strerror or error}",
            hint="free some space, or give another folder",
        ) from error


def open_url(request: urllib.request.Request, timeout_s: float) -> Response:
    """Open an https address with urllib; a redirect to anything but https is refused."""
    response: Response = urllib.request.build_opener(_SafeRedirects).open(request, timeout=timeout_s)
    return response


def _fetch(
    file: SampleFile, target: Path, overwrite: bool, resume: bool, progress: Progress, opener: Opener
) -> Path:
    if target.exists():
        if _is(file, target):
            progress(file, file.bytes)
            return target
        if not overwrite:
            raise OutputExists(
                f"{target} is there and is not the sample", hint="move it away, or ask to overwrite it"
            )
    part = target.with_name(target.name + ".part")
    if not resume or (part.exists() and part.stat().st_size > file.bytes):
        part.unlink(missing_ok=True)
    if not part.exists() or part.stat().st_size < file.bytes:
        _transfer(file, part, progress, opener)
    if not _is(file, part):
        part.unlink()
        raise DownloadError(
            f"{file.url} does not have the recorded SHA-256", hint="what came was deleted: run the command again"
        )
    return part.replace(target)


def _transfer(file: SampleFile, part: Path, progress: Progress, opener: Opener) -> None:
    """Fetch what `part` lacks of the file."""
    start = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(file.url, headers=_headers(start))  # noqa: S310 - checked by SampleFile
    try:
        response = opener(request, TIMEOUT_S)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == 416 and start:  # what is there is no beginning of the file as it is now
            part.unlink()
            return _transfer(file, part, progress, opener)
        raise DownloadError(f"{file.url} answers {error.code} {error.reason}", hint=_LATER) from error
    except _NETWORK_ERRORS as error:
        raise DownloadError(f"{file.url} cannot be reached: {_reason(error)}", hint=_LATER) from error
    try:
        goes_on = start > 0 and _goes_on(response, start)
        with part.open("ab" if goes_on else "wb") as out:
            _copy(file, response, out, start if goes_on else 0, progress)
    finally:
        response.close()
    return None


_LATER = "check the connection and run the command again: it goes on where it stopped"


def _headers(start: int) -> dict[str, str]:
    headers = {"User-Agent": f"superemitter/{__version__}", "Accept-Encoding": "identity"}
    return {**headers, "Range": f"bytes={start}-"} if start else headers


def _goes_on(response: Response, start: int) -> bool:
    """Whether the server continues at `start`; if it ignored the range it sends the whole file."""
    return response.status == 206 and (response.headers.get("Content-Range") or "").startswith(f"bytes {start}-")


def _copy(file: SampleFile, response: Response, out: IO[bytes], done: int, progress: Progress) -> None:
    progress(file, done)
    while True:
        try:
            chunk = response.read(_CHUNK)
        except _NETWORK_ERRORS as error:
            raise DownloadError(
                f"{file.url} broke off after {done} of {file.bytes} bytes: {_reason(error)}", hint=_LATER
            ) from error
        if not chunk:
            break
        done += len(chunk)
        if done > file.bytes:
            out.truncate(0)
            raise DownloadError(f"{file.url} is larger than the recorded {file.bytes} bytes", hint=_LATER)
        out.write(chunk)
        progress(file, done)
    if done < file.bytes:
        raise DownloadError(f"{file.url} broke off after {done} of {file.bytes} bytes", hint=_LATER)


def _is(file: SampleFile, path: Path) -> bool:
    if not path.is_file() or path.stat().st_size != file.bytes:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _require_safe(url: str) -> None:
    """Only https, except to this machine itself.

    Raises
    ------
    InvalidValue
    """
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise InvalidValue(f"{url} is not an https address")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        try:
            _require_safe(newurl)
        except InvalidValue as error:
            raise urllib.error.URLError(f"redirected: {error.message}") from error
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _reason(error: Exception) -> object:
    return getattr(error, "reason", None) or error


def _silent(file: SampleFile, done: int) -> None:
    """No progress is shown."""
