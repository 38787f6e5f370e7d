"""A shared link: what it opens, when it ends, and what stands of it in the chain."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import BadInput, LinkExpired, NotFound
from server.patients.model import BoundCard
from server.reports.model import ReportState
from server.reports.sharing import ReportSharing, Share
from tests.support.builders import CARD, HOSPITAL, a_session, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.reports import FaithfulReports, a_film, a_report, a_screening, an_item, an_offer

pytestmark = pytest.mark.asyncio
SESSION = a_session()
ENDED = "这个链接已失效，请向分享的人再要一次。"


class House:
    def __init__(self) -> None:
        self.system = FaithfulReports(a_film("R2"), a_screening("R3"), a_report("R4", head={"is_sensitive": True}))
        offers = {hospital: an_offer(self.system) for hospital in (HOSPITAL, "other")}
        self.app = InMemoryApp(a_hospital(), a_hospital("other"), reports=offers)
        self.sharing: ReportSharing = self.app.reports.sharing

    async def enter(self) -> str:
        """The key of the film."""
        for hospital in (HOSPITAL, "other"):
            card = BoundCard(hospital=hospital, owner=an_identity().key, card_no=CARD, name="张测试")
            await self.app.stores.cards.bind(card)
        return await self.key("R2")

    async def key(self, report_no: str) -> str:
        found = await self.app.reports.own.mine(SESSION)
        return next(one.key for one in found if one.head.report_no == report_no)

    async def shared(self, key: str) -> Share:
        await self.sharing.share(SESSION, key)
        share = await self.sharing.of(SESSION, key)
        assert share is not None
        return share

    async def lines(self) -> list[tuple[str, dict[str, str]]]:
        found = await self.app.stores.audit.page(HOSPITAL, 0, 100)
        return [(line.what, dict(line.detail)) for line in found if line.what.startswith("report_")]

    async def is_ended(self, sealed: str, hospital: str = HOSPITAL) -> bool:
        words = ""
        try:
            await self.sharing.open(hospital, sealed)
        except LinkExpired as ended:
            words = ended.user_message
        assert words in {"", ENDED}
        return bool(words)


async def test_a_link_opens_the_report_for_three_days_and_the_chain_knows_whose_it_is() -> None:
    house = House()
    key = await house.enter()
    assert await house.sharing.of(SESSION, key) is None
    share = await house.shared(key)
    assert len(house.app.sealer.open("report_share", share.sealed)) == 26
    assert share.until == house.app.clock.now() + timedelta(hours=72)
    assert (await house.sharing.open(HOSPITAL, share.sealed)).head.report_no == "R2"
    assert (await house.sharing.file(HOSPITAL, share.sealed, "2")).media_type == "application/pdf"
    with pytest.raises(NotFound):
        await house.sharing.file(HOSPITAL, share.sealed, "9")
    first, made, *looks = await house.lines()
    name = made[1]["share"]
    assert (first[0], made[0], made[1]["report"], len(name)) == ("report_viewed", "report_shared", key, 40)
    assert made[1]["reader"] == first[1]["reader"]
    assert looks == [
        ("report_viewed", {"report": key, "part": part, "share": name})
        for part in ("shared_page", "shared_file", "shared_file")
    ]
    assert share.sealed not in repr(await house.lines())
    house.app.clock.forward(72 * 3600 - 1)
    assert not await house.is_ended(share.sealed)
    house.app.clock.forward(1)
    assert await house.is_ended(share.sealed)
    assert await house.sharing.of(SESSION, key) is None


async def test_a_person_has_one_link_to_a_report_and_can_end_it() -> None:
    house = House()
    key = await house.enter()
    first, second = await house.shared(key), await house.shared(key)
    assert (await house.is_ended(first.sealed), await house.is_ended(second.sealed)) == (True, False)
    await house.sharing.end(SESSION, key)
    assert await house.is_ended(second.sealed)
    assert await house.sharing.of(SESSION, key) is None
    ended = [detail for what, detail in await house.lines() if what == "report_unshared"]
    made = [detail for what, detail in await house.lines() if what == "report_shared"]
    assert ended == [made[1]]
    await house.sharing.end(SESSION, key)
    assert len([what for what, _ in await house.lines() if what == "report_unshared"]) == 1


async def test_a_sensitive_report_is_not_shared_not_even_after_a_code() -> None:
    house = House()
    await house.enter()
    for proven in (False, True):
        if proven:
            await house.app.reports.codes.send(SESSION, CARD)
            await house.app.reports.codes.prove(SESSION, CARD, house.app.sms.sent[-1][1].values["code"])
        for number in ("R3", "R4"):
            with pytest.raises(BadInput) as said:
                await house.sharing.share(SESSION, await house.key(number))
            assert said.value.user_message == "这份报告不能分享。"
    assert not [what for what, _ in await house.lines() if what == "report_shared"]


async def test_a_link_is_good_at_its_hospital_alone() -> None:
    house = House()
    share = await house.shared(await house.enter())
    assert (await house.is_ended(share.sealed, "other"), await house.is_ended(share.sealed)) == (True, False)
    forged = share.sealed[:-4] + "AAAA"
    for sealed in ("", "no link", forged):
        assert await house.is_ended(sealed)


async def test_a_link_ends_with_the_card_and_with_the_report() -> None:
    house = House()
    share = await house.shared(await house.enter())
    film = house.system.known["R2"]
    house.system.changes("R2", state=ReportState.WITHDRAWN)
    assert await house.is_ended(share.sealed)
    house.system.known["R2"] = a_report("R2", an_item(name="HIV 抗体"))
    assert await house.is_ended(share.sealed), "it has a sensitive value by now"
    house.system.known["R2"] = film
    assert not await house.is_ended(share.sealed)
    await house.app.stores.cards.unbind(HOSPITAL, an_identity().key, CARD)
    assert await house.is_ended(share.sealed)
