"""Binding a card: proven by a code to the phone that the HIS holds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from server.core.errors import (
    BadInput,
    NotAllowed,
    NotFound,
    NotSent,
    OutcomeUnknown,
    OutsideError,
    OutsideRefusal,
    TooManyTries,
)
from server.patients.contact_ports import NO_TEMPLATE
from server.patients.model import BoundCard
from server.platforms.aliyun.errors import error_of
from tests.support.builders import CARD, PHONE, a_bill, a_patient, a_scan, a_session
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio
HOME = "/h/demo/bills"
EXAMPLES = json.loads((Path(__file__).parents[2] / "support" / "typed.json").read_text("utf-8"))


def two_hospitals() -> InMemoryApp:
    return InMemoryApp(a_hospital(), a_hospital("other"))


def state_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


def the_code(house: InMemoryApp) -> str:
    return next(notice.values["code"] for _, notice, _ in reversed(house.sms.sent) if notice.purpose == "card_code")


class TestCards:
    async def test_bound_by_the_code_that_the_hiss_phone_got(self) -> None:
        house = InMemoryApp()
        session = a_session("zhang", phone="13900000002")
        sent = await house.cards.send_code(session, CARD, " 张测试 ")
        assert house.sms.sent[-1][0] == PHONE, "the phone that the HIS holds, no other"
        assert sent.phone_masked == "138****0001"
        view = await house.cards.bind(session, sent.card_key, f" {the_code(house)} ")
        assert (view.name_masked, view.card_masked) == ("张*试", "****0001")
        assert await house.cards.mine(session) == (view,)
        [shown] = await house.bills.unpaid(session)
        assert shown.bound
        with pytest.raises(BadInput):
            await house.cards.bind(session, sent.card_key, the_code(house))
        await house.cards.unbind(session, sent.card_key)
        assert await house.cards.mine(session) == ()
        with pytest.raises(NotFound):
            await house.cards.unbind(session, sent.card_key)

    async def test_the_hiss_phone_hears_of_a_new_binding_once(self) -> None:
        house = InMemoryApp()
        session = a_session("zhang", phone="13900000002")
        for _ in range(2):
            sent = await house.cards.send_code(session, CARD, "张测试")
            await house.cards.bind(session, sent.card_key, the_code(house))
        told = [(phone, dict(notice.values)) for phone, notice, _ in house.sms.sent if notice.purpose == "card_bound"]
        client = house.hospital.identities["wechat"].client_name
        values = {"hospital": "测试医院", "card": "****0001", "client": client, "time": "2026-11-23 09:30"}
        assert told == [(PHONE, values)]
        assert CARD not in str(told[0][1])

    @pytest.mark.parametrize("error", [OutsideRefusal("sms", NO_TEMPLATE), OutcomeUnknown("sms")])
    async def test_a_binding_that_can_t_be_told_stands(self, error: OutsideError) -> None:
        house = InMemoryApp()
        session = a_session("zhang")
        sent = await house.cards.send_code(session, CARD, "张测试")
        house.sms.will("send", error)
        view = await house.cards.bind(session, sent.card_key, the_code(house))
        assert await house.cards.mine(session) == (view,)

    async def test_a_binding_ends_after_a_time_without_use(self) -> None:
        house = InMemoryApp(replace(a_hospital(), card_unused_max=timedelta(days=30)))
        session = a_session("zhang")
        sent = await house.cards.send_code(session, CARD, "张测试")
        view = await house.cards.bind(session, sent.card_key, the_code(house))
        for _ in range(3):
            house.clock.forward(hours=30 * 24)
            assert await house.cards.mine(session) == (view,), "looking at it is a use"
        house.clock.forward(hours=30 * 24 + 1)
        assert await house.bills.unpaid(session) == ()
        assert await house.stores.cards.of_owner(session.hospital, session.identity.key) == []
        sent = await house.cards.send_code(session, CARD, "张测试")
        assert await house.cards.bind(session, sent.card_key, the_code(house)) == view

    async def test_a_binding_of_before_uses_were_noted_begins_with_its_next_use(self) -> None:
        house = InMemoryApp(replace(a_hospital(), card_unused_max=timedelta(days=30)))
        session = a_session("zhang")
        owner = session.identity.key
        card = BoundCard(hospital=session.hospital, owner=owner, card_no=CARD, name="张测试")
        await house.stores.cards.bind(card)
        house.clock.forward(hours=400 * 24)
        assert len(await house.cards.mine(session)) == 1
        house.clock.forward(hours=31 * 24)
        assert await house.cards.mine(session) == ()

    async def test_the_phone_that_got_the_code_gets_the_sms_about_that_card_s_bills(self) -> None:
        house = InMemoryApp()
        session = a_session("zhang")
        await house.stores.sessions.put(session)
        sent = await house.cards.send_code(session, CARD, "张测试")
        await house.cards.bind(session, sent.card_key, the_code(house))
        later = await house.login.session(session.hospital, session.id)
        assert house.payments.phone_hint(later, [CARD]) == "138****0001"
        begun = await house.payments.start("bills", later, ["B1"], "")
        assert (await house.payment(begun.payment_id)).personal.phone == PHONE
        other = a_bill("C1", card_no="C0000002", patient_name="李虚构")
        assert house.payments.phone_hint(later, [other.card_no]) == "", "the phone of one patient is not another's"
        await house.cards.unbind(later, sent.card_key)
        gone = await house.login.session(session.hospital, session.id)
        assert house.payments.phone_hint(gone, [CARD]) == ""

    async def test_one_s_own_card_s_phone_is_the_session_s_unless_another_was_typed(self) -> None:
        for typed, kept in (("", PHONE), ("13900000002", "13900000002")):
            house = InMemoryApp()
            session = a_session("zhang", phone=typed)
            await house.stores.sessions.put(session)
            sent = await house.cards.send_code(session, CARD, "张测试")
            await house.cards.bind(session, sent.card_key, the_code(house), own=True)
            assert (await house.login.session(session.hospital, session.id)).phone == kept

    async def test_wrong_card_and_wrong_name_look_alike(self) -> None:
        house = InMemoryApp()
        seen = set()
        for card, name in ((CARD, "李虚构"), ("C9999999", "张测试"), (CARD, ""), ("", "")):
            with pytest.raises(BadInput) as told:
                await house.cards.send_code(a_session("zhang"), card, name)
            seen.add((type(told.value), str(told.value), told.value.user_message))
        assert len(seen) == 1
        assert house.sms.sent == []

    async def test_five_wrong_codes_use_it_up(self) -> None:
        house = InMemoryApp()
        session = a_session("zhang")
        sent = await house.cards.send_code(session, CARD, "张测试")
        wrong = "000000" if the_code(house) != "000000" else "111111"
        for _ in range(5):
            with pytest.raises(BadInput):
                await house.cards.bind(session, sent.card_key, wrong)
        with pytest.raises(TooManyTries) as told:
            await house.cards.bind(session, sent.card_key, the_code(house))
        assert "重新获取验证码" in told.value.user_message
        assert await house.cards.mine(session) == ()
        again = await house.cards.send_code(session, CARD, "张测试")
        assert await house.cards.bind(session, again.card_key, the_code(house))

    async def test_a_code_ends_and_is_its_owners_only(self) -> None:
        house = InMemoryApp()
        session = a_session("zhang")
        sent = await house.cards.send_code(session, CARD, "张测试")
        with pytest.raises(BadInput):
            await house.cards.bind(a_session("li"), sent.card_key, the_code(house))
        house.clock.forward(minutes=10)
        with pytest.raises(BadInput):
            await house.cards.bind(session, sent.card_key, the_code(house))

    async def test_codes_have_a_limit_for_each_person_and_for_each_card(self) -> None:
        house = InMemoryApp()
        for _ in range(5):
            await house.cards.send_code(a_session("zhang"), CARD, "张测试")
        for who in ("zhang", "li"):
            with pytest.raises(TooManyTries) as told:
                await house.cards.send_code(a_session(who), CARD, "张测试")
            assert (told.value.wait_seconds, "一小时后" in told.value.user_message) == (3600, True)
        assert len(house.sms.sent) == 5
        house.clock.forward(hours=1)
        await house.cards.send_code(a_session("zhang"), CARD, "张测试")

    async def test_asking_again_too_soon_leaves_the_code_that_came(self) -> None:
        """Aliyun sends one number one code a minute (isv.BUSINESS_LIMIT_CONTROL)."""
        house = InMemoryApp()
        session = a_session("zhang")
        first = await house.cards.send_code(session, CARD, "张测试")
        house.sms.will("send", OutsideRefusal("sms", "isv.BUSINESS_LIMIT_CONTROL"))
        assert await house.cards.send_code(session, CARD, "张测试") == first
        assert len(house.sms.sent) == 1
        assert await house.cards.bind(session, first.card_key, the_code(house))

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (error_of(200, "isv.DAY_LIMIT_CONTROL"), "请明天再试"),
            (error_of(200, "isv.AMOUNT_NOT_ENOUGH"), "短信暂时发不出去"),
            (NotSent("sms", "breaker"), "验证码暂时发不出去"),
            (OutcomeUnknown("sms", "timeout"), "验证码暂时发不出去"),
        ],
    )
    async def test_a_first_code_that_was_not_sent_is_said(self, error: OutsideError, words: str) -> None:
        """In the platform's sense where it says why: tomorrow is not "later"."""
        house = InMemoryApp()
        house.sms.will("send", error)
        with pytest.raises(type(error)) as told:
            await house.cards.send_code(a_session("zhang"), CARD, "张测试")
        assert words in told.value.user_message

    async def test_a_number_is_read_as_it_is_typed(self) -> None:
        house = InMemoryApp()
        spaced = " ".join(CARD).translate({ord(digit): ord(digit) + 0xFEE0 for digit in "0123456789"})
        assert await house.cards.send_code(a_session("zhang"), spaced, "张测试")
        with pytest.raises(BadInput):
            await house.cards.send_code(a_session("zhang"), "8" * 9000, "张测试")

    @pytest.mark.parametrize(("typed", "held", "same"), EXAMPLES["same_name"])
    async def test_a_name_is_read_as_it_is_typed_and_as_the_his_has_it(self, typed: str, held: str, same: bool) -> None:
        for one, other in ((typed, held), (held, typed)):
            house = InMemoryApp()
            house.his.patients[CARD] = a_patient(name=other)
            if same:
                assert await house.cards.send_code(a_session("zhang"), CARD, one)
                continue
            with pytest.raises(BadInput) as told:
                await house.cards.send_code(a_session("zhang"), CARD, one)
            assert "不符" in told.value.user_message
            assert house.sms.sent == []

    async def test_a_card_is_bound_as_the_his_writes_it(self) -> None:
        """However often and however it is typed, it is one card."""
        house = InMemoryApp()
        session = a_session("zhang")
        for typed in (CARD, CARD.lower(), f"{CARD[:4]}-{CARD[4:]}", f"\u202a{CARD[:2]} {CARD[2:]}\u202c"):
            sent = await house.cards.send_code(session, typed, "张测试")
            await house.cards.bind(session, sent.card_key, the_code(house))
            assert [
                one.card_no for one in await house.stores.cards.of_owner(session.hospital, session.identity.key)
            ] == [CARD]

    @pytest.mark.parametrize("malformed", ["", "29141", "2914170", "abcdef", "\ud800", "请看短信"])
    async def test_what_is_no_code_uses_up_no_try(self, malformed: str) -> None:
        house = InMemoryApp()
        session = a_session("zhang")
        sent = await house.cards.send_code(session, CARD, "张测试")
        for _ in range(6):
            with pytest.raises(BadInput) as told:
                await house.cards.bind(session, sent.card_key, malformed)
            assert "短信" in told.value.user_message
        assert await house.cards.bind(session, sent.card_key, the_code(house))

    async def test_a_code_is_read_as_it_is_typed_or_pasted(self) -> None:
        for written in (
            "{0} {1}",
            "{0}-{1}",
            "\u202d{0}{1}\u202c",
            "【示范医院】验证码{0}{1}，10分钟内有效。",
            "{0}{1}{0}{1}",
        ):
            house = InMemoryApp()
            session = a_session("zhang")
            sent = await house.cards.send_code(session, CARD, "张测试")
            code = the_code(house)
            assert await house.cards.bind(session, sent.card_key, written.format(code[:3], code[3:]))

    async def test_the_phone_of_the_his_is_read_as_the_his_writes_it(self) -> None:
        house = InMemoryApp()
        house.his.patients[CARD] = a_patient(phone=f"+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}")
        await house.cards.send_code(a_session("zhang"), CARD, "张测试")
        assert house.sms.sent[-1][0] == PHONE

    async def test_names_cannot_be_fished_for(self) -> None:
        house = InMemoryApp()
        for _ in range(5):
            with pytest.raises(BadInput):
                await house.cards.send_code(a_session("zhang"), CARD, "王不对")
        with pytest.raises(TooManyTries):
            await house.cards.send_code(a_session("zhang"), CARD, "张测试")

    async def test_of_a_scan_needs_no_number(self) -> None:
        house = InMemoryApp()
        session = a_session("zhang", a_scan())
        [shown] = await house.bills.unpaid(session)
        sent = await house.cards.offer(session, shown.card_key)
        await house.cards.bind(session, sent.card_key, the_code(house))
        with pytest.raises(NotFound):
            await house.cards.offer(a_session("li"), shown.card_key)

    async def test_without_a_phone_in_the_his_there_is_no_binding(self) -> None:
        house = InMemoryApp()
        house.his.patients[CARD] = a_patient(phone="0571-88888888")
        with pytest.raises(NotAllowed):
            await house.cards.send_code(a_session("zhang"), CARD, "张测试")
        without_sms = InMemoryApp(a_hospital(sms=None))
        with pytest.raises(NotAllowed):
            await without_sms.cards.send_code(a_session("zhang"), CARD, "张测试")

    async def test_an_sms_that_cannot_be_sent_says_so(self) -> None:
        house = InMemoryApp()
        house.sms.will("send", OutcomeUnknown("sms"))
        with pytest.raises(OutcomeUnknown) as told:
            await house.cards.send_code(a_session("zhang"), CARD, "张测试")
        assert "验证码" in told.value.user_message

    async def test_of_another_hospital_are_not_shown(self) -> None:
        house = two_hospitals()
        session = a_session("zhang")
        sent = await house.cards.send_code(session, CARD, "张测试")
        await house.cards.bind(session, sent.card_key, the_code(house))
        elsewhere = replace(session, hospital="other")
        assert await house.cards.mine(elsewhere) == ()
        assert await house.bills.unpaid(elsewhere) == ()
