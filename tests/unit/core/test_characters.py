"""Text as other systems take it: what XML forbids, and lengths in bytes."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.core.characters import bytes_of, cut_to_bytes, cut_to_chars, for_xml, readable_xml

ANYTHING = st.text(alphabet=st.characters(codec=None), max_size=60)


@given(ANYTHING)
def test_what_is_for_xml_can_stand_in_xml_and_be_encoded(text: str) -> None:
    cleaned = for_xml(text)
    cleaned.encode()
    fromstring(f"<a><![CDATA[{cleaned.replace(']]>', ']] >')}]]></a>")
    assert for_xml(cleaned) == cleaned


@pytest.mark.parametrize(
    "reference",
    ["&#8;", "&#x0;", "&#xD800;", "&#xFFFE;", "&#99999999;", "&#x110000;", "\x02", "\x1d", "\ufffe", "\ud800"],
)
def test_a_document_with_what_xml_forbids_is_read_without_it(reference: str) -> None:
    assert fromstring(readable_xml(f"<a>缴{reference}费&#65;</a>")).text == "缴费A"


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("医院", 6, "医院"),
        ("医院", 5, "医"),
        ("医院", 2, ""),
        ("ab", 1, "a"),
        ("e\u0301x", 2, ""),
        ("ae\u0301", 3, "a"),
        ("👨\u200d👩", 8, ""),
        ("\u0301abc", 1, ""),
    ],
)
def test_bytes_are_cut_on_the_border_of_a_character(text: str, most: int, kept: str) -> None:
    assert cut_to_bytes(text, most) == kept


def test_a_reference_to_the_last_character_of_all_is_kept() -> None:
    assert fromstring(readable_xml("<a>&#x10FFFF;&#1114111;</a>")).text == "\U0010ffff" * 2


@pytest.mark.parametrize(
    ("text", "most", "kept"),
    [
        ("医院", 2, "医院"),
        ("医院", 1, "医"),
        ("x\u200dyz", 3, "x\u200dy"),
        ("ab\u200dc", 1, "a"),
        ("ab\u200dc", 3, "a"),
    ],
)
def test_characters_are_cut_beside_what_a_joiner_holds_together(text: str, most: int, kept: str) -> None:
    assert cut_to_chars(text, most) == kept


def test_an_ending_takes_its_place_where_something_was_cut() -> None:
    assert [cut_to_chars("门诊缴费", most, "…") for most in (4, 3)] == ["门诊缴费", "门诊…"]


@given(ANYTHING.map(for_xml), st.integers(2, 40))
def test_what_is_cut_fits_and_begins_as_it_was(text: str, most: int) -> None:
    by_bytes, by_chars = cut_to_bytes(text, most), cut_to_chars(text, most, "…")
    assert bytes_of(by_bytes) <= most
    assert text.startswith(by_bytes)
    assert len(by_chars) <= most
    assert text.startswith(by_chars.removesuffix("…") if len(text) > most else by_chars)
