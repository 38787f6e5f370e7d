"""The first page asks every source at once; none makes it wait, fail, or show what is not theirs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from server.core.errors import OutcomeUnknown, StoreUnavailable
from server.infrastructure.sealing import Keyring
from server.needs.model import Asked, Home, Place, Told
from server.needs.service import NeedService
from server.needs.texts import HIS_SILENT, NOT_WHOLE, missing
from server.patients.model import BoundCard
from server.storage.memory import memory_stores
from tests.support.builders import CARD, HOSPITAL, a_scan, a_session
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.unit.needs.test_rules import a_need

pytestmark = pytest.mark.asyncio
SESSION = a_session()
CHILD, STRANGER = "C0000002", "C0000009"


class Source:
    """Tells ``told``, or does as ``answer`` says."""

    def __init__(self, told: Told | None = None, answer: Callable[[Asked], Any] | None = None) -> None:
        self.name = "played"
        self.asked: list[Asked] = []
        self._told = told or Told()
        self._answer = answer

    def places(self, hospital: str) -> Sequence[Place]:
        return (Place("一处", "one"),) if hospital == HOSPITAL else ()

    async def needs(self, asked: Asked) -> Told:
        self.asked.append(asked)
        if self._answer is not None:
            await self._answer(asked)
        return self._told


def fails(error: Exception) -> Callable[[Asked], Any]:
    async def answer(asked: Asked) -> None:
        raise error

    return answer


async def hangs(asked: Asked) -> None:
    await asyncio.Event().wait()


async def with_cards(*sources: Source, cards: Sequence[str] = (CARD, CHILD)) -> NeedService:
    stores = memory_stores(FakeClock().now)
    for number, name in zip(cards, ("张测试", "张小测"), strict=False):
        await stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=SESSION.identity.key, card_no=number, name=name))
    return NeedService(sources, stores.cards, Keyring("k1", {"k1": b"1" * 32}, b"2" * 32), FakeClock(), ask_s=0.05)


def titles(home: Home) -> list[tuple[str, str]]:
    return [(one.need.title, one.member.name_masked if one.member else "") for one in home.needs]


GOOD = Told((a_need("bill:1", card_no=CARD), a_need("bill:2", card_no=CHILD)))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (hangs, HIS_SILENT),
        (fails(OutcomeUnknown("his", "silent")), HIS_SILENT),
        (fails(StoreUnavailable("down")), NOT_WHOLE),
        (fails(KeyError("secret-name")), NOT_WHOLE),
    ],
)
async def test_a_slow_or_broken_source_leaves_its_place_out(
    answer: Callable[[Asked], Any], told: str, caplog: pytest.LogCaptureFixture
) -> None:
    service = await with_cards(Source(answer=answer), Source(GOOD))
    with caplog.at_level(logging.WARNING):
        home = await service.home(SESSION)
    assert titles(home) == [("bill:1", "张*试"), ("bill:2", "张*测")]
    assert not home.is_whole, "it must not say that nothing is needed"
    assert missing(home) == told, "nobody else is blamed for a fault of ours"
    assert "left out source=played" in caplog.text
    assert "secret-name" not in caplog.text


async def test_what_a_source_could_not_know_is_said() -> None:
    assert (await (await with_cards(Source(GOOD))).home(SESSION)).is_whole
    part = await (await with_cards(Source(replace(GOOD, is_whole=False)))).home(SESSION)
    assert (part.is_whole, missing(part)) == (False, HIS_SILENT)


async def test_the_sources_are_asked_at_once() -> None:
    met = asyncio.Barrier(2)

    async def meet(asked: Asked) -> None:
        await met.wait()

    home = await (await with_cards(Source(GOOD, meet), Source(answer=meet))).home(SESSION)
    assert home.is_whole


async def test_one_member_is_asked_for_alone() -> None:
    source = Source(GOOD)
    service = await with_cards(source)
    everybody = await service.home(SESSION)
    child = next(one for one in everybody.members if one.name_masked == "张*测")
    home = await service.home(SESSION, child.key)
    assert (home.chosen, titles(home)) == (child, [("bill:2", "张*测")])
    assert source.asked[-1].card_nos == {CHILD}
    assert len(home.members) == 2, "the switch still leads to all"


async def test_what_is_the_person_s_own_stands_among_all_and_not_with_one_member() -> None:
    service = await with_cards(Source(Told((a_need("own", card_no=""), a_need("bill:1", card_no=CARD)))))
    everybody = await service.home(SESSION)
    assert titles(everybody) == [("own", ""), ("bill:1", "张*试")]
    one = next(each for each in everybody.members if each.name_masked == "张*试")
    assert titles(await service.home(SESSION, one.key)) == [("bill:1", "张*试")]


async def test_a_member_who_is_not_theirs_any_more_is_as_none() -> None:
    home = await (await with_cards(Source(GOOD))).home(SESSION, "0" * 20)
    assert (home.chosen, len(home.needs)) == (None, 2)


async def test_nothing_of_a_card_that_is_not_bound_is_shown_whatever_a_source_says() -> None:
    service = await with_cards(Source(Told((a_need("a", card_no=STRANGER),))))
    assert (await service.home(SESSION)).needs == ()


async def test_a_live_scan_is_a_member_until_its_card_is_bound() -> None:
    source = Source(Told((a_need("bill:9", card_no=STRANGER),)))
    session = a_session("openid-zhang-ceshi", a_scan("bill:9", card_no=STRANGER, name="李虚构"), a_scan(card_no=CARD))
    home = await (await with_cards(source, cards=(CARD,))).home(session)
    assert [(one.name_masked, one.is_bound) for one in home.members] == [("张*试", True), ("李*构", False)]
    assert titles(home) == [("bill:9", "李*构")]
    assert [scan.card_no for scan in source.asked[0].scans] == [STRANGER]
    over = a_session("openid-zhang-ceshi", a_scan("bill:9", card_no=STRANGER, expires_at=MORNING))
    assert (await (await with_cards(source, cards=())).home(over)).members == ()


async def test_further_places_come_from_the_sources_of_the_hospital() -> None:
    service = await with_cards(Source(), Source())
    assert [place.page for place in service.places(HOSPITAL)] == ["one", "one"]
    assert service.places("other") == ()
