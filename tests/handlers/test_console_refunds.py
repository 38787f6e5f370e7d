"""Refunds from the console: by the desk's rules, each with PIN and TOTP."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tornado.httpclient import HTTPResponse

from server.core.errors import NotSent
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.staff.model import RefundLimits, Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import another, booked, proof_of, sit_down
from tests.support.builders import a_bill
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test


class TestRefunds:
    async def asked(self, desk: Browser, payment: Payment, **form: str) -> HTTPResponse:
        """From the form to the page that asks for the proof, or the form again."""
        page = await desk.get(f"/console/payments/{payment.id}/refund")
        fields = {"how": "all", "amount": "", "reason": "not_done", "note": "", **form}
        sent = await desk.submit(page, f"/console/payments/{payment.id}/refund", fields)
        return sent if sent.code != 303 else await desk.get(place(sent))

    def confirm_url(self, page: HTTPResponse) -> str:
        found = re.search(r'action="(/console/confirm/[0-9A-Z]+)"', text_of(page))
        assert found
        return found[1]

    async def test_all_of_it_alone(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment, cashier = await booked(memory_app), await an_employee(memory_app)
        await sit_down(memory_app, desk, cashier)
        assert "可退 <strong>¥37.20" in text_of(await desk.get(f"/console/payments/{payment.id}"))
        preview = await self.asked(desk, payment, note="未到检查")
        for words in ("本次退费 <strong>¥37.20", "张*试", "未到检查", "微信支付"):
            assert words in text_of(preview)
        url = self.confirm_url(preview)
        wrong = await desk.submit(preview, url, proof_of(cashier, "908172"))
        assert (wrong.code, "PIN或动态码不正确" in text_of(wrong)) == (403, True)
        assert (await memory_app.payment(payment.id)).refunds == ()
        done = await desk.submit(preview, url, proof_of(cashier))
        assert place(done) == f"/console/payments/{payment.id}?done=asked"
        await memory_app.work()
        shown = text_of(await desk.get(place(done)))
        for words in ("退费已提交", "未到检查", "员工发起，控制台", "工号1001", "医院已冲销"):
            assert words in shown
        (refund,) = (await memory_app.payment(payment.id)).refunds
        assert (refund.state, refund.requested_via, refund.amount_fen) == (RefundState.SUBMITTED, "console", 3720)
        again = await desk.submit(preview, url, proof_of(cashier))
        assert place(again) == place(done), "the same ticket is the same refund"
        assert len((await memory_app.payment(payment.id)).refunds) == 1

    async def test_an_amount_and_single_items(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment, cashier = await booked(memory_app), await an_employee(memory_app)
        await sit_down(memory_app, desk, cashier)
        preview = await self.asked(desk, payment, how="amount", amount="１０．５元")
        assert "本次退费 <strong>¥10.50" in text_of(preview)
        preview = await self.asked(desk, payment, how="items", **{"item-0-0": "7.20"})
        assert "本次退费 <strong>¥7.20" in text_of(preview)
        await desk.submit(preview, self.confirm_url(preview), proof_of(cashier))
        (refund,) = (await memory_app.payment(payment.id)).refunds
        assert [(line.charge_no, line.item_no, line.amount_fen) for line in refund.lines] == [("B1", "1", 720)]

    async def test_where_the_insurance_pays_a_part_the_items_say_price_own_part_and_why(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        [item] = a_bill().items
        items = tuple(replace(item, item_no=no, name=no, amount_fen=fen) for no, fen in (("X光", 12000), ("药", 2500)))
        memory_app.his.bills["B1"] = a_bill("B1", 5800, total_fen=14500, fund_fen=8700, account_fen=0, items=items)
        payment, cashier = await booked(memory_app), await an_employee(memory_app)
        await sit_down(memory_app, desk, cashier)
        assert "X光 ¥120.00，自付 ¥48.00" in text_of(await desk.get(f"/console/payments/{payment.id}"))
        form = text_of(await desk.get(f"/console/payments/{payment.id}/refund"))
        assert "这里只退患者自付的部分；医保支付的部分由医院退回医保。" in form
        numbers = re.findall(r'<td class="number"[^>]*>(.+?)</td>', form)
        assert numbers == ["¥120.00", "¥48.00", "¥48.00", "¥25.00", "¥10.00", "¥10.00"]
        assert "结算退回" not in form, "that is what a stay's settlement says"
        refused = await self.asked(desk, payment, how="items", reason="settlement", **{"item-0-0-all": "1"})
        assert "请选择退费原因" in text_of(refused)

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"how": "amount", "amount": "1,5"}, "金额写法不对"),
            ({"how": "amount", "amount": "10.505"}, "金额写法不对"),
            ({"how": "amount", "amount": "²5"}, "金额写法不对"),
            ({"how": "amount", "amount": "五元"}, "金额写法不对"),
            ({"how": "amount", "amount": "37.21"}, "超过可退金额，最多可退 37.20元"),
            ({"how": "amount", "amount": "0"}, "退费金额要大于 0 元"),
            ({"how": "all", "amount": "5"}, "不一致"),
            ({"how": "amount", "amount": "5", "item-0-0-all": "1"}, "不一致"),
            ({"how": "items"}, "请选择要退的项目"),
            ({"how": "all", "reason": ""}, "请选择退费原因"),
            ({"how": "all", "reason": "window"}, "请选择退费原因"),
        ],
    )
    async def test_what_makes_no_sense_is_said_above_the_same_form(
        self, memory_app: InMemoryApp, desk: Browser, form: dict[str, str], words: str
    ) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        again = await self.asked(desk, payment, **form)
        assert again.code in {400, 403}
        assert words in text_of(again)
        assert f'value="{form.get("amount", "")}"' in text_of(again)

    async def test_the_his_s_word_against_it_stops_it_and_its_silence_is_said(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        memory_app.his.forbids = "药品已发出"
        assert "医院系统不同意：药品已发出" in text_of(await self.asked(desk, payment))
        memory_app.his.forbids = ""
        memory_app.his.will("refund_check", NotSent("his"))
        assert "医院系统暂时没有应答" in text_of(await self.asked(desk, payment))

    async def test_over_the_limit_another_person_agrees(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        cashier = await an_employee(memory_app, limits=RefundLimits(per_refund_fen=1, per_day_fen=1))
        approver = await an_employee(memory_app, "2001", Role.APPROVER, name="王审批")
        await sit_down(memory_app, desk, cashier)
        preview = await self.asked(desk, payment, note="未到检查")
        assert "需要另一人审批" in text_of(preview)
        done = await desk.submit(preview, self.confirm_url(preview), proof_of(cashier))
        assert place(done).endswith("done=waiting")
        own = await desk.get(f"/console/payments/{payment.id}")
        assert "/agree" not in text_of(own)
        refund_no = (await memory_app.payment(payment.id)).refunds[0].id
        assert (await desk.submit(own, f"/console/refunds/{refund_no}/agree", {})).code == 403
        other = await sit_down(memory_app, another(desk), approver)
        waiting = await other.get("/console/payments/waiting")
        assert refund_no in text_of(waiting)
        page = await other.get(f"/console/payments/{payment.id}")
        sent = await other.submit(page, f"/console/refunds/{refund_no}/agree", {})
        preview = await other.get(place(sent))
        for words in ("同意退费", "李收费（工号1001）", "未到检查"):
            assert words in text_of(preview)
        done = await other.submit(preview, self.confirm_url(preview), proof_of(approver))
        assert place(done).endswith("done=agreed")
        lists = text_of(await other.get("/console/payments/waiting"))
        assert "没有待审批的退费" in lists
        assert refund_no in lists.partition("正在办理</h2>")[2], "it is under way now"
        assert (await memory_app.payment(payment.id)).refunds[0].state is RefundState.APPROVED

    async def test_one_s_own_request_is_withdrawn_and_another_s_rejected(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        payment = await booked(memory_app)
        cashier = await an_employee(memory_app, limits=RefundLimits(per_refund_fen=1, per_day_fen=1))
        approver = await an_employee(memory_app, "2001", Role.APPROVER, name="王审批")
        await sit_down(memory_app, desk, cashier)
        for _ in range(2):
            preview = await self.asked(desk, payment, how="amount", amount="5")
            await desk.submit(preview, self.confirm_url(preview), proof_of(cashier))
        first, second = [refund.id for refund in (await memory_app.payment(payment.id)).refunds]
        page = await desk.get(f"/console/payments/{payment.id}")
        assert place(await desk.submit(page, f"/console/refunds/{first}/withdraw", {})).endswith("done=withdrawn")
        await sit_down(memory_app, desk, approver)
        page = await desk.get(f"/console/payments/{payment.id}")
        assert "请写明驳回的原因" in text_of(await desk.submit(page, f"/console/refunds/{second}/reject", {}))
        preview = await desk.get(
            place(await desk.submit(page, f"/console/refunds/{second}/reject", {"words": "项目已做"}))
        )
        for words in ("这笔支付的其他退费", f"{first[-9:]}", "已撤回", "项目已做"):
            assert words in text_of(preview)
        await desk.submit(preview, self.confirm_url(preview), proof_of(approver))
        states = [refund.state for refund in (await memory_app.payment(payment.id)).refunds]
        assert states == [RefundState.WITHDRAWN, RefundState.REJECTED]
        page = text_of(await desk.get(f"/console/payments/{payment.id}"))
        assert "驳回原因" in page
        assert "项目已做" in page

    async def test_a_second_refund_of_one_amount_is_warned_of(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        cashier = await an_employee(memory_app)
        await sit_down(memory_app, desk, cashier)
        preview = await self.asked(desk, payment, how="amount", amount="5")
        assert "同样金额" not in text_of(preview)
        await desk.submit(preview, self.confirm_url(preview), proof_of(cashier))
        assert "已有一笔同样金额的退费" in text_of(await self.asked(desk, payment, how="amount", amount="5"))


async def test_the_form_with_a_payment_s_items_is_a_look_at_it(memory_app: InMemoryApp, desk: Browser) -> None:
    payment = await booked(memory_app)
    await sit_down(memory_app, desk, await an_employee(memory_app))
    await desk.get(f"/console/payments/{payment.id}/refund")
    history = (await memory_app.payment(payment.id)).history
    assert [(line.what, line.by, dict(line.detail)) for line in history if line.what == "viewed"] == [
        ("viewed", "staff:1001", {"door": "console"})
    ]
