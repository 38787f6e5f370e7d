"""Binding a card: proven by a code to the phone that the HIS holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from server.core.errors import (
    BadInput,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    OutsideError,
    OutsideRefusal,
)
from server.patients.contact_ports import NO_TEMPLATE
from server.patients.model import BoundCard
from server.payments.sms_choice import KNOWN_NUMBER
from tests.support.builders import CARD, PHONE, a_bill, a_patient, a_scan, a_session
from tests.support.cards import the_code
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio


def two_hospitals() -> InMemoryApp:
    return InMemoryApp(a_hospital(), a_hospital("other"))


def state_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["state"][0]


class TestCards:
    async def test_bound_by_the_code_that_the_hiss_phone_got(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang", phone="13900000002")
        sent = await memory_app.cards.send_code(session, CARD, " 张测试 ")
        assert memory_app.sms.sent[-1][0] == PHONE, "the phone that the HIS holds, no other"
        assert sent.phone_masked == "138****0001"
        view = await memory_app.cards.bind(session, sent.card_key, f" {the_code(memory_app)} ")
        assert (view.name_masked, view.card_masked) == ("张*试", "****0001")
        assert await memory_app.cards.mine(session) == (view,)
        [shown] = await memory_app.bills.unpaid(session)
        assert shown.bound
        with pytest.raises(BadInput):
            await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
        await memory_app.cards.unbind(session, sent.card_key)
        assert await memory_app.cards.mine(session) == ()
        with pytest.raises(NotFound):
            await memory_app.cards.unbind(session, sent.card_key)

    async def test_the_hiss_phone_hears_of_a_new_binding_once(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang", phone="13900000002")
        for _ in range(2):
            sent = await memory_app.cards.send_code(session, CARD, "张测试")
            await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
        told = [
            (phone, dict(notice.values)) for phone, notice, _ in memory_app.sms.sent if notice.purpose == "card_bound"
        ]
        client = memory_app.hospital.identities["wechat"].client_name
        values = {"hospital": "测试医院", "card": "****0001", "client": client, "time": "2026-11-23 09:30"}
        assert told == [(PHONE, values)]
        assert CARD not in str(told[0][1])

    @pytest.mark.parametrize("error", [OutsideRefusal("sms", NO_TEMPLATE), OutcomeUnknown("sms")])
    async def test_a_binding_that_can_t_be_told_stands(self, error: OutsideError) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        sent = await memory_app.cards.send_code(session, CARD, "张测试")
        memory_app.sms.will("send", error)
        view = await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
        assert await memory_app.cards.mine(session) == (view,)

    async def test_a_binding_ends_after_a_time_without_use(self) -> None:
        memory_app = InMemoryApp(replace(a_hospital(), card_unused_max=timedelta(days=30)))
        session = a_session("zhang")
        sent = await memory_app.cards.send_code(session, CARD, "张测试")
        view = await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
        for _ in range(3):
            memory_app.clock.forward(hours=30 * 24)
            assert await memory_app.cards.mine(session) == (view,), "looking at it is a use"
        memory_app.clock.forward(hours=30 * 24 + 1)
        assert await memory_app.bills.unpaid(session) == ()
        assert await memory_app.stores.cards.of_owner(session.hospital, session.identity.key) == []
        sent = await memory_app.cards.send_code(session, CARD, "张测试")
        assert await memory_app.cards.bind(session, sent.card_key, the_code(memory_app)) == view

    async def test_a_binding_of_before_uses_were_noted_begins_with_its_next_use(self) -> None:
        memory_app = InMemoryApp(replace(a_hospital(), card_unused_max=timedelta(days=30)))
        session = a_session("zhang")
        owner = session.identity.key
        card = BoundCard(hospital=session.hospital, owner=owner, card_no=CARD, name="张测试")
        await memory_app.stores.cards.bind(card)
        memory_app.clock.forward(hours=400 * 24)
        assert len(await memory_app.cards.mine(session)) == 1
        memory_app.clock.forward(hours=31 * 24)
        assert await memory_app.cards.mine(session) == ()

    async def test_the_phone_that_got_the_code_gets_the_sms_about_that_card_s_bills(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang")
        await memory_app.stores.sessions.put(session)
        sent = await memory_app.cards.send_code(session, CARD, "张测试")
        await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
        later = await memory_app.login.session(session.hospital, session.id)
        assert memory_app.payments.phone_hint(later, [CARD]) == "138****0001"
        begun = await memory_app.payments.start("bills", later, ["B1"], KNOWN_NUMBER)
        assert (await memory_app.payment(begun.payment_id)).personal.phone == PHONE
        other = a_bill("C1", card_no="C0000002", patient_name="李虚构")
        assert memory_app.payments.phone_hint(later, [other.card_no]) == "", "the phone of one patient is not another's"
        await memory_app.cards.unbind(later, sent.card_key)
        gone = await memory_app.login.session(session.hospital, session.id)
        assert memory_app.payments.phone_hint(gone, [CARD]) == ""

    async def test_one_s_own_card_s_phone_is_the_session_s_unless_another_was_typed(self) -> None:
        for typed, kept in (("", PHONE), ("13900000002", "13900000002")):
            memory_app = InMemoryApp()
            session = a_session("zhang", phone=typed)
            await memory_app.stores.sessions.put(session)
            sent = await memory_app.cards.send_code(session, CARD, "张测试")
            await memory_app.cards.bind(session, sent.card_key, the_code(memory_app), own=True)
            assert (await memory_app.login.session(session.hospital, session.id)).phone == kept

    async def test_a_card_is_bound_as_the_his_writes_it(self) -> None:
        """However often and however it is typed, it is one card."""
        memory_app = InMemoryApp()
        session = a_session("zhang")
        for typed in (CARD, CARD.lower(), f"{CARD[:4]}-{CARD[4:]}", f"\u202a{CARD[:2]} {CARD[2:]}\u202c"):
            sent = await memory_app.cards.send_code(session, typed, "张测试")
            await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
            assert [
                one.card_no for one in await memory_app.stores.cards.of_owner(session.hospital, session.identity.key)
            ] == [CARD]
        [card] = await memory_app.cards.mine(session)
        assert memory_app.cards.key_of(session, CARD) == card.card_key

    async def test_the_phone_of_the_his_is_read_as_the_his_writes_it(self) -> None:
        memory_app = InMemoryApp()
        memory_app.his.patients[CARD] = a_patient(phone=f"+86 {PHONE[:3]}-{PHONE[3:7]}-{PHONE[7:]}")
        await memory_app.cards.send_code(a_session("zhang"), CARD, "张测试")
        assert memory_app.sms.sent[-1][0] == PHONE

    async def test_of_a_scan_needs_no_number(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang", a_scan())
        [shown] = await memory_app.bills.unpaid(session)
        sent = await memory_app.cards.offer(session, shown.card_key)
        await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
        with pytest.raises(NotFound):
            await memory_app.cards.offer(a_session("li"), shown.card_key)

    async def test_without_a_phone_in_the_his_there_is_no_binding(self) -> None:
        memory_app = InMemoryApp()
        memory_app.his.patients[CARD] = a_patient(phone="0571-88888888")
        with pytest.raises(NotAllowed):
            await memory_app.cards.send_code(a_session("zhang"), CARD, "张测试")
        without_sms = InMemoryApp(a_hospital(sms=None))
        with pytest.raises(NotAllowed):
            await without_sms.cards.send_code(a_session("zhang"), CARD, "张测试")

    async def test_of_another_hospital_are_not_shown(self) -> None:
        memory_app = two_hospitals()
        session = a_session("zhang")
        sent = await memory_app.cards.send_code(session, CARD, "张测试")
        await memory_app.cards.bind(session, sent.card_key, the_code(memory_app))
        elsewhere = replace(session, hospital="other")
        assert await memory_app.cards.mine(elsewhere) == ()
        assert await memory_app.bills.unpaid(elsewhere) == ()
