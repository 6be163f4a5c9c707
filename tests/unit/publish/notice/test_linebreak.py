"""Lines end where a reader of English and Chinese expects it, and nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from superemitter.publish.notice.linebreak import NOT_AT_END, NOT_AT_START, wrapped


def ruler(text: str) -> float:
    """Chinese twice as wide as Latin."""
    return sum(2.0 if ord(c) > 0x2E7F else 1.0 for c in text)


def lines(text: str, width: float) -> list[str]:
    return wrapped(text, width, ruler)


def test_latin_words_stay_whole() -> None:
    assert lines("methane emission rate", 12) == ["methane", "emission", "rate"]


def test_chinese_breaks_between_characters_but_not_before_a_comma() -> None:
    assert lines("甲烷排放控制，行动方案", 12) == ["甲烷排放控", "制，行动方案"]


def test_an_opening_bracket_does_not_end_a_line() -> None:
    assert lines("甲烷排放（羽流）", 10) == ["甲烷排放", "（羽流）"]


def test_a_checksum_wider_than_the_line_is_cut() -> None:
    assert lines("a" * 25, 10) == ["a" * 10, "a" * 10, "a" * 5]


def test_line_feeds_and_empty_texts_stay() -> None:
    assert lines("one\n\ntwo", 10) == ["one", "", "two"]
    assert lines("", 10) == [""]


@given(text=st.text(alphabet=st.sampled_from("ab c甲烷，。（）-/1."), max_size=80), width=st.integers(6, 40))
def test_no_line_is_too_wide_and_no_character_is_lost(text: str, width: int) -> None:
    found = lines(text, width)
    assert all(ruler(line) <= width for line in found)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("width", range(8, 30))
def test_marks_keep_to_their_side(width: int) -> None:
    found = lines("通报（编号 12），见“规则”。排放速率：1,240 kg/h；羽流、设施。", width)
    assert not any(line[0] in NOT_AT_START for line in found[1:])
    assert not any(line[-1] in NOT_AT_END for line in found)
