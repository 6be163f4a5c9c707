"""report.html and the words in it."""

from __future__ import annotations

from html.parser import HTMLParser
from itertools import pairwise

import pytest

from superemitter.publish import wording
from superemitter.publish.report import ranked, summary, write_report

PIXEL = b"\x89PNG\r\n\x1a\n"
NBSP = "\u00a0"


class Page(HTMLParser):
    """Tags with attributes, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture
def page_of(make_record, tmp_path):
    """Writes the report of a result and reads it."""

    def make(result):
        (tmp_path / "quicklook.png").write_bytes(PIXEL)
        write_report(result, make_record(result), tmp_path / "report.html", quicklook=tmp_path / "quicklook.png")
        return Page((tmp_path / "report.html").read_text(encoding="utf-8"))

    return make


def test_it_needs_nothing_from_outside_and_runs_no_script(page_of, make_result):
    page = page_of(make_result())
    links = [value for _, attributes in page.tags for name, value in attributes.items() if name in ("src", "href")]
    assert all(link.startswith(("data:image/png;base64,", "#")) for link in links)
    assert not page.all("script")
    (policy,) = (meta["content"] for meta in page.all("meta") if meta.get("http-equiv"))
    assert "default-src 'none'" in policy


def test_names_from_files_cannot_become_markup(page_of, make_result):
    page = page_of(make_result())
    assert not page.all("b")
    assert not page.all("i")
    assert '=煤矿 <b>大同</b> & "Sons" $x^2$' in page.text
    assert "<script>alert(1)</script>" in page.text


def test_it_can_be_used_without_seeing_it(page_of, make_result):
    page = page_of(make_result())
    assert page.all("html")[0]["lang"] == "en"
    assert all(len(image["alt"]) > 20 for image in page.all("img"))
    assert all(header.get("scope") in ("row", "col") for header in page.all("th"))
    headings = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3")]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(headings))


def test_simulated_data_says_so_everywhere(page_of, make_result):
    assert page_of(make_result()).text.count("SIMULATED") >= 2
    assert "SIMULATED" not in page_of(make_result(simulated=False)).text


def test_it_names_rates_bounds_candidates_cautions_and_inputs(page_of, make_result):
    text = page_of(make_result()).text
    for wanted in (
        "830–1,760",
        "cross-sectional flux",
        "None of these",
        "A detection is not a fine",
        "the plume touches the edge of the valid image",
        "ab" * 32,
        "superemitter verify run.json",
        "detection.false_alarm_rate",
        "ueff-csf-test, ueff-ime-test",
    ):
        assert wanted in text


def test_without_wind_it_gives_a_table_and_the_reason(page_of, make_result):
    text = page_of(make_result(wind=False)).text
    assert "No single rate: no wind was given" in text
    assert "Rate in kg/h by assumed wind speed" in text


def test_without_a_plume_it_names_the_threshold(page_of, make_result):
    text = page_of(make_result(plumes=0)).text
    assert "No methane plume was found" in text
    assert "5.2" in text


def test_plumes_are_ranked_by_rate_and_keep_their_number(make_result):
    result = make_result()
    assert [number for number, _ in ranked(result.plumes[::-1])] == [2, 1]


def test_the_summary_counts_in_words(make_result):
    assert summary(make_result(plumes=1)).startswith(
        "One methane plume was found in the EMIT scene of 17 July 2023"
    )


def test_equal_runs_give_equal_reports(page_of, make_result, tmp_path):
    page_of(make_result())
    first = (tmp_path / "report.html").read_bytes()
    page_of(make_result())
    assert (tmp_path / "report.html").read_bytes() == first


def test_a_rate_is_rounded_to_what_its_interval_supports(make_result):
    rate = make_result().plumes[0].quantification.rate
    assert wording.rate_text(rate).replace(NBSP, " ") == "1,240 kg/h (68 %: 830–1,760)"


@pytest.mark.parametrize(
    ("probability", "text"),
    [(0.0, "< 1 %"), (0.0004, "< 1 %"), (0.5, "50 %"), (0.994, "> 99 %"), (1.0, "> 99 %")],
)
def test_a_probability_is_never_given_as_certain(probability, text):
    assert wording.percent(probability).replace(NBSP, " ") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1240.3, "1,240"),
        (0.03123, "0.0312"),
        (-12.34, "−12.3"),
        (0.0, "0"),
        (99960.0, "100,000"),
        (1e-9, "0.00000000100"),
    ],
)
def test_significant_digits(value, text):
    assert wording.significant(value) == text


def test_a_range_with_a_negative_end_is_written_in_words():
    assert wording.interval_text(-120.0, 480.0) == "−120 to 480"


def test_places_name_their_hemisphere():
    assert wording.place_text(-118.5234, 34.4123).replace(NBSP, " ") == "34.41230° N, 118.52340° W"
