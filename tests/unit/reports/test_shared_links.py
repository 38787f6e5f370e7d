"""A shared link: what it opens, when it ends, and what stands of it in the chain."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

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


class SharingParts:
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
    parts = SharingParts()
    key = await parts.enter()
    assert await parts.sharing.of(SESSION, key) is None
    share = await parts.shared(key)
    assert len(parts.app.sealer.open("report_share", share.sealed)) == 26
    assert share.until == parts.app.clock.now() + timedelta(hours=72)
    assert (await parts.sharing.open(HOSPITAL, share.sealed)).head.report_no == "R2"
    assert (await parts.sharing.file(HOSPITAL, share.sealed, "2")).media_type == "application/pdf"
    with pytest.raises(NotFound):
        await parts.sharing.file(HOSPITAL, share.sealed, "9")
    first, made, *looks = await parts.lines()
    name = made[1]["share"]
    assert (first[0], made[0], made[1]["report"], len(name)) == ("report_viewed", "report_shared", key, 40)
    assert made[1]["reader"] == first[1]["reader"]
    assert looks == [
        ("report_viewed", {"report": key, "part": part, "share": name})
        for part in ("shared_page", "shared_file", "shared_file")
    ]
    assert share.sealed not in repr(await parts.lines())
    parts.app.clock.forward(72 * 3600 - 1)
    assert not await parts.is_ended(share.sealed)
    parts.app.clock.forward(1)
    assert await parts.is_ended(share.sealed)
    assert await parts.sharing.of(SESSION, key) is None


async def test_a_person_has_one_link_to_a_report_and_can_end_it() -> None:
    parts = SharingParts()
    key = await parts.enter()
    first, second = await parts.shared(key), await parts.shared(key)
    assert (await parts.is_ended(first.sealed), await parts.is_ended(second.sealed)) == (True, False)
    await parts.sharing.end(SESSION, key)
    assert await parts.is_ended(second.sealed)
    assert await parts.sharing.of(SESSION, key) is None
    ended = [detail for what, detail in await parts.lines() if what == "report_unshared"]
    made = [detail for what, detail in await parts.lines() if what == "report_shared"]
    assert ended == [made[1]]
    await parts.sharing.end(SESSION, key)
    assert len([what for what, _ in await parts.lines() if what == "report_unshared"]) == 1


async def test_of_two_links_made_at_once_one_lives_and_ending_it_ends_both(monkeypatch: pytest.MonkeyPatch) -> None:
    """A double tap: the second request looks for a link to end before the first one has kept its own."""
    parts = SharingParts()
    key = await parts.enter()
    seal, put, sealed = parts.app.sealer.seal, parts.app.stores.short_lived.put, []

    def noted(purpose: str, content: bytes) -> str:
        made = seal(purpose, content)
        return sealed.append(made) or made  # type: ignore[func-returns-value]

    async def slow(*told: Any) -> None:
        await asyncio.sleep(0)
        await put(*told)

    monkeypatch.setattr(parts.app.sealer, "seal", noted)
    monkeypatch.setattr(parts.app.stores.short_lived, "put", slow)
    await asyncio.gather(*(parts.sharing.share(SESSION, key) for _ in range(2)))
    links = [one for one in sealed if not await parts.is_ended(one)]
    share = await parts.sharing.of(SESSION, key)
    assert (len(set(sealed)) > 1, share is not None and links == [share.sealed]) == (True, True)
    await parts.sharing.end(SESSION, key)
    assert [one for one in sealed if not await parts.is_ended(one)] == []


async def test_a_link_of_before_that_knows_nobody_who_made_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = SharingParts()
    put = parts.app.stores.short_lived.put

    async def as_before(purpose: str, name: str, value: str, until: datetime) -> None:
        kept = json.dumps(json.loads(value)[:4]) if purpose == "report_share" else value
        await put(purpose, name, kept, until)

    monkeypatch.setattr(parts.app.stores.short_lived, "put", as_before)
    share = await parts.shared(await parts.enter())
    assert not await parts.is_ended(share.sealed)


async def test_a_link_made_in_another_entrance_than_the_card_was_bound_in_lives_and_ends_in_both() -> None:
    parts = SharingParts()
    key = await parts.enter()
    elsewhere = a_session(identity=an_identity("mini-of-zhang"), linked=(an_identity().key,))
    there = replace(SESSION, linked=(elsewhere.identity.key,))
    await parts.sharing.share(elsewhere, key)
    share = await parts.sharing.of(there, key)
    assert share is not None
    assert not await parts.is_ended(share.sealed)
    await parts.sharing.end(there, key)
    assert await parts.is_ended(share.sealed)
    assert await parts.sharing.of(elsewhere, key) is None


async def test_a_sensitive_report_is_not_shared_not_even_after_a_code() -> None:
    parts = SharingParts()
    await parts.enter()
    for proven in (False, True):
        if proven:
            await parts.app.reports.codes.send(SESSION, CARD)
            await parts.app.reports.codes.prove(SESSION, CARD, parts.app.sms.sent[-1][1].values["code"])
        for number in ("R3", "R4"):
            with pytest.raises(BadInput) as said:
                await parts.sharing.share(SESSION, await parts.key(number))
            assert said.value.user_message == "这份报告不能分享。"
    assert not [what for what, _ in await parts.lines() if what == "report_shared"]


async def test_a_link_is_good_at_its_hospital_alone() -> None:
    parts = SharingParts()
    share = await parts.shared(await parts.enter())
    assert (await parts.is_ended(share.sealed, "other"), await parts.is_ended(share.sealed)) == (True, False)
    forged = share.sealed[:-4] + "AAAA"
    for sealed in ("", "no link", forged):
        assert await parts.is_ended(sealed)


async def test_a_link_ends_with_the_card_and_with_the_report() -> None:
    parts = SharingParts()
    share = await parts.shared(await parts.enter())
    film = parts.system.known["R2"]
    parts.system.changes("R2", state=ReportState.WITHDRAWN)
    assert await parts.is_ended(share.sealed)
    parts.system.known["R2"] = a_report("R2", an_item(name="HIV 抗体"))
    assert await parts.is_ended(share.sealed), "it has a sensitive value by now"
    parts.system.known["R2"] = film
    assert not await parts.is_ended(share.sealed)
    await parts.app.stores.cards.unbind(HOSPITAL, an_identity().key, CARD)
    assert await parts.is_ended(share.sealed)
