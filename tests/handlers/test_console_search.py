"""Searching in the console by what people hold and by what must hold of a payment; columns, saved searches, and the file to take along."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from tornado.httpclient import HTTPResponse

from server.staff.model import Role
from tests.handlers.conftest import Browser, place, text_of
from tests.handlers.console import booked, sit_down
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill, paying_for
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test
NAME = "张测试"


def pairs(fields: dict[str, str | list[str]]) -> list[tuple[str, str]]:
    """A field that is ticked several times is sent several times."""
    return [(name, one) for name, value in fields.items() for one in ([value] if isinstance(value, str) else value)]


async def looked(desk: Browser, **fields: str | list[str]) -> HTTPResponse:
    page = await desk.get("/console/payments")
    sent = await desk.submit(page, "/console/payments", pairs({"words": "", **fields}))
    return sent if sent.code != 303 else await desk.get(place(sent))


async def exported(desk: Browser, found: HTTPResponse, **fields: str | list[str]) -> HTTPResponse:
    ticket = found.effective_url.rpartition("found=")[2]
    return await desk.submit(found, "/console/payments/export", pairs({"found": ticket, **fields}))


def rows_of(file: HTTPResponse) -> list[list[str]]:
    assert file.body.startswith(b"\xef\xbb\xbf"), "Excel reads UTF-8 only with a mark"
    return list(csv.reader(io.StringIO(file.body.decode("utf-8-sig"))))


class TestSearching:
    async def test_by_every_number(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        assert payment.booking is not None
        assert payment.parts[0].transaction_id
        for words in ("B1", payment.booking.receipt_no, payment.parts[0].transaction_id, PHONE, CARD, PHONE[-5:]):
            page = text_of(await looked(desk, words=words))
            assert payment.id in page, words
            assert "共 1 笔" in page
            assert NAME not in page
        assert "按交易单号" in text_of(await looked(desk, words=payment.parts[0].transaction_id))

    async def test_an_empty_list_says_what_may_be_asked(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        for words in (NAME, "001"):
            told = text_of(await looked(desk, words=words))
            assert "后4位以上查，不能按姓名查" in told, words
        assert "没有找到符合条件的支付。" in text_of(await looked(desk, state="closed"))
        assert "这一天没有支付。" in text_of(await desk.get("/console/payments?day=2026-11-20"))

    async def test_by_what_must_hold(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        for fits in (
            {"since": "2026-11-23", "until": "2026-11-23"},
            {"channel": "wechat"},
            {"state": "booked"},
            {"least": "37.2", "most": "３７．２０元"},
        ):
            assert payment.id in text_of(await looked(desk, **fits)), fits
        for other in (
            {"until": "2026-11-22"},
            {"channel": "alipay"},
            {"state": "closed"},
            {"department": "牙科"},
            {"least": "37.21"},
        ):
            assert "没有找到" in text_of(await looked(desk, **other)), other
        assert "没有找到" in text_of(await looked(desk, words=CARD, state="closed")), "both must hold"

    @pytest.mark.parametrize(
        ("fields", "words"),
        [
            ({}, "请输入单号、手机号或就诊卡号，或选择条件"),
            ({"since": "2026-11-24", "until": "2026-11-23"}, "开始日期不能晚于结束日期"),
            ({"since": "2026-01-01", "until": "2026-11-23"}, "一次最多查 93 天"),
            ({"since": "x"}, "日期不正确"),
            ({"least": "五元"}, "金额写法不对"),
            ({"least": "5", "most": "4"}, "最低金额不能大于最高金额"),
            ({"state": "x"}, "请从列表里选择"),
        ],
    )
    async def test_what_makes_no_sense_is_said(
        self, memory_app: InMemoryApp, desk: Browser, fields: dict[str, str], words: str
    ) -> None:
        await sit_down(memory_app, desk, await an_employee(memory_app))
        again = await looked(desk, **fields)
        assert again.code == 400
        assert words in text_of(again)

    async def test_columns_are_those_that_were_chosen(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        page = text_of(await looked(desk, words=CARD, columns=["transaction", "phone", "nonsense"]))
        assert payment.parts[0].transaction_id in page
        assert "138****0001" in page
        assert PHONE not in page
        assert '<th scope="col">就诊人</th>' not in page

    async def test_a_search_is_saved_without_its_words_for_its_maker(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        found = await looked(desk, words=CARD, state="booked", since="2026-11-23", columns=["bills"])
        ticket = found.effective_url.rpartition("found=")[2]
        saved = {"found": ticket, "name": "已入账的", "act": "save"}
        assert place(await desk.submit(found, "/console/payments/views", saved)).endswith(ticket)
        page = await desk.get("/console/payments")
        assert "已入账的" in text_of(page)
        kept = dict((await memory_app.staff.get(HOSPITAL, "1001")).views)["已入账的"]
        assert not {CARD, "2026-11-23"} & set(kept.split('"'))
        opened = await desk.submit(page, "/console/payments/views", {"name": "已入账的", "act": "open"})
        shown = text_of(await desk.get(place(opened)))
        assert payment.id in shown
        assert "单据号</th>" in shown
        other = await an_employee(memory_app, "1002", name="孙收费")
        await sit_down(memory_app, desk, other)
        assert "已入账的" not in text_of(await desk.get("/console/payments"))
        await sit_down(memory_app, desk, await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务"))
        page = await desk.get("/console/payments")
        assert (await desk.submit(page, "/console/payments/views", {"name": "已入账的", "act": "open"})).code == 404
        await desk.submit(page, "/console/payments/views", {"name": "已入账的", "act": "drop"})
        assert (await memory_app.staff.get(HOSPITAL, "1001")).views


class TestTheFile:
    async def test_it_has_what_the_page_shows_masked_alike(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        found = await looked(desk, words=CARD, columns=["time", "patient", "card", "phone", "amount", "transaction"])
        file = await exported(desk, found)
        assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
        assert file.headers["Content-Disposition"].startswith('attachment; filename="payments-')
        assert rows_of(file) == [
            ["支付单号", "时间", "就诊人", "就诊卡", "手机", "金额（元）", "交易单号"],
            [
                payment.id,
                "2026-11-23 09:30:00",
                "张*试",
                "****0001",
                "138****0001",
                "37.20",
                f"{payment.parts[0].transaction_id}\t",
            ],
        ]
        for personal in (NAME, CARD, PHONE):
            assert personal not in file.body.decode()

    async def test_only_what_was_ticked_and_nothing_that_was_not_found(
        self, memory_app: InMemoryApp, desk: Browser
    ) -> None:
        first = await booked(memory_app)
        second = replace(first, id=f"{first.id[:-6]}SECOND", claims=())
        await memory_app.stores.payments.insert(second)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        found = await looked(desk, words=CARD)
        assert len(rows_of(await exported(desk, found))) == 3
        assert [row[0] for row in rows_of(await exported(desk, found, pick=[second.id, "ZF0"]))[1:]] == [second.id]
        other = await looked(desk, words=CARD, state="closed")
        assert len(rows_of(await exported(desk, other, pick=[first.id]))) == 1

    async def test_a_name_that_is_a_formula_does_nothing(self, memory_app: InMemoryApp, desk: Browser) -> None:
        payment = await booked(memory_app)
        bill = a_bill(department='=HYPERLINK("http://evil","x")')
        odd = paying_for(replace(payment, id=f"{payment.id[:-6]}FORMUL", claims=()), bill)
        await memory_app.stores.payments.insert(odd)
        await sit_down(memory_app, desk, await an_employee(memory_app))
        file = await exported(desk, await looked(desk, words=CARD, columns=["departments"]), pick=[odd.id])
        assert rows_of(file)[1][1] == '\'=HYPERLINK("http://evil","x")'

    async def test_it_is_counted_noted_and_its_maker_s(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await booked(memory_app)
        cashier = await an_employee(memory_app)
        await sit_down(memory_app, desk, cashier)
        found = await looked(desk, words=CARD, state="booked")
        await exported(desk, found)
        await memory_app.work()
        lines = [
            entry for entry in await memory_app.stores.audit.latest(HOSPITAL, 20) if entry.what.startswith("staff_")
        ]
        by_kind = {entry.what: entry.detail for entry in lines}
        assert by_kind["staff_exported"]["found"] == "1"
        assert by_kind["staff_exported"]["by"] == "card"
        assert by_kind["staff_exported"]["filters"] == "booked"
        assert by_kind["staff_exported"]["words"] == by_kind["staff_searched"]["words"]
        assert CARD not in repr(lines)
        await sit_down(memory_app, desk, await an_employee(memory_app, "3001", Role.FINANCE, name="钱财务"))
        assert (await exported(desk, found)).code == 410
        page = text_of(await desk.get("/console/audit"))
        assert "导出支付列表" in page
        await sit_down(memory_app, desk, await an_employee(memory_app, "9001", Role.ADMIN, name="管理甲"))
        assert (await desk.submit(found, "/console/payments/export", {"found": "x"})).code == 403

    async def test_exports_count_against_the_limit_of_searches(self, memory_app: InMemoryApp, desk: Browser) -> None:
        await booked(memory_app)
        cashier = await an_employee(memory_app)
        await sit_down(memory_app, desk, cashier)
        found = await looked(desk, words=CARD)
        for _ in range(200):
            answer = await exported(desk, found)
            if answer.code != 200:
                break
        assert answer.code == 429
        assert "一小时内最多查询" in text_of(answer)
