"""What an outside system tells of several cards at once, and what is said of those of which it does not answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideError
from server.core.systems import HOSPITAL_SYSTEM
from server.patients.model import BoundCard
from server.patients.visible_cards import card_key, missing_words, some_told, told_and_failed
from tests.support.builders import HOSPITAL, an_identity
from tests.support.in_memory_app import InMemoryApp

FIRST, SECOND = "C0000001", "C0000002"
CARDS = tuple(
    BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=no, name="张小测") for no in (FIRST, SECOND)
)
SILENT, DOWN = OutcomeUnknown(HOSPITAL_SYSTEM, "silent"), NotSent(HOSPITAL_SYSTEM, "down")
MISSING = "医院系统暂时没有响应，有的就诊卡没有查到，请稍后再看。"


class Hospital:
    def __init__(self, **answers: Exception) -> None:
        self.answers = answers

    async def told(self, card_no: str) -> Sequence[str]:
        if card_no in self.answers:
            raise self.answers[card_no]
        return (f"{card_no}/1", f"{card_no}/2")


ALL = ("C0000001/1", "C0000001/2", "C0000002/1", "C0000002/2")


@pytest.mark.asyncio
async def test_what_is_told_of_each_card_stands_in_the_order_of_the_cards() -> None:
    assert await some_told(CARDS, Hospital().told) == (ALL, [])
    assert await some_told((), Hospital().told) == ((), [])


@pytest.mark.asyncio
async def test_a_card_without_an_answer_is_missing_and_the_others_are_told() -> None:
    told, failed = await some_told(CARDS, Hospital(C0000001=SILENT).told)
    assert (told, failed, missing_words(failed)) == (ALL[2:], [SILENT], MISSING)
    assert missing_words([]) == ""


@pytest.mark.asyncio
async def test_without_any_answer_the_first_error_is_raised() -> None:
    nobody = Hospital(C0000001=SILENT, C0000002=DOWN)
    with pytest.raises(OutsideError) as caught:
        await some_told(CARDS, nobody.told)
    assert caught.value is SILENT
    assert await told_and_failed(CARDS, nobody.told) == ((), [SILENT, DOWN])


@pytest.mark.asyncio
async def test_a_fault_of_our_own_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match="own"):
        await some_told(CARDS, Hospital(C0000002=ValueError("own")).told)


def test_a_card_has_a_short_name_of_its_own() -> None:
    sealer = InMemoryApp().sealer
    keys = {card_key(sealer, hospital, no) for hospital in (HOSPITAL, "other") for no in (FIRST, SECOND)}
    assert [len(key) for key in keys] == [20] * 4
