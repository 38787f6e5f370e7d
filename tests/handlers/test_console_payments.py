"""Payments in the console: found without personal words in an address, shown with what the others say now, looked at on record."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tornado.httpclient import HTTPResponse

from server.core.errors import NotSent
from server.patients.contact_ports import ChatMessage, DeliveryReport
from server.payments.model import Payment
from server.payments.sms_choice import NO_SMS
from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import booked, sit_down
from tests.support.builders import CARD, HOSPITAL, PHONE
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test
NAME = "张测试"


async def search(desk: Browser, words: str) -> HTTPResponse:
    page = await desk.get("/console/payments")
    sent = await desk.submit(page, "/console/payments", {"words": words})
    return sent if sent.code != 303 else await desk.get(place(sent))


class TestFinding:
    @pytest.mark.parametrize("words", [PHONE[-4:], CARD, f" {CARD} "])
    async def test_by_phone_and_card_masked_and_without_them_in_the_address(
        self, memory_app: InMemoryApp, desk: Browser, words: str
    ) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        listed = await search(desk, words)
        page = text_of(listed)
        assert words.strip() not in listed.effective_url
        assert "found=" in listed.effective_url
        assert payment.id in page
        assert "张*试" in page
        assert "****0001" in page
        assert NAME not in page

    async def test_by_its_number_or_the_end_of_it_leads_straight_there(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        for words in (payment.id, payment.id[-6:].lower()):
            page = text_of(await search(desk, words))
            assert f"支付 {payment.id[-6:]}" in page
            assert NAME in page, "the full name stands on the payment's own page"
            assert PHONE not in page
            assert CARD not in page

    async def test_by_day(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        assert payment.id in text_of(await desk.get("/console/payments"))
        assert payment.id in text_of(await desk.get("/console/payments?day=2026-11-23"))
        assert "这一天没有支付" in text_of(await desk.get("/console/payments?day=2026-11-22"))
        for odd in (
            "day=x",
            "day=0001-01-01",
            "day=2026-11-23&before=x",
            "before=0001-01-01T00:00:00%2B14:00",
            "day=2026-11-23&before=2026-11-23",
        ):
            assert (await desk.get(f"/console/payments?{odd}")).code == 400

    async def test_nothing_found_and_nothing_typed(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await sit_down(memory_app, desk, await an_employee(memory_app))
        assert "没有找到" in text_of(await search(desk, "000000"))
        assert (await search(desk, " ")).code == 400

    async def test_a_search_is_its_maker_s(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        page = await desk.get("/console/payments")
        found = place(await desk.submit(page, "/console/payments", {"words": PHONE[-4:]}))
        await sit_down(memory_app, desk, await an_employee(memory_app, "1002", name="孙收费"))
        assert (await desk.get(found)).code == 410


def lost(memory_app: InMemoryApp, payment: Payment, why: str) -> ChatMessage:
    """What the platform says of the last message in the chat."""
    number = memory_app.messenger.ids[-1]
    return ChatMessage(id="1", sender=payment.payer, account="gh", kind="event", event="lost", key=number, why=why)


class TestOnePayment:
    async def test_record_messages_and_what_the_others_say_now(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        page = await desk.get(f"/console/payments/{payment.id}")
        for words in ("医院已入账", "聊天消息已发出：缴费成功", "短信已提交：缴费成功", "扫缴费单", "微信支付"):
            assert words in text_of(page)
        asked = await desk.submit(page, f"/console/payments/{payment.id}/ask", {"whom": "channel"})
        assert "渠道：已支付" in text_of(asked)
        assert payment.parts[0].transaction_id
        assert payment.parts[0].transaction_id in text_of(asked)
        asked = await desk.submit(page, f"/console/payments/{payment.id}/ask", {"whom": "his"})
        assert "医院系统：已入账" in text_of(asked)

    @pytest.mark.parametrize(
        ("why", "sms", "said"),
        [
            ("blocked", None, "聊天消息未送达（对方不接收公众号的消息）：缴费成功；短信已提交"),
            ("failed", "DELIVERED", "聊天消息未送达（微信发送失败）：缴费成功；短信已送达"),
            ("blocked", "USER_REJECT", "短信未送达（对方拒收短信）：缴费成功"),
            ("blocked", "MK:0001", "短信未送达（MK:0001）：缴费成功"),
        ],
    )
    async def test_a_message_that_did_not_arrive_says_why_and_what_went_by_sms(
        self, memory_app: InMemoryApp, desk: Browser, why: str, sms: str | None, said: str
    ) -> None:
        payment = await booked(memory_app)
        if sms is not None:
            number = f"{payment.id}-payment_booked"
            report = DeliveryReport(out_id=number, delivered=sms == "DELIVERED", code=sms)
            await memory_app.delivery_reports.of_sms(HOSPITAL, [report])
        await memory_app.services.chat.answer(HOSPITAL, "wechat", lost(memory_app, payment, why))
        await sit_down(memory_app, desk, await an_employee(memory_app))
        page = text_of(await desk.get(f"/console/payments/{payment.id}"))
        assert f">{said}<" in re.sub(r"\s*\n\s*", "", page)

    async def test_where_no_sms_was_asked_for_it_says_so(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app, sms=NO_SMS)
        await memory_app.services.chat.answer(HOSPITAL, "wechat", lost(memory_app, payment, "blocked"))
        await sit_down(memory_app, desk, await an_employee(memory_app))
        page = text_of(await desk.get(f"/console/payments/{payment.id}"))
        assert "聊天消息未送达（对方不接收公众号的消息）：缴费成功；没有同时发短信" in page

    async def test_who_saw_the_name_is_written_down_once_and_sealed(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        await desk.get("/console/payments")
        assert (await memory_app.payment(payment.id)).history == payment.history, "a list shows nobody's name"
        for _ in range(3):
            await desk.get(f"/console/payments/{payment.id}")
        await memory_app.work()
        after = await memory_app.payment(payment.id)
        assert [(line.what, line.by) for line in after.history[len(payment.history) :]] == [("viewed", "staff:1001")]
        assert (after.at_rest(), after.audited_lines) == (True, len(after.history))
        newest = (await memory_app.stores.audit.latest(HOSPITAL, 1))[0]
        assert (newest.what, newest.by) == ("viewed", "staff:1001")
        await sit_down(memory_app, desk, await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务"))
        shown = text_of(await desk.get("/console/audit"))
        assert "查看" in shown
        assert "openid" not in shown

    async def test_silence_is_said(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        page = await desk.get(f"/console/payments/{payment.id}")
        memory_app.his.will("check", NotSent("his"))
        memory_app.channel.will("query", NotSent("wechat"))
        for whom in ("his", "channel"):
            asked = await desk.submit(page, f"/console/payments/{payment.id}/ask", {"whom": whom})
            assert "没有应答" in text_of(asked)
        assert (await desk.get("/console/payments/ZF0")).code == 404

    async def test_only_staff_of_this_hospital_see_it(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        assert place(await desk.get(f"/console/payments/{payment.id}")) == "/console/login"
        desk.cookies["__Host-console"] = "X" * 500
        assert place(await desk.get(f"/console/payments/{payment.id}")) == "/console/login"

    async def test_one_that_was_changed_in_the_database_is_shown_with_a_warning_and_without_a_refund_button(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        assert f"/console/payments/{payment.id}/refund" in text_of(await desk.get(f"/console/payments/{payment.id}"))
        stored = memory_app.stores.payments.documents  # type: ignore[attr-defined]
        stored[payment.id] = replace(payment, return_reason="other")
        page = text_of(await desk.get(f"/console/payments/{payment.id}"))
        assert "在数据库中被改动过" in page
        assert f"/console/payments/{payment.id}/refund" not in page
