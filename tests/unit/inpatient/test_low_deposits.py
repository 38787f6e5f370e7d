"""A low deposit is told once, with the HIS's reason, in the chat or else by SMS; again only when it has been enough meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import NotSent, OutcomeUnknown
from server.effects.model import EffectKind
from server.inpatient.low_deposits import LOW_DEPOSIT
from server.patients.model import BoundCard
from tests.support.builders import CARD, HOSPITAL, PHONE, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients
from tests.support.outside import FaithfulHis, RecordingMessenger, a_hospital

pytestmark = pytest.mark.asyncio
REASON = "预交金余额不足，请尽快续交"


async def a_ward(*, follows: bool = True) -> tuple[InMemoryApp, FaithfulInpatients]:
    inpatients = FaithfulInpatients()
    messengers = {"wechat": RecordingMessenger(follows=follows)}
    memory_app = InMemoryApp(a_hospital(his=FaithfulHis(inpatient=inpatients), messengers=messengers))
    card = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(card)
    inpatients.changes(low_reason=REASON)
    return memory_app, inpatients


async def test_it_is_told_once_with_the_reason_and_nothing_of_the_stay() -> None:
    memory_app, _ = await a_ward()
    for _ in range(3):
        await memory_app.low_deposits.once()
    [(to, notice, _)] = memory_app.messenger.named("send")
    assert to.key == an_identity().key
    assert (notice.purpose, notice.values["patient"], notice.values["guide"]) == (LOW_DEPOSIT, "张*试", REASON)
    assert notice.url.endswith(f"/h/{HOSPITAL}/inpatient")
    for secret in ("ZY20261120", CARD, "张测试", "测试内科", "三病区"):
        assert secret not in f"{notice.values}{notice.url}"
    assert memory_app.sms.sent == []


async def test_it_is_told_again_when_it_was_enough_meanwhile() -> None:
    memory_app, inpatients = await a_ward()
    await memory_app.low_deposits.once()
    inpatients.changes(low_reason="")
    await memory_app.low_deposits.once()
    inpatients.changes(low_reason=REASON)
    await memory_app.low_deposits.once()
    assert len(memory_app.messenger.named("send")) == 2


async def test_who_follows_nothing_is_told_by_one_sms_to_the_phone_that_the_his_holds() -> None:
    memory_app, _ = await a_ward(follows=False)
    other = BoundCard(hospital=HOSPITAL, owner=an_identity("openid-another").key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(other)
    for _ in range(2):
        await memory_app.low_deposits.once()
    [(phone, notice, _)] = memory_app.sms.sent
    assert (phone, notice.values["guide"]) == (PHONE, REASON)


async def test_a_message_that_surely_did_not_go_is_owed_still() -> None:
    memory_app, _ = await a_ward()
    memory_app.messenger.will("send", NotSent("wechat", "refused"))
    with pytest.raises(NotSent):
        await memory_app.low_deposits.once()
    await memory_app.low_deposits.once()
    await memory_app.low_deposits.once()
    assert [what for what, _ in memory_app.messenger.calls].count("send") == 2


async def test_one_that_may_have_arrived_is_not_sent_again() -> None:
    memory_app, _ = await a_ward()
    memory_app.messenger.will("send", OutcomeUnknown("wechat", "timed out"))
    for _ in range(2):
        await memory_app.low_deposits.once()
    assert (len(memory_app.messenger.named("send")), memory_app.sms.sent) == (1, [])


async def test_one_card_of_which_the_his_says_nothing_does_not_hold_up_the_others() -> None:
    memory_app, inpatients = await a_ward()
    other = BoundCard(hospital=HOSPITAL, owner=an_identity("openid-another").key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(other)
    inpatients.will("admissions", OutcomeUnknown("his", "timed out"))
    await memory_app.low_deposits.once()
    assert len(memory_app.messenger.named("send")) == 1
    await memory_app.low_deposits.once()
    assert len(memory_app.messenger.named("send")) == 2


async def test_a_hospital_without_wards_is_asked_nothing() -> None:
    memory_app = InMemoryApp()
    await memory_app.low_deposits.once()
    assert memory_app.his.calls == []


async def test_low_deposits_are_looked_for_twice_a_day() -> None:
    assert InMemoryApp().composition.timetables.tasks[EffectKind.LOW_DEPOSITS].every == timedelta(hours=12)
