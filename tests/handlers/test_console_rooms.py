"""The rooms of the console: who may enter, what they show, and that nothing is done without PIN and TOTP."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace

import pytest
from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from server.domain.errors import NotSent
from server.domain.payment import Payment
from server.domain.refund import RefundState
from server.domain.staff import Limits, Role
from server.services import audit_room
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import DESK, sit_down
from tests.support.builders import CARD, HOSPITAL, PHONE, a_scan, a_session, an_identity
from tests.support.employees import Employee, an_employee
from tests.support.house import House
from tests.unit.services.roads import told

pytestmark = pytest.mark.gen_test
NAME = "张测试"


@pytest.fixture
def desk(http_client: AsyncHTTPClient, base_url: str) -> Browser:
    return Browser(http_client, base_url, DESK)


async def booked(house: House, bill_no: str = "B1") -> Payment:
    begun = await house.payments.start(a_session("openid-zhang-ceshi", a_scan(bill_no)), [bill_no], PHONE)
    await house.notifications.apply(HOSPITAL, house.channel.pay(begun.payment_id))
    await house.work()
    return await house.payment(begun.payment_id)


def proof_of(employee: Employee, pin: str = "280519") -> dict[str, str]:
    proof = employee.proof(pin)
    return {"pin": proof.pin, "totp": f"{proof.totp[:3]} {proof.totp[3:]}"}


async def search(desk: Browser, words: str) -> HTTPResponse:
    page = await desk.get("/console/payments")
    sent = await desk.submit(page, "/console/payments", {"words": words})
    return sent if sent.code != 303 else await desk.get(place(sent))


class TestFinding:
    @pytest.mark.parametrize("words", [PHONE[-4:], CARD, f" {CARD} "])
    async def test_by_phone_and_card_masked_and_without_them_in_the_address(
        self, house: House, desk: Browser, words: str
    ) -> None:
        payment = await booked(house)
        await sit_down(house, desk, await an_employee(house))
        listed = await search(desk, words)
        page = text_of(listed)
        assert words.strip() not in listed.effective_url
        assert "found=" in listed.effective_url
        assert payment.id in page
        assert "张**" in page
        assert "****0001" in page
        assert NAME not in page

    async def test_by_its_number_or_the_end_of_it_leads_straight_there(self, house: House, desk: Browser) -> None:
        payment = await booked(house)
        await sit_down(house, desk, await an_employee(house))
        for words in (payment.id, payment.id[-6:].lower()):
            page = text_of(await search(desk, words))
            assert f"支付 {payment.id[-6:]}" in page
            assert NAME in page, "the full name stands on the payment's own page"
            assert PHONE not in page
            assert CARD not in page

    async def test_by_day(self, house: House, desk: Browser) -> None:
        payment = await booked(house)
        await sit_down(house, desk, await an_employee(house))
        assert payment.id in text_of(await desk.get("/console/payments"))
        assert payment.id in text_of(await desk.get("/console/payments?day=2026-11-23"))
        assert "没有找到" in text_of(await desk.get("/console/payments?day=2026-11-22"))
        for odd in (
            "day=x",
            "day=0001-01-01",
            "day=2026-11-23&before=x",
            "before=0001-01-01T00:00:00%2B14:00",
            "day=2026-11-23&before=2026-11-23",
        ):
            assert (await desk.get(f"/console/payments?{odd}")).code == 400

    async def test_nothing_found_and_nothing_typed(self, house: House, desk: Browser) -> None:
        await sit_down(house, desk, await an_employee(house))
        assert "没有找到" in text_of(await search(desk, "000000"))
        assert (await search(desk, " ")).code == 400

    async def test_a_search_is_its_maker_s(self, house: House, desk: Browser) -> None:
        await booked(house)
        await sit_down(house, desk, await an_employee(house))
        page = await desk.get("/console/payments")
        found = place(await desk.submit(page, "/console/payments", {"words": PHONE[-4:]}))
        await sit_down(house, desk, await an_employee(house, "1002", name="孙收费"))
        assert (await desk.get(found)).code == 410


class TestOnePayment:
    async def test_record_messages_and_what_the_others_say_now(self, house: House, desk: Browser) -> None:
        payment = await booked(house)
        await sit_down(house, desk, await an_employee(house))
        page = await desk.get(f"/console/payments/{payment.id}")
        for words in ("医院已入账", "聊天消息已发出：缴费成功", "短信已提交：缴费成功", "扫缴费单", "微信支付"):
            assert words in text_of(page)
        asked = await desk.submit(page, f"/console/payments/{payment.id}/ask", {"whom": "channel"})
        assert "渠道：已支付" in text_of(asked)
        assert payment.cash.transaction_id
        assert payment.cash.transaction_id in text_of(asked)
        asked = await desk.submit(page, f"/console/payments/{payment.id}/ask", {"whom": "his"})
        assert "医院系统：已入账" in text_of(asked)

    async def test_who_saw_the_name_is_written_down_once_and_sealed(self, house: House, desk: Browser) -> None:
        payment = await booked(house)
        await sit_down(house, desk, await an_employee(house))
        await desk.get("/console/payments")
        assert (await house.payment(payment.id)).history == payment.history, "a list shows nobody's name"
        for _ in range(3):
            await desk.get(f"/console/payments/{payment.id}")
        await house.work()
        after = await house.payment(payment.id)
        assert [(line.what, line.by) for line in after.history[len(payment.history) :]] == [("viewed", "1001")]
        assert (after.at_rest(), after.sealed) == (True, len(after.history))
        newest = (await house.stores.audit.latest(HOSPITAL, 1))[0]
        assert (newest.what, newest.by) == ("viewed", "1001")
        await sit_down(house, desk, await an_employee(house, "3001", Role.FINANCE, name="钱财务"))
        shown = text_of(await desk.get("/console/audit"))
        assert "查看" in shown
        assert "openid" not in shown

    async def test_silence_is_said(self, house: House, desk: Browser) -> None:
        payment = await booked(house)
        await sit_down(house, desk, await an_employee(house))
        page = await desk.get(f"/console/payments/{payment.id}")
        house.his.will("check", NotSent("his"))
        house.channel.will("query", NotSent("wechat"))
        for whom in ("his", "channel"):
            asked = await desk.submit(page, f"/console/payments/{payment.id}/ask", {"whom": whom})
            assert "没有应答" in text_of(asked)
        assert (await desk.get("/console/payments/ZF0")).code == 404

    async def test_only_staff_of_this_hospital_see_it(self, house: House, desk: Browser) -> None:
        payment = await booked(house)
        assert place(await desk.get(f"/console/payments/{payment.id}")) == "/console/login"
        desk.cookies["__Host-console"] = "X" * 500
        assert place(await desk.get(f"/console/payments/{payment.id}")) == "/console/login"


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

    async def test_all_of_it_alone(self, house: House, desk: Browser) -> None:
        payment, cashier = await booked(house), await an_employee(house)
        await sit_down(house, desk, cashier)
        assert "可退 <strong>¥37.20" in text_of(await desk.get(f"/console/payments/{payment.id}"))
        preview = await self.asked(desk, payment, note="未到检查")
        for words in ("本次退费 <strong>¥37.20", "张**", "未到检查", "微信支付"):
            assert words in text_of(preview)
        url = self.confirm_url(preview)
        wrong = await desk.submit(preview, url, proof_of(cashier, "908172"))
        assert (wrong.code, "PIN或动态码不正确" in text_of(wrong)) == (403, True)
        assert (await house.payment(payment.id)).refunds == ()
        done = await desk.submit(preview, url, proof_of(cashier))
        assert place(done) == f"/console/payments/{payment.id}?done=asked"
        await house.work()
        shown = text_of(await desk.get(place(done)))
        for words in ("退费已提交", "未到检查", "员工发起，控制台", "工号1001", "医院已冲销"):
            assert words in shown
        (refund,) = (await house.payment(payment.id)).refunds
        assert (refund.state, refund.door, refund.amount_fen) == (RefundState.SUBMITTED, "console", 3720)
        again = await desk.submit(preview, url, proof_of(cashier))
        assert place(again) == place(done), "the same ticket is the same refund"
        assert len((await house.payment(payment.id)).refunds) == 1

    async def test_an_amount_and_single_items(self, house: House, desk: Browser) -> None:
        payment, cashier = await booked(house), await an_employee(house)
        await sit_down(house, desk, cashier)
        preview = await self.asked(desk, payment, how="amount", amount="１０．５元")
        assert "本次退费 <strong>¥10.50" in text_of(preview)
        preview = await self.asked(desk, payment, how="items", **{"item-0-0": "7.20"})
        assert "本次退费 <strong>¥7.20" in text_of(preview)
        await desk.submit(preview, self.confirm_url(preview), proof_of(cashier))
        (refund,) = (await house.payment(payment.id)).refunds
        assert [(line.bill_no, line.item_no, line.amount_fen) for line in refund.lines] == [("B1", "1", 720)]

    @pytest.mark.parametrize(
        ("form", "words"),
        [
            ({"how": "amount", "amount": "1,5"}, "金额写法不对"),
            ({"how": "amount", "amount": "10.505"}, "金额写法不对"),
            ({"how": "amount", "amount": "²5"}, "金额写法不对"),
            ({"how": "amount", "amount": "五元"}, "金额写法不对"),
            ({"how": "amount", "amount": "37.21"}, "超过可退金额"),
            ({"how": "amount", "amount": "0"}, "超过可退金额"),
            ({"how": "all", "amount": "5"}, "不一致"),
            ({"how": "amount", "amount": "5", "item-0-0-all": "1"}, "不一致"),
            ({"how": "items"}, "请选择要退的项目"),
            ({"how": "all", "reason": ""}, "请选择退费原因"),
            ({"how": "all", "reason": "window"}, "请选择退费原因"),
        ],
    )
    async def test_what_makes_no_sense_is_said_above_the_same_form(
        self, house: House, desk: Browser, form: dict[str, str], words: str
    ) -> None:
        payment = await booked(house)
        await sit_down(house, desk, await an_employee(house))
        again = await self.asked(desk, payment, **form)
        assert again.code in {400, 403}
        assert words in text_of(again)
        assert f'value="{form.get("amount", "")}"' in text_of(again)

    async def test_the_his_s_word_against_it_stops_it_and_its_silence_is_said(
        self, house: House, desk: Browser
    ) -> None:
        payment = await booked(house)
        await sit_down(house, desk, await an_employee(house))
        house.his.forbids = "药品已发出"
        assert "医院系统不同意：药品已发出" in text_of(await self.asked(desk, payment))
        house.his.forbids = ""
        house.his.will("refund_check", NotSent("his"))
        assert "医院系统暂时没有应答" in text_of(await self.asked(desk, payment))

    async def test_over_the_limit_another_person_agrees(
        self, house: House, desk: Browser, http_client: AsyncHTTPClient, base_url: str
    ) -> None:
        payment = await booked(house)
        cashier = await an_employee(house, limits=Limits(per_refund_fen=1, per_day_fen=1))
        approver = await an_employee(house, "2001", Role.APPROVER, name="王审批")
        await sit_down(house, desk, cashier)
        preview = await self.asked(desk, payment)
        assert "需要另一人审批" in text_of(preview)
        done = await desk.submit(preview, self.confirm_url(preview), proof_of(cashier))
        assert place(done).endswith("done=waiting")
        own = await desk.get(f"/console/payments/{payment.id}")
        assert "/agree" not in text_of(own)
        refund_no = (await house.payment(payment.id)).refunds[0].id
        assert (await desk.submit(own, f"/console/refunds/{refund_no}/agree", {})).code == 403
        other = await sit_down(house, Browser(http_client, base_url, DESK), approver)
        waiting = await other.get("/console/payments/waiting")
        assert refund_no in text_of(waiting)
        page = await other.get(f"/console/payments/{payment.id}")
        sent = await other.submit(page, f"/console/refunds/{refund_no}/agree", {})
        preview = await other.get(place(sent))
        assert "同意退费" in text_of(preview)
        done = await other.submit(preview, self.confirm_url(preview), proof_of(approver))
        assert place(done).endswith("done=agreed")
        lists = text_of(await other.get("/console/payments/waiting"))
        assert "没有待审批的退费" in lists
        assert refund_no in lists.partition("正在办理</h2>")[2], "it is under way now"
        assert (await house.payment(payment.id)).refunds[0].state is RefundState.APPROVED

    async def test_one_s_own_request_is_withdrawn_and_another_s_rejected(self, house: House, desk: Browser) -> None:
        payment = await booked(house)
        cashier = await an_employee(house, limits=Limits(per_refund_fen=1, per_day_fen=1))
        approver = await an_employee(house, "2001", Role.APPROVER, name="王审批")
        await sit_down(house, desk, cashier)
        for _ in range(2):
            preview = await self.asked(desk, payment, how="amount", amount="5")
            await desk.submit(preview, self.confirm_url(preview), proof_of(cashier))
        first, second = [refund.id for refund in (await house.payment(payment.id)).refunds]
        page = await desk.get(f"/console/payments/{payment.id}")
        assert place(await desk.submit(page, f"/console/refunds/{first}/withdraw", {})).endswith("done=withdrawn")
        await sit_down(house, desk, approver)
        page = await desk.get(f"/console/payments/{payment.id}")
        preview = await desk.get(place(await desk.submit(page, f"/console/refunds/{second}/reject", {})))
        await desk.submit(preview, self.confirm_url(preview), proof_of(approver))
        states = [refund.state for refund in (await house.payment(payment.id)).refunds]
        assert states == [RefundState.WITHDRAWN, RefundState.REJECTED]


ROOMS = {
    "/console/payments": {Role.CASHIER, Role.APPROVER, Role.FINANCE},
    "/console/payments/waiting": {Role.CASHIER, Role.APPROVER, Role.FINANCE},
    "/console/money": {Role.FINANCE},
    "/console/staff": {Role.ADMIN},
    "/console/staff/invite": {Role.ADMIN},
    "/console/staff/employee/1001": {Role.ADMIN},
    "/console/audit": {Role.FINANCE, Role.ADMIN},
    "/console/manual": set(Role),
}


@pytest.mark.parametrize("role", list(Role))
async def test_each_room_is_only_for_its_roles(house: House, desk: Browser, role: Role) -> None:
    payment = await booked(house)
    await sit_down(house, desk, await an_employee(house, role=role))
    for path, roles in ROOMS.items():
        assert (path, (await desk.get(path)).code) == (path, 200 if role in roles else 403)
    sees = 200 if role in ROOMS["/console/payments"] else 403
    page = await desk.get(f"/console/payments/{payment.id}")
    assert page.code == sees
    manual = await desk.get("/console/manual")
    for path, form, allowed in (
        (f"/console/payments/{payment.id}/ask", {"whom": "his"}, sees == 200),
        (f"/console/payments/{payment.id}/refund", {"how": "all", "reason": "other"}, sees == 200),
        ("/console/payments", {"words": payment.id}, sees == 200),
        ("/console/audit/verify", {"day": ""}, role in ROOMS["/console/audit"]),
        ("/console/staff/employee/1001/leave", {"pin": "1", "totp": "1"}, False),
        (
            "/console/staff/invite",
            {"number": "7", "name": "甲", "role": "cashier", "per_refund": "1", "per_day": "1"},
            False,
        ),
    ):
        answer = await desk.submit(manual, path, form)
        assert (path, answer.code == 403) == (path, not allowed)


async def test_no_form_without_its_token(house: House, desk: Browser) -> None:
    payment = await booked(house)
    await sit_down(house, desk, await an_employee(house))
    await desk.get("/console/payments")
    for path in (
        "/console/payments",
        f"/console/payments/{payment.id}/ask",
        f"/console/payments/{payment.id}/refund",
        "/console/refunds/X/agree",
        "/console/refunds/X/withdraw",
        "/console/confirm/X",
        "/console/staff/invite",
        "/console/staff/employee/1001/leave",
        "/console/audit/verify",
        "/console/logout",
    ):
        assert (path, (await desk.post(path, {"a": "b"})).code) == (path, 403)
    assert (await desk.get("/console/payments")).code == 200, "nobody was logged out"


class TestAudit:
    async def checked(self, desk: Browser, **form: str) -> str:
        page = await desk.get("/console/audit")
        return text_of(await desk.submit(page, "/console/audit/verify", {"day": "", "head": "", **form}))

    async def test_a_chain_that_holds_and_the_head_that_finance_was_told(self, house: House, desk: Browser) -> None:
        await sit_down(house, desk, await an_employee(house, "3001", Role.FINANCE, name="钱财务"))
        last = await house.stores.audit.last(HOSPITAL)
        assert last is not None
        told = " ".join(last.mac[at : at + 4] for at in range(0, 16, 4))
        for form in ({}, {"head": told}, {"day": "2026-11-23", "head": told}):
            page = await self.checked(desk, **form)
            assert "校验通过，共3条" in page
            assert told in page
        assert "发现1处不一致" in await self.checked(desk, day="2026-11-23", head="0" * 16)
        assert "日期不正确" in await self.checked(desk, day="yesterday")

    async def test_a_changed_history_is_found(self, house: House, desk: Browser) -> None:
        finance = await an_employee(house, "3001", Role.FINANCE, name="钱财务")
        await sit_down(house, desk, finance)
        before = await finance.now()
        tampered = replace(before, history=(replace(before.history[0], by="9999"), *before.history[1:]))
        house.stores.staff._staff[(HOSPITAL, "3001")] = tampered  # type: ignore[attr-defined]
        page = await self.checked(desk)
        assert "发现1处不一致" in page
        assert "line 0 of staff 3001" in page

    async def test_a_chain_that_is_too_long_for_a_page(
        self, house: House, desk: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await sit_down(house, desk, await an_employee(house, "3001", Role.FINANCE, name="钱财务"))

        async def hang(*asked: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(audit_room, "CHECK_S_MAX", 0.01)
        monkeypatch.setattr(house.stores.audit, "page", hang)
        assert "网页上来不及校验" in await self.checked(desk)


async def test_money_that_nobody_claims_and_alerts(house: House, desk: Browser) -> None:
    payment = await booked(house)
    house.channel.orders["ZF20261123STRANGE"] = house.channel.orders[payment.id]
    house.channel.states["ZF20261123STRANGE"] = house.channel.states[payment.id]
    await house.notifications.apply(HOSPITAL, told(house.channel.trade("ZF20261123STRANGE")))
    await sit_down(house, desk, await an_employee(house, role=Role.FINANCE))
    page = text_of(await desk.get("/console/money"))
    assert "ZF20261123STRANGE" in page
    assert "有款项无法认领" in page


class TestStaff:
    async def test_invited_changed_by_two_and_cut_off(
        self, house: House, desk: Browser, http_client: AsyncHTTPClient, base_url: str
    ) -> None:
        admin, second = [await an_employee(house, n, Role.ADMIN, name="管理甲") for n in ("9001", "9002")]
        await sit_down(house, desk, admin)
        page = await desk.get("/console/staff/invite")
        form = {"number": "1001", "name": "李收费", "role": "cashier", "per_refund": "500", "per_day": "1,000.00"}
        refused = await desk.submit(page, "/console/staff/invite", {**form, **proof_of(admin, "908172")})
        assert refused.code == 403
        assert 'value="李收费"' in text_of(refused)
        invited = await desk.submit(page, "/console/staff/invite", {**form, **proof_of(admin)})
        found = re.search(r"绑定 ([0-9A-Z]{8})<", text_of(invited))
        assert found
        code = found[1]
        one = await house.staff.bind(HOSPITAL, an_identity("openid-1001"), code)
        assert (one.limits, one.role) == (Limits(per_refund_fen=50_000, per_day_fen=100_000), Role.CASHIER)
        url = "/console/staff/employee/1001"
        change = {"role": "approver", "per_refund": "1000", "per_day": "2000"}
        page = await desk.get(url)
        done = await desk.submit(page, f"{url}/propose", {**change, **proof_of(admin)})
        assert place(done) == f"{url}?done=propose"
        own = await desk.submit(page, f"{url}/agree", {**change, **proof_of(admin)})
        assert (own.code, "另一位管理员" in text_of(own)) == (403, True)
        other = await sit_down(house, Browser(http_client, base_url, DESK), second)
        page = await other.get(url)
        assert "审批，单笔 ¥1,000.00，当日 ¥2,000.00" in text_of(page)
        unseen = await other.submit(page, f"{url}/agree", {**change, "per_day": "3000", **proof_of(second)})
        assert (unseen.code, "已经不同" in text_of(unseen)) == (403, True)
        assert place(await other.submit(page, f"{url}/agree", {**change, **proof_of(second)})).endswith("done=agree")
        assert (await house.staff.get(HOSPITAL, "1001")).role is Role.APPROVER
        await other.submit(page, f"{url}/leave", proof_of(second))
        assert await house.staff.known(HOSPITAL, an_identity("openid-1001")) is None
        assert "已离岗" in text_of(await other.get("/console/staff"))

    @pytest.mark.parametrize(
        "wrong",
        [
            {"number": "10 01"},
            {"number": ""},
            {"name": " "},
            {"role": "boss"},
            {"per_refund": "2000"},
            {"per_day": "viel"},
            {"per_day": "99999999"},
            {"number": "9001"},
        ],
    )
    async def test_terms_that_make_no_sense(self, house: House, desk: Browser, wrong: dict[str, str]) -> None:
        admin = await an_employee(house, "9001", Role.ADMIN, name="管理甲")
        await sit_down(house, desk, admin)
        page = await desk.get("/console/staff/invite")
        form = {"number": "1001", "name": "李收费", "role": "cashier", "per_refund": "500", "per_day": "1000"}
        answer = await desk.submit(page, "/console/staff/invite", {**form, **wrong, **proof_of(admin)})
        assert answer.code in {400, 403}
        assert 'role="alert"' in text_of(answer)
        assert [one.number for one in await house.staff.everybody(HOSPITAL)] == ["9001"]


async def test_errors_look_like_the_console_and_tell_nothing(house: House, desk: Browser) -> None:
    await sit_down(house, desk, await an_employee(house))
    missing = await desk.get("/console/payments/ZF0")
    assert "没有找到这笔支付" in text_of(missing)
    assert "编号" in text_of(missing)
    assert "unsafe" not in missing.headers["Content-Security-Policy"]
    for path in ("/console/payments", "/console/payments/waiting", "/console/manual", "/console/payments/ZF0"):
        page = text_of(await desk.get(path))
        for markup in ("<style", " style=", " onclick"):
            assert markup not in page
