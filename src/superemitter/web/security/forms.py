"""Forms that only the page we gave out can send, and that count once.

Every visitor holds a random secret in a cookie: that of the session, or of the visit if nobody is signed in. A
form carries a nonce and its keyed digest under that secret. Another site can make a browser send the cookie, but
cannot know the digest.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

from superemitter.model.errors import StaleForm


def form_token(secret: str, purpose: str) -> str:
    """What a form for a purpose carries: a nonce, a point, and the nonce's digest."""
    nonce = secrets.token_urlsafe(16)
    return f"{nonce}.{_digest(secret, purpose, nonce)}"


def check_form(secret: str, purpose: str, token: str) -> str:
    """The nonce of a form that was made here for this purpose and visitor.

    Raises
    ------
    StaleForm
        It was not: the session has ended, or another site sent it.
    """
    nonce, _, given = token.partition(".")
    if not secret or not hmac.compare_digest(given.encode(), _digest(secret, purpose, nonce).encode()):
        raise StaleForm(
            "this form is out of date: nothing was stored", hint="open the page again and send the form anew"
        )
    return nonce


def receipt_of(secret: str, nonce: str) -> str:
    """The receipt of what a form handed in: the same for the same form, and not to be guessed."""
    return _digest(secret, "receipt", nonce)[:32]


def _digest(secret: str, purpose: str, nonce: str) -> str:
    return hmac.new(secret.encode(), f"{purpose}\n{nonce}".encode(), hashlib.sha256).hexdigest()
