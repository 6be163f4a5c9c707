"""One family of errors: a stable code, what went wrong, where, and what to do about it.

Every error a user can meet is a subclass of :class:`SuperemitterError`. The exit code of the command line
is an attribute of the class, so there is one table and it is this file.
"""

from __future__ import annotations

from typing import ClassVar


class SuperemitterError(Exception):
    """Base of every expected failure.

    Parameters
    ----------
    message : str
        What went wrong, and where (name the file, the option, the row).
    hint : str, optional
        What the reader can do about it.
    """

    code: ClassVar[str] = "internal"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def as_dict(self) -> dict[str, str]:
        """The error as machines read it: ``code``, ``message`` and, where there is one, ``hint``."""
        out = {"code": self.code, "message": self.message}
        if self.hint:
            out["hint"] = self.hint
        return out


class InvalidValue(SuperemitterError):
    """A noun was refused at birth: a value outside its range, a shape that does not fit."""

    code = "value.invalid"
    exit_code = 2


class UsageError(SuperemitterError):
    """Options that contradict each other or lack their partner."""

    code = "usage"
    exit_code = 2


class SceneError(SuperemitterError):
    """A scene file cannot be used."""

    code = "scene.invalid"
    exit_code = 3


class UnknownProduct(SceneError):
    """No reader recognises the content of the file."""

    code = "scene.unknown-product"


class SceneTruncated(SceneError):
    """The file ends before its content does, or its parts have shapes that do not fit."""

    code = "scene.truncated"


class GeometryMissing(SceneError):
    """Sun and view angles, or coordinates, are not at hand; they are never assumed."""

    code = "scene.geometry-missing"


class TimeMissing(SceneError):
    """The acquisition time is neither in the file nor given."""

    code = "scene.time-missing"


class SceneCannotSay(SceneError):
    """The scene was read, but holds too little to answer: a typed "cannot say", with its reason."""

    code = "scene.cannot-say"


class WindError(SuperemitterError):
    """A wind is not physical, or a wind file cannot be used."""

    code = "wind.invalid"
    exit_code = 4


class WindNotCovered(WindError):
    """The wind file does not cover the place or the time of the scene."""

    code = "wind.not-covered"


class FacilityError(SuperemitterError):
    """A facility list cannot be used."""

    code = "facilities.invalid"
    exit_code = 5


class OutputError(SuperemitterError):
    """A result cannot be written."""

    code = "output.failed"
    exit_code = 6


class OutputExists(OutputError):
    """The output is there already, and overwriting was not asked for."""

    code = "output.exists"


class VerificationFailed(SuperemitterError):
    """A recomputation differs from the record, or an input is not the one recorded."""

    code = "verify.failed"
    exit_code = 7


class DownloadError(SuperemitterError):
    """A sample could not be fetched or does not have the recorded checksum."""

    code = "samples.failed"
    exit_code = 8


class SomeScenesFailed(SuperemitterError):
    """At least one scene of a batch failed; the others are done."""

    code = "scan.some-failed"
    exit_code = 9


class ForbiddenStep(SuperemitterError):
    """A step in a case that its rule, or the case's state, does not allow."""

    code = "case.forbidden"
    exit_code = 10


class InvalidForm(SuperemitterError):
    """A form, a report or an answer that does not say what it must; the message names every field."""

    code = "form.invalid"
    exit_code = 11


class InvalidRules(SuperemitterError):
    """A rule, holiday or form file that cannot be used as data."""

    code = "programme.invalid"
    exit_code = 12


class RegisterError(SuperemitterError):
    """The register cannot be opened, read or written."""

    code = "register.invalid"
    exit_code = 13


class RegisterOutdated(RegisterError):
    """The register was made by an older version and must be upgraded first."""

    code = "register.outdated"


class RegisterTooNew(RegisterError):
    """The register was made by a newer version than this one."""

    code = "register.too-new"


class RegisterBusy(RegisterError):
    """Another process held the register for too long."""

    code = "register.busy"


class RegisterFull(RegisterError):
    """There is no space left for the register; what was being written is not stored."""

    code = "register.full"


class UnknownRecord(RegisterError):
    """The register holds no case, observation, source or document of that name."""

    code = "register.unknown"


class HeadMoved(RegisterError):
    """Somebody else added to the case in between: its head is not the one expected."""

    code = "case.head-moved"


class ImportRefused(SuperemitterError):
    """A file cannot be imported; nothing of it is stored."""

    code = "import.refused"
    exit_code = 14


class AccountError(SuperemitterError):
    """An account cannot be made: a table, a factor or a pledge is missing, contradicts itself or does not fit."""

    code = "account.invalid"
    exit_code = 15


class ServeError(SuperemitterError):
    """The explorer cannot be served, or a request to it cannot be answered."""

    code = "serve.failed"
    exit_code = 16


class SignInRefused(ServeError):
    """Who somebody says they are could not be shown."""

    code = "serve.sign-in"


class NotAllowed(ServeError):
    """Whoever asks is known, and may not do this."""

    code = "serve.not-allowed"


class StaleForm(ServeError):
    """A form that was not made for this session, or not by this server: nothing of it was taken."""

    code = "serve.stale-form"


class TooMuch(ServeError):
    """More than is taken: a request that is too large, or one of too many."""

    code = "serve.too-much"


class TooOften(TooMuch):
    """Too many requests of one kind from one address."""

    code = "serve.too-often"
