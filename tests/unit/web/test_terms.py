"""Every short name that a page may show has its word, and the word its Chinese."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from superemitter.account.large_release_duration import Basis
from superemitter.model.flags import Flag
from superemitter.programme.clocks import ClockState
from superemitter.programme.disclosure import Role
from superemitter.programme.events import EVENT_KINDS, State
from superemitter.programme.rules import Status
from superemitter.web.i18n import Speaker
from superemitter.web.terms import TERMS, term

ROOT = Path(__file__).resolve().parents[3]


def test_every_name_has_its_word() -> None:
    names = {
        "state": set(State),
        "event": set(EVENT_KINDS),
        "clock": set(ClockState),
        "status": set(Status),
        "role": set(Role),
        "flag": set(Flag),
        "release": set(Basis),
    }
    missing = {
        kind: sorted(
            str(getattr(one, "value", one)) for one in wanted if str(getattr(one, "value", one)) not in TERMS[kind]
        )
        for kind, wanted in names.items()
    }
    assert {kind: left for kind, left in missing.items() if left} == {}


def test_the_words_of_flags_are_those_of_the_reports() -> None:
    assert {name: term(Speaker("en"), "flag", name) for name in map(str, Flag)} == {
        str(flag): flag.meaning for flag in Flag
    }


def test_every_message_has_its_chinese_and_none_is_left_over() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "messages.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr
