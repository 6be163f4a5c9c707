"""Users, their sessions and tokens, and the audit trail of what they did. Secrets are kept as hashes only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from superemitter.model.errors import InvalidValue, UnknownRecord
from superemitter.register.engine import Register
from superemitter.register.schema import audit, sessions, tokens, users


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody with an account.

    Attributes
    ----------
    user_id : str
    name : str
        What one signs in with.
    display_name : str
        What the history of a case says.
    role : str
    operator : str
        Whom an operator's account acts for; else empty.
    password_hash : str
    created_at : datetime
    disabled_at : datetime, optional
    """

    user_id: str
    name: str
    display_name: str
    role: str
    operator: str
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who signed in; `digest` is the SHA-256 of what the browser holds."""

    digest: str
    user_id: str
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A key for programs: what may be shown of it, and the hash of its secret."""

    token_id: str
    user_id: str
    label: str
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that somebody with a privilege did."""

    at: datetime
    actor: str
    role: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    address: str


Held = TypeVar("Held", Session, Token)


def add_user(register: Register, user: User, act: Act) -> None:
    """Keep a new user.

    Raises
    ------
    InvalidValue
        The name is taken.
    """
    with register.writing() as connection:
        try:
            connection.execute(insert(users), _row(user))
        except IntegrityError:
            raise InvalidValue(f"the name {user.name} is taken", hint="choose another") from None
        _record(connection, act)


def user(register: Register, user_id: str) -> User:
    """A user by id.

    Raises
    ------
    UnknownRecord
        There is none.
    """
    with register.reading() as connection:
        row = connection.execute(select(users).where(users.c.user_id == user_id)).one_or_none()
    if row is None:
        raise UnknownRecord(f"there is no user {user_id}")
    return User(**row._mapping)


def user_named(register: Register, name: str) -> User | None:
    """The user who signs in with a name; None if there is none."""
    with register.reading() as connection:
        row = connection.execute(select(users).where(users.c.name == name)).one_or_none()
    return None if row is None else User(**row._mapping)


def list_users(register: Register) -> tuple[User, ...]:
    """Every user, by name."""
    with register.reading() as connection:
        return tuple(User(**row._mapping) for row in connection.execute(select(users).order_by(users.c.name)))


def change_user(register: Register, user_id: str, changes: Mapping[str, Any], act: Act) -> None:
    """Change a user, and end their sessions: whoever was signed in signs in again under what holds now.

    Raises
    ------
    UnknownRecord
        There is no such user.
    """
    with register.writing() as connection:
        done = connection.execute(update(users).where(users.c.user_id == user_id), dict(changes))
        if done.rowcount == 0:
            raise UnknownRecord(f"there is no user {user_id}")
        connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
        _record(connection, act)


def start_session(register: Register, session: Session, act: Act) -> None:
    """Keep a session, and drop those that were last seen before it could still be used."""
    with register.writing() as connection:
        connection.execute(insert(sessions), _row(session))
        _record(connection, act)


def session(register: Register, digest: str) -> tuple[Session, User] | None:
    """A session and its user; None if there is none."""
    return _with_user(register, sessions, Session, sessions.c.digest == digest)


def touch_session(register: Register, digest: str, seen_at: datetime) -> None:
    """Note when a session was last used."""
    with register.writing() as connection:
        connection.execute(update(sessions).where(sessions.c.digest == digest), {"seen_at": seen_at})


def end_session(register: Register, digest: str, act: Act | None = None) -> None:
    """Forget a session."""
    with register.writing() as connection:
        connection.execute(delete(sessions).where(sessions.c.digest == digest))
        if act is not None:
            _record(connection, act)


def end_sessions_before(register: Register, *, created: datetime, seen: datetime) -> None:
    """Forget sessions that began, or were last used, before a moment each."""
    with register.writing() as connection:
        connection.execute(delete(sessions).where((sessions.c.created_at < created) | (sessions.c.seen_at < seen)))


def add_token(register: Register, token: Token, act: Act) -> None:
    """Keep a token."""
    with register.writing() as connection:
        connection.execute(insert(tokens), _row(token))
        _record(connection, act)


def token(register: Register, token_id: str) -> tuple[Token, User] | None:
    """A token and its user; None if there is none."""
    return _with_user(register, tokens, Token, tokens.c.token_id == token_id)


def list_tokens(register: Register) -> tuple[Token, ...]:
    """Every token, newest first."""
    query = select(tokens).order_by(tokens.c.created_at.desc(), tokens.c.token_id)
    with register.reading() as connection:
        return tuple(Token(**row._mapping) for row in connection.execute(query))


def revoke_token(register: Register, token_id: str, act: Act) -> None:
    """End a token.

    Raises
    ------
    UnknownRecord
        There is none of that id that is not revoked yet.
    """
    with register.writing() as connection:
        standing = (tokens.c.token_id == token_id) & tokens.c.revoked_at.is_(None)
        if connection.execute(update(tokens).where(standing), {"revoked_at": act.at}).rowcount == 0:
            raise UnknownRecord(f"there is no token {token_id}")
        _record(connection, act)


def record(register: Register, act: Act) -> None:
    """Add an act to the audit trail, which only grows."""
    with register.writing() as connection:
        _record(connection, act)


def acts(register: Register, *, limit: int = 200, before: int | None = None) -> tuple[tuple[int, Act], ...]:
    """Acts with their numbers, newest first.

    Parameters
    ----------
    register : Register
    limit : int
    before : int, optional
        Only those numbered lower: the last number of the page before.
    """
    query = select(audit).order_by(audit.c.audit_id.desc()).limit(limit)
    if before is not None:
        query = query.where(audit.c.audit_id < before)
    with register.reading() as connection:
        rows = [dict(row._mapping) for row in connection.execute(query)]
    return tuple((row.pop("audit_id"), Act(**row)) for row in rows)


def _with_user(
    register: Register, table: Table, noun: type[Held], which: ColumnElement[bool]
) -> tuple[Held, User] | None:
    """What somebody holds, and who they are; None if there is none."""
    with register.reading() as connection:
        row = connection.execute(select(table, users).join(users).where(which)).one_or_none()
    if row is None:
        return None
    found = row._mapping
    held = noun(**{name: found[table.c[name]] for name in noun.__dataclass_fields__})
    return held, User(**{name: found[users.c[name]] for name in User.__dataclass_fields__})


def _record(connection: Connection, act: Act) -> None:
    connection.execute(insert(audit), _row(act) | {"detail": dict(act.detail)})


def _row(noun: User | Session | Token | Act) -> dict[str, Any]:
    return {name: getattr(noun, name) for name in noun.__dataclass_fields__}
