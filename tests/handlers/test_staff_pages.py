"""The pages of staff: only for the one who speaks in the chat; PIN and code are typed here, and the result is told there."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pyotp
import pytest

from server.core.errors import LostRace
from server.payments.model import Payment
from server.payments.refund_model import RefundState
from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.support.builders import HOSPITAL, an_identity
from tests.support.employees import LIMITS, PIN, Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.gen_test
SETUP = "/h/demo/staff/setup"


async def drafted(memory_app: InMemoryApp) -> tuple[Payment, Employee, str]:
    """A booked payment, a cashier whose session is open, the path of the page that confirms a refund of it."""
    payment = await paid(memory_app)
    await memory_app.work()
    cashier = await an_employee(memory_app)
    shown = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 500, "not_done", "未到检查")
    return payment, cashier, f"/h/demo/staff/confirm/{shown.draft.ticket}"


async def test_setting_up(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    code = await memory_app.staff.invite(HOSPITAL, "3001", "孙收费", Role.CASHIER, LIMITS, "cli:root")
    await memory_app.staff.bind(HOSPITAL, an_identity("openid-sun"), code)
    await enter(subject="openid-sun")
    page = await browser.get(SETUP)
    address = re.search(r"otpauth://[^\"]+secret=([A-Z2-7]{32})", text_of(page))
    assert address
    assert address[1][:4] in text_of(page).split("密钥")[1]
    typed = {"pin": PIN, "pin_again": PIN, "totp": pyotp.TOTP(address[1]).at(memory_app.clock.now())}
    wrong = await browser.submit(page, SETUP, {**typed, "pin_again": "280518"})
    assert (wrong.code, "两次输入的PIN不一致" in text_of(wrong), PIN in text_of(wrong)) == (400, True, False)
    assert address[1][:4] in text_of(wrong)
    done = await browser.submit(page, SETUP, {**typed, "pin": "280 519"})
    assert "设置完成" in text_of(done)
    assert (await memory_app.staff.get(HOSPITAL, "3001")).can_prove
    assert (await browser.get(SETUP)).code == 403


async def test_confirmed_with_the_proof_and_told_in_the_chat(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    payment, cashier, path = await drafted(memory_app)
    await enter(subject="openid-1001")
    page = await browser.get(path)
    text = text_of(page)
    assert "¥5.00" in text
    assert "项目未做" in text
    assert "张*" in text
    assert "张测试" not in text
    wrong = await browser.submit(page, path, {"pin": "999999", "totp": "000000"})
    assert (wrong.code, "PIN或动态码不正确" in text_of(wrong)) == (403, True)
    proof = cashier.proof()
    done = await browser.submit(page, path, {"pin": proof.pin, "totp": proof.totp})
    assert "正在办理" in text_of(done)
    assert "result--waiting" in text_of(done), "a green tick would say that it is done"
    again = await browser.submit(page, path, {"pin": proof.pin, "totp": proof.totp})
    assert "正在办理" in text_of(again)
    assert "正在办理" in text_of(await browser.get(path))
    assert [r.state for r in (await memory_app.payment(payment.id)).refunds] == [RefundState.APPROVED]
    assert [text.splitlines()[1] for _, text in memory_app.chat_told("openid-1001")] == ["正在办理"]


@pytest.mark.parametrize("subject", ["openid-zhang-ceshi", "openid-1002"])
async def test_for_anybody_else_the_page_is_not_there(
    memory_app: InMemoryApp, browser: Browser, enter: Any, subject: str
) -> None:
    _, _, path = await drafted(memory_app)
    await an_employee(memory_app, "1002")
    await enter(subject=subject)
    for place_of in (path, path.replace("confirm", "items")):
        assert (await browser.get(place_of)).code == 404
    if subject != "openid-1002":
        assert (await browser.get(SETUP)).code == 404


async def test_single_items_go_back(memory_app: InMemoryApp, browser: Browser, enter: Any) -> None:
    payment, cashier, path = await drafted(memory_app)
    items = path.replace("confirm", "items")
    await enter(subject="openid-1001")
    page = await browser.get(items)
    assert "血常规" in text_of(page)
    for form, words in (
        ({}, "请选择要退的项目"),
        ({"item-0-0": "1.2.3"}, "金额写法不对"),
        ({"item-0-0": "9999"}, "最多可退"),
    ):
        refused = await browser.submit(page, items, form)
        assert (refused.code, words in text_of(refused)) == (400, True)
    chosen = await browser.submit(page, items, {"item-0-0": "3.50"})
    assert chosen.code == 303
    confirm = await browser.get(place(chosen))
    assert "退费明细" in text_of(confirm)
    proof = cashier.proof()
    await browser.submit(confirm, place(chosen), {"pin": proof.pin, "totp": proof.totp})
    refund = (await memory_app.payment(payment.id)).refunds[0]
    assert (refund.amount_fen, [(line.item_no, line.amount_fen) for line in refund.lines]) == (350, [("1", 350)])
    left = text_of(await browser.get(items))
    assert "可退 ¥33.70" in left


async def test_confirmations_at_once_make_one_refund_and_no_server_error(
    memory_app: InMemoryApp, browser: Browser, enter: Any
) -> None:
    """More than a record's races: whoever lost is told so, and that the page shows what came of it."""
    payment, cashier, path = await drafted(memory_app)
    await enter(subject="openid-1001")
    page = await browser.get(path)
    proof = cashier.proof()
    form = {"pin": proof.pin, "totp": proof.totp}
    answers = await asyncio.gather(*(browser.submit(page, path, form) for _ in range(4)))
    assert {answer.code for answer in answers} <= {200, 403, 409}
    assert len((await memory_app.payment(payment.id)).refunds) == 1


async def test_a_record_that_is_always_somebody_else_s_first_answers_409(
    memory_app: InMemoryApp, browser: Browser, enter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, cashier, path = await drafted(memory_app)
    await enter(subject="openid-1001")
    page = await browser.get(path)

    async def lose(*args: Any) -> None:
        raise LostRace("10 times")

    monkeypatch.setattr(memory_app.refund_desk, "confirm", lose)
    proof = cashier.proof()
    answer = await browser.submit(page, path, {"pin": proof.pin, "totp": proof.totp})
    assert answer.code == 409
    assert "刚才有人同时在办理" in text_of(answer)
