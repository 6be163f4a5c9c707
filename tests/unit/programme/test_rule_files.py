"""Rule and holiday files: strict, complete in both languages, honest about what was read."""

from __future__ import annotations

from importlib.resources import files

import pytest

from superemitter.model.errors import InvalidRules, InvalidValue
from superemitter.programme import load_glossary, load_programme, load_programmes, read_programme
from superemitter.programme.calendar import read_holidays
from superemitter.programme.forms import form_ids

SEP = (files("superemitter") / "data" / "programmes" / "us-epa-sep.toml").read_text(encoding="utf-8")


def test_the_programmes_that_are_packaged():
    assert set(load_programmes()) == {
        "us-epa-sep",
        "us-ca-95669-1",
        "eu-2024-1787",
        "unep-mars",
        "cn-coal-mine",
        "generic",
    }


@pytest.mark.parametrize("programme_id", sorted(load_programmes()))
def test_every_text_has_a_title_in_chinese_a_form_and_a_citation(programme_id):
    for text in load_programme(programme_id).texts:
        assert text.title.zh != text.title.en
        assert text.answer_form in form_ids()
        assert text.citation
        assert all(duty.passport.citation for duty in text.duties)


def test_only_a_text_read_at_its_source_counts_as_verified():
    tags = {tag: verified for _, tag, verified in _passports()}
    assert tags == {"V": True, "S": False, "M": False, "C": False}


def test_the_banner_names_what_was_not_checked():
    banner = load_programme("us-epa-sep").text().banner
    assert "status from 2024-05-07" in banner.en
    assert "2024-05-07" in banner.zh


def test_house_rules_are_not_called_law():
    assert "not law" in load_programme("generic").text().banner.en


def test_an_unknown_programme_or_text_is_told_what_there_is():
    with pytest.raises(InvalidValue) as caught:
        load_programme("us-epa")
    assert "us-epa-sep" in caught.value.hint
    with pytest.raises(InvalidValue):
        load_programme("us-epa-sep").text("us-60.9999")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('comparator = "ge"', 'comparator = "=>"', "comparator"),
        ("amount = 15", 'amount = "15"', "amount"),
        ("amount = 15", "amount = 1.5", "cannot be counted"),
        ("valid_to = 2025-07-30", "valid_to = 2025-08-30", "overlaps"),
        ("valid_to = 2025-07-30", "valid_until = 2025-07-30", "valid_until"),
        ('time_zone = "America/New_York"', 'time_zone = "America/Washington"', "time zone"),
        ('holidays = "us-federal"', 'holidays = "us"', "no holiday table"),
        ('starts_on = "notice-received"', 'starts_on = "notice-recieved"', "starts_on"),
        ('default_text = "us-60.5371b"', 'default_text = "b"', "default_text"),
        ('id = "us-60.5371a"', 'id = "us-60.5371b"', "more than once"),
        ('tag = "V"', 'tag = "yes"', "tag"),
        ("remote_detection = true", 'remote_detection = "true"', "remote_detection"),
    ],
)
def test_a_slip_in_a_rule_file_is_an_error_that_says_where(old, new, says):
    with pytest.raises(InvalidRules, match=says) as caught:
        read_programme(SEP.replace(old, new), "us-epa-sep.toml")
    assert "us-epa-sep.toml" in caught.value.message or "holiday" in caught.value.message


def test_a_holiday_file_with_a_slip_is_refused():
    table = """
id = "x"
title = { en = "X", zh = "甲" }
citation = "c"
tag = "C"
observed = { saturday = "none", sunday = "none" }
[[holiday]]
id = "h"
title = { en = "H", zh = "日" }
month = 5
weekday = "monday"
nth = 6
"""
    with pytest.raises(InvalidRules, match="nth"):
        read_holidays(table, "x.toml")


def test_the_glossary_has_the_words_of_the_field():
    assert load_glossary()["super-emitter"].zh == "超级排放源"
    assert load_glossary()["coalbed methane"].official


def _passports():
    for programme in load_programmes().values():
        for text in programme.texts:
            for duty in text.duties:
                yield duty.id, duty.passport.tag, duty.passport.verified
            for period in text.periods:
                yield period.status, period.passport.tag, period.passport.verified
