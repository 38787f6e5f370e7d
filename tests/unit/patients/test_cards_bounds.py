"""Limits and words of binding a card, and what the session keeps of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.core.errors import BadInput, NotAllowed, NotFound, OutcomeUnknown, TooManyTries
from server.patients.model import BoundCard, Session
from server.platforms.aliyun.account import SYSTEM as SMS
from tests.support.builders import APP, CARD, HOSPITAL, PHONE, a_patient, a_scan, a_session
from tests.support.cards import the_code
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio


async def sent(memory_app: InMemoryApp, session: Session, card: str = CARD, name: str = "张测试") -> str:
    return (await memory_app.cards.send_code(session, card, name)).card_key


async def kept(memory_app: InMemoryApp, session: Session) -> Session:
    found = await memory_app.stores.sessions.get(session.id, memory_app.clock.now())
    assert found is not None
    return found


async def test_a_code_has_six_digits_and_each_sms_a_number_of_its_own() -> None:
    memory_app = InMemoryApp()
    await sent(memory_app, a_session("zhang"))
    code = the_code(memory_app)
    [(phone, _, out_id)] = memory_app.sms.sent
    assert (len(code), code.isdigit(), phone, len(out_id)) == (6, True, PHONE, 20)


@pytest.mark.parametrize(("seconds", "good"), [(599, True), (600, False)])
async def test_a_code_lives_ten_minutes(seconds: int, good: bool) -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang")
    key = await sent(memory_app, session)
    memory_app.clock.forward(seconds)
    if good:
        assert await memory_app.cards.bind(session, key, the_code(memory_app))
        return
    with pytest.raises(BadInput) as late:
        await memory_app.cards.bind(session, key, the_code(memory_app))
    assert late.value.user_message == "验证码已过期，请重新获取。"


async def test_the_fifth_code_may_still_be_right_and_the_sixth_is_not_looked_at() -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang")
    for wrong_ones, right in ((4, True), (5, False)):
        key = await sent(memory_app, session)
        wrong = "000000" if the_code(memory_app) != "000000" else "111111"
        for _ in range(wrong_ones):
            with pytest.raises(BadInput) as told:
                await memory_app.cards.bind(session, key, wrong)
            assert told.value.user_message == "验证码不正确，请检查后重试。"
        if right:
            assert await memory_app.cards.bind(session, key, the_code(memory_app))
            continue
        with pytest.raises(TooManyTries) as used_up:
            await memory_app.cards.bind(session, key, the_code(memory_app))
        assert used_up.value.user_message == "验证码输错次数太多，请返回重新获取验证码。"
        assert used_up.value.wait_seconds == 600


async def test_five_codes_an_hour_by_number_or_by_scan() -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang", a_scan(expires_at=memory_app.clock.now() + timedelta(days=2)))
    [shown] = await memory_app.bills.unpaid(session)
    for _ in range(5):
        await memory_app.cards.offer(session, shown.card_key)
    for again in (memory_app.cards.offer(session, shown.card_key), memory_app.cards.send_code(session, CARD, "张测试")):
        with pytest.raises(TooManyTries) as told:
            await again
        assert told.value.user_message == "获取验证码的次数太多，请一小时后再试，或到窗口办理。"
        assert told.value.wait_seconds == 3600
    memory_app.clock.forward(3600)
    assert (await memory_app.cards.offer(session, shown.card_key)).phone_masked == "138****0001"


async def test_five_guesses_of_card_and_name_an_hour() -> None:
    """A guess counts whether it is right or not, so that nobody tries a list of names."""
    memory_app = InMemoryApp()
    session = a_session("zhang")
    for number in range(5):
        with pytest.raises(BadInput):
            await sent(memory_app, session, f"C000000{number}", "李虚构")
    with pytest.raises(TooManyTries):
        await sent(memory_app, session)
    memory_app.clock.forward(3600)
    assert await sent(memory_app, session)


async def test_five_tries_an_hour_for_cards_of_scans_whichever_they_are() -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang", a_scan())
    [shown] = await memory_app.bills.unpaid(session)
    for number in range(5):
        with pytest.raises(NotFound):
            await memory_app.cards.offer(session, f"another-{number}")
    with pytest.raises(TooManyTries):
        await memory_app.cards.offer(session, shown.card_key)


async def test_one_card_gets_five_codes_an_hour_whoever_asks() -> None:
    memory_app = InMemoryApp()
    for number in range(5):
        await sent(memory_app, a_session(f"person-{number}"))
    with pytest.raises(TooManyTries) as told:
        await sent(memory_app, a_session("person-5"))
    assert told.value.wait_seconds == 3600
    memory_app.clock.forward(3600)
    await sent(memory_app, a_session("person-5"))


@pytest.mark.parametrize(
    ("card", "name", "words"),
    [
        (CARD, "李虚构", "就诊卡号与姓名不符，请检查后重试。"),
        ("C9", "张测试", "就诊卡号与姓名不符，请检查后重试。"),
        ("COO00001", "张测试", "就诊卡号与姓名不符，请检查后重试。请看清是数字 0 和 1，还是字母 O 和 I。"),
    ],
)
async def test_what_does_not_fit_is_said(card: str, name: str, words: str) -> None:
    with pytest.raises(BadInput) as told:
        await sent(InMemoryApp(), a_session("zhang"), card, name)
    assert told.value.user_message == words


async def test_a_card_of_digits_is_bound_with_letters_that_look_like_them() -> None:
    memory_app = InMemoryApp()
    patient = replace(memory_app.his.patients[CARD], card_nos=("88001001",))
    memory_app.his.patients["88001001"] = patient
    session = a_session("zhang")
    key = await sent(memory_app, session, "88OO1O0l", "张测试")
    await memory_app.cards.bind(session, key, the_code(memory_app))
    [bound] = await memory_app.stores.cards.of_owner(session.hospital, session.identity.key)
    assert bound.card_no == "88001001"


async def test_what_is_not_there_is_said() -> None:
    memory_app = InMemoryApp()
    with pytest.raises(NotFound) as told:
        await memory_app.cards.offer(a_session("zhang", a_scan()), "another")
    assert told.value.user_message == "没有找到这张就诊卡，请重新扫码。"
    memory_app.his.patients[CARD] = a_patient(phone="")
    with pytest.raises(NotAllowed) as no_phone:
        await sent(memory_app, a_session("zhang"))
    assert no_phone.value.user_message == "医院没有登记这张卡的手机号，请到窗口登记后再绑定。"


async def test_a_scanned_card_that_the_his_no_longer_knows_is_not_found() -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang", a_scan())
    [shown] = await memory_app.bills.unpaid(session)
    memory_app.his.patients.clear()
    with pytest.raises(NotFound):
        await memory_app.cards.offer(session, shown.card_key)


async def test_an_sms_that_may_have_come_brings_a_code_that_is_good() -> None:
    memory_app = InMemoryApp()
    session = a_session("zhang")
    memory_app.sms.after_calls["send"] = [OutcomeUnknown(SMS, "lost answer")]
    with pytest.raises(OutcomeUnknown) as told:
        await sent(memory_app, session)
    assert told.value.user_message == "短信服务暂时没有响应，验证码发不出去，请稍后再试。"
    key = await sent(InMemoryApp(), session)
    assert await memory_app.cards.bind(session, key, the_code(memory_app))


class TestWhatTheSessionKeeps:
    async def bound(self, memory_app: InMemoryApp, session: Session, card: str, *, own: bool = False) -> str:
        memory_app.his.patients.setdefault(card, a_patient(card_nos=(card,), patient_id=card))
        key = await sent(memory_app, await kept(memory_app, session), card)
        await memory_app.cards.bind(await kept(memory_app, session), key, the_code(memory_app), own=own)
        return key

    async def test_the_newest_ten_cards_each_once_the_last_one_first(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang", expires_at=MORNING + timedelta(days=2))
        await memory_app.stores.sessions.put(session)
        cards = [f"C00000{number:02}" for number in range(1, 12)]
        for card in [*cards, cards[4]]:
            await self.bound(memory_app, session, card)
            memory_app.clock.forward(900)
            await memory_app.stores.cards.unbind(HOSPITAL, session.identity.key, card)  # in another session
        known = (await kept(memory_app, session)).card_phones
        assert [card for card, _ in known] == [cards[4], *[card for card in reversed(cards) if card != cards[4]][:9]]
        assert {phone for _, phone in known} == {PHONE}

    async def test_unbinding_forgets_that_card_s_phone_alone(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        await memory_app.stores.sessions.put(session)
        await self.bound(memory_app, session, CARD)
        key = await self.bound(memory_app, session, "C0000002")
        await memory_app.cards.unbind(await kept(memory_app, session), key)
        assert (await kept(memory_app, session)).card_phones == ((CARD, PHONE),)

    @pytest.mark.parametrize("own", [True, False])
    async def test_only_one_s_own_card_s_phone_stands_for_all(self, own: bool) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        await memory_app.stores.sessions.put(session)
        await self.bound(memory_app, session, CARD, own=own)
        assert (await kept(memory_app, session)).phone == (PHONE if own else "")

    async def test_to_bind_again_keeps_since_when_and_another_card_begins_anew(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        await memory_app.stores.sessions.put(session)
        first = memory_app.clock.now()
        await self.bound(memory_app, session, CARD)
        memory_app.clock.forward(60)
        await self.bound(memory_app, session, CARD)
        await self.bound(memory_app, session, "C0000002")
        bound = await memory_app.stores.cards.of_owner(HOSPITAL, session.identity.key)
        assert {card.card_no: card.bound_at for card in bound} == {CARD: first, "C0000002": memory_app.clock.now()}
        told = [
            (notice.values["card"], len(out_id))
            for _, notice, out_id in memory_app.sms.sent
            if notice.purpose == "card_bound"
        ]
        assert told == [("****0001", 20), ("****0002", 20)]


async def test_a_binding_in_the_mini_program_is_called_so() -> None:
    mini = SimpleNamespace(channel="wechat", app_id="wxmini")
    memory_app = InMemoryApp(a_hospital(mini_program=cast(Any, mini)))
    session = a_session("zhang")
    key = await sent(memory_app, session)
    await memory_app.cards.bind(session, key, the_code(memory_app), own=True)
    await memory_app.stores.cards.bind(
        BoundCard(hospital=HOSPITAL, owner="wechat:wxmini:other", card_no=CARD, name="张测试")
    )
    told = (await memory_app.card_bindings.of_card(session, key)).bindings
    assert [one.client for one in told] == ["微信", "微信小程序"]
    assert session.identity.app_id == APP
