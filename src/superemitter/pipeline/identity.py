"""Who somebody is: passwords, sessions, tokens. Secrets leave here once; only hashes of them stay."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from superemitter.model.errors import InvalidForm, InvalidValue, SignInRefused, UnknownRecord
from superemitter.programme.disclosure import Role, Viewer
from superemitter.register import Register, people
from superemitter.register.people import Act, Session, Token, User

#: A session ends so long after its last use, and after its beginning.
IDLE: Final = timedelta(hours=2)
LONGEST: Final = timedelta(hours=12)
#: How often the last use of a session is noted.
_NOTED_EVERY: Final = timedelta(minutes=1)
TOKEN_DAYS: Final = 90
LONGEST_TOKEN_DAYS: Final = 366
SHORTEST_PASSWORD: Final = 12
LONGEST_PASSWORD: Final = 128
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{1,63}")
_TOKEN: Final = re.compile(r"se_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")

_PASSWORDS: Final = PasswordHasher()
# A token's secret is 256 random bits: its hash needs no work against guessing.
_SECRETS: Final = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who does something, and from where, for the audit trail."""

    name: str
    role: str
    address: str = ""

    def act(self, at: datetime, action: str, subject: str, **detail: Any) -> Act:
        """The entry that says so."""
        return Act(
            at=at,
            actor=self.name,
            role=self.role,
            action=action,
            subject=subject,
            detail=detail,
            address=self.address,
        )


#: The command line: whoever can write the database.
CONSOLE: Final = By(name="console", role="console")


def viewer_of(user: User) -> Viewer:
    """What a user may see follows from this."""
    return Viewer(role=Role(user.role), name=user.display_name, operator=user.operator)


def add_user(
    register: Register,
    *,
    name: str,
    display_name: str,
    role: str,
    operator: str = "",
    password: str | None = None,
    by: By,
    now: datetime,
) -> tuple[User, str]:
    """Make a user, and a password if none is given.

    Returns
    -------
    (User, str)
        And the password: it is not to be had again.

    Raises
    ------
    InvalidForm
        Every field that cannot be taken is named.
    InvalidValue
        The name is taken.
    """
    chosen = password if password is not None else secrets.token_urlsafe(15)
    # A password that was drawn at random is not easy to guess, even if it happens to hold a short name.
    faults = _faults(name, display_name, role, operator)
    faults += password_faults(chosen, name) if password is not None else []
    if faults:
        raise InvalidForm("; ".join(faults))
    new = User(
        user_id=secrets.token_hex(8),
        name=name,
        display_name=display_name.strip(),
        role=role,
        operator=operator.strip(),
        password_hash=_PASSWORDS.hash(chosen),
        created_at=now,
    )
    people.add_user(register, new, by.act(now, "user.add", name, role=role, operator=operator))
    return new, chosen


def _faults(name: str, display_name: str, role: str, operator: str) -> list[str]:
    faults = []
    if not _NAME.fullmatch(name):
        faults.append("name: 2 to 64 letters, digits and . _ @ -")
    if not 0 < len(display_name.strip()) <= 120:
        faults.append("display name: 1 to 120 letters")
    if role not in {one.value for one in Role if one is not Role.PUBLIC}:
        faults.append(f"role: one of {', '.join(one.value for one in Role if one is not Role.PUBLIC)}")
    if (role == Role.OPERATOR) != bool(operator.strip()):
        faults.append("operator: whom the account acts for, if and only if its role is operator")
    return faults


def password_faults(password: str, name: str) -> list[str]:
    """What is wrong with a password; empty if it can be taken."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        return [f"password: {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"]
    if name.casefold() in password.casefold() or len(set(password)) < 5:
        return ["password: too easy to guess"]
    return []


def sign_in(register: Register, name: str, password: str, *, address: str, now: datetime) -> tuple[User, str]:
    """Check a password and start a session.

    Returns
    -------
    (User, str)
        And what the browser is to hold.

    Raises
    ------
    SignInRefused
        Name or password are wrong, or the account is disabled: it is not said which.
    """
    known = people.user_named(register, name) if _NAME.fullmatch(name) else None
    if not _holds(_PASSWORDS, known.password_hash if known else _nobody(), password) or known is None:
        people.record(register, By(name=name[:64], role="", address=address).act(now, "sign-in.refused", ""))
        raise SignInRefused("the name or the password is not right", hint="an administrator can set a new one")
    by = By(name=known.name, role=known.role, address=address)
    if known.disabled_at is not None:
        people.record(register, by.act(now, "sign-in.refused", "", disabled=True))
        raise SignInRefused("the name or the password is not right", hint="an administrator can set a new one")
    people.end_sessions_before(register, created=now - LONGEST, seen=now - IDLE)
    secret = secrets.token_urlsafe(32)
    new = Session(digest=digest(secret), user_id=known.user_id, created_at=now, seen_at=now)
    people.start_session(register, new, by.act(now, "sign-in", ""))
    return known, secret


def signed_in(register: Register, secret: str, *, now: datetime) -> User | None:
    """The user of a session that still holds; None if there is none."""
    found = people.session(register, digest(secret))
    if found is None:
        return None
    held, user = found
    if user.disabled_at is not None or now - held.created_at > LONGEST or now - held.seen_at > IDLE:
        people.end_session(register, held.digest)
        return None
    if now - held.seen_at > _NOTED_EVERY:
        people.touch_session(register, held.digest, now)
    return user


def sign_out(register: Register, secret: str, *, by: By, now: datetime) -> None:
    """End a session."""
    people.end_session(register, digest(secret), by.act(now, "sign-out", ""))


def change_password(register: Register, user: User, old: str, new: str, *, by: By, now: datetime) -> None:
    """Set a new password; every session of the user ends.

    Raises
    ------
    InvalidForm
        The old one is not right, or the new one cannot be taken.
    """
    if not _holds(_PASSWORDS, user.password_hash, old):
        raise InvalidForm("password: the present one is not right")
    if faults := password_faults(new, user.name):
        raise InvalidForm("; ".join(faults))
    changes = {"password_hash": _PASSWORDS.hash(new)}
    people.change_user(register, user.user_id, changes, by.act(now, "password.change", user.name))


def reset_password(register: Register, user_id: str, *, by: By, now: datetime) -> str:
    """Give a user a new password, which is returned and not to be had again; their sessions end."""
    user = people.user(register, user_id)
    chosen = secrets.token_urlsafe(15)
    changes = {"password_hash": _PASSWORDS.hash(chosen)}
    people.change_user(register, user_id, changes, by.act(now, "password.reset", user.name))
    return chosen


def enable_user(register: Register, user_id: str, *, enabled: bool, by: By, now: datetime) -> None:
    """Let a user in again, or keep them out and end their sessions."""
    user = people.user(register, user_id)
    changes = {"disabled_at": None if enabled else now}
    act = by.act(now, "user.enable" if enabled else "user.disable", user.name)
    people.change_user(register, user_id, changes, act)


def make_token(
    register: Register,
    user_id: str,
    *,
    label: str,
    days: int = TOKEN_DAYS,
    form: str = "",
    by: By,
    now: datetime,
) -> tuple[Token, str]:
    """Make a key for programs: it reads as its user and cannot write.

    With `form`, the nonce of the form that asks for it, only once: a form that is sent twice makes one key.

    Returns
    -------
    (Token, str)
        And the key: it is not to be had again.

    Raises
    ------
    InvalidForm
        `label` or `days` cannot be taken.
    InvalidValue
        The form made its key already.
    UnknownRecord
        There is no such user.
    """
    if not 0 < len(label.strip()) <= 80:
        raise InvalidForm("label: 1 to 80 letters")
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise InvalidForm(f"days: 1 to {LONGEST_TOKEN_DAYS}")
    user = people.user(register, user_id)
    secret = secrets.token_urlsafe(32)
    token_id = digest(form)[:16] if form else secrets.token_hex(8)
    if people.token(register, token_id) is not None:
        raise InvalidValue("this form made its key already", hint="open the page anew for another one")
    new = Token(
        token_id=token_id,
        user_id=user_id,
        label=label.strip(),
        secret_hash=_SECRETS.hash(secret),
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    people.add_token(register, new, by.act(now, "token.make", user.name, token=new.token_id, days=days))
    return new, f"se_{new.token_id}_{secret}"


def holder_of(register: Register, key: str, *, now: datetime) -> User | None:
    """The user whom a key reads as; None if it does not hold."""
    parts = _TOKEN.fullmatch(key)
    found = people.token(register, parts[1]) if parts else None
    if parts is None or found is None:
        return None
    token, user = found
    stands = token.revoked_at is None and now < token.expires_at and user.disabled_at is None
    return user if _holds(_SECRETS, token.secret_hash, parts[2]) and stands else None


def digest(secret: str) -> str:
    """What the register keeps of a random secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _holds(hasher: PasswordHasher, kept: str, given: str) -> bool:
    try:
        return hasher.verify(kept, given[: LONGEST_PASSWORD + 1])
    except (VerificationError, InvalidHashError):
        return False


_NOBODY: dict[str, str] = {}


def _nobody() -> str:
    """A hash that no password has: a name that does not exist takes as long to refuse as one that does."""
    if "hash" not in _NOBODY:
        _NOBODY["hash"] = _PASSWORDS.hash(secrets.token_urlsafe(32))
    return _NOBODY["hash"]


def require_user(register: Register, name: str) -> User:
    """A user by the name they sign in with.

    Raises
    ------
    UnknownRecord
        There is none.
    """
    found = people.user_named(register, name)
    if found is None:
        raise UnknownRecord(f"there is no user {name}")
    return found


# ---- what an administrator sees, and the audit trail


def list_accounts(register: Register) -> tuple[User, ...]:
    """Every user, by name."""
    return people.list_users(register)


def list_keys(register: Register) -> tuple[Token, ...]:
    """Every key for programs, newest first; their secrets are not kept."""
    return people.list_tokens(register)


def revoke_key(register: Register, token_id: str, *, by: By, now: datetime) -> None:
    """End a key for programs.

    Raises
    ------
    UnknownRecord
        There is none of that id that still holds.
    """
    people.revoke_token(register, token_id, by.act(now, "token.revoke", token_id))


def audit_trail(register: Register, *, limit: int, before: int | None = None) -> tuple[tuple[int, Act], ...]:
    """What people with privileges did, with numbers, newest first: ``register.people.acts``."""
    return people.acts(register, limit=limit, before=before)


def note_act(register: Register, by: By, now: datetime, action: str, subject: str, **detail: Any) -> None:
    """Write to the audit trail that somebody used a privilege."""
    people.record(register, by.act(now, action, subject, **detail))
