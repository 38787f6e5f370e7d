"""银行到账 in the console: a bank's file is shown as it was read before it is taken over, and payouts are a register."""

from __future__ import annotations

import csv
import io
import re

import pytest
from tornado.httpclient import HTTPResponse

from server.core.days import hospital_day
from server.reconciliation.model import Leg, Row, RowKind, RowState
from server.reconciliation.rules.bank_book import with_withdrawals
from server.staff.model import Role
from tests.handlers.conftest import TOKEN, Browser, place, text_of
from tests.handlers.console import sit_down
from tests.handlers.test_console_reconciliation import finance
from tests.support.builders import HOSPITAL
from tests.support.employees import an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.gen_test
URL = "/console/reconciliation/bank"
NUMBER = "1107202611220001"


async def upload(desk: Browser, page: HTTPResponse, content: bytes, account: str = "") -> HTTPResponse:
    """As a browser sends the form with a file."""
    found = TOKEN.search(text_of(page))
    assert found is not None
    fields = {"_xsrf": found[1], "do": "read", "account": account}
    parts = [f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n' for name, text in fields.items()]
    head = '--B\r\nContent-Disposition: form-data; name="file"; filename="流水.csv"\r\nContent-Type: text/csv\r\n\r\n'
    encoded = "".join([*parts, head]).encode() + content + b"\r\n--B--\r\n"
    return await desk.send_bytes(URL, encoded, "multipart/form-data; boundary=B")


def statement(memory_app: InMemoryApp) -> bytes:
    day = hospital_day(memory_app.clock.now())
    return f"账号,交易日期,贷方发生额,附言,交易流水号\n6222000000000001,{day},5.00,提现 {NUMBER},B1\n".encode("gb18030")


async def pays_out(memory_app: InMemoryApp) -> None:
    row = Row(Leg.FUND, RowKind.WITHDRAWAL, NUMBER, "", 500, RowState.DONE, memory_app.clock.now())
    before = await memory_app.stores.bank.get(HOSPITAL)
    await memory_app.stores.bank.save(before, with_withdrawals(before, "wechat", [row]))


async def test_a_file_is_shown_before_it_is_taken_over(memory_app: InMemoryApp, desk: Browser) -> None:
    await pays_out(memory_app)
    await finance(memory_app, desk)
    page = await desk.get(URL)
    assert "没有银行流水" in text_of(page)
    shown = await upload(desk, page, statement(memory_app))
    for text in ("尾号0001", "1笔 ¥5.00", "能对上提现", NUMBER):
        assert text in text_of(shown)
    assert (await memory_app.stores.bank.get(HOSPITAL)).files == (), "nothing happens before it is confirmed"
    name = re.search(r'name="file" value="([0-9a-f]{64})"', text_of(shown))
    assert name is not None
    kept = await desk.submit(shown, URL, {"do": "keep", "file": name[1], "account": "尾号0001"})
    assert place(kept) == f"{URL}?done=kept"
    book = await memory_app.stores.bank.get(HOSPITAL)
    assert [(each.account, each.by, each.came_fen) for each in book.files] == [("尾号0001", "staff:3001", 500)]
    after = await desk.get(URL)
    assert "已到账" in text_of(after)
    sheet = await desk.submit(after, URL, {"do": "sheet", "kind": "csv"})
    lines = list(csv.reader(io.StringIO(text_of(sheet).removeprefix("\ufeff"))))
    assert (lines[0][3:6], lines[1][3:6]) == (["应到", "已到", "差额"], ["5.00", "5.00", "0.00"])


async def test_who_handed_a_file_in_stands_in_the_audit_chain(memory_app: InMemoryApp, desk: Browser) -> None:
    await finance(memory_app, desk)
    shown = await upload(desk, await desk.get(URL), statement(memory_app))
    name = re.search(r'name="file" value="([0-9a-f]{64})"', text_of(shown))
    assert name is not None
    await desk.submit(shown, URL, {"do": "keep", "file": name[1], "account": "尾号0001"})
    await memory_app.work()
    entries = await memory_app.stores.audit.latest(HOSPITAL, 50)
    lines = [entry.detail for entry in entries if entry.what == "bank_file_handed_in"]
    assert [(line["file"], line["account"], line["rows"]) for line in lines] == [(name[1], "尾号0001", "1")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "文件是空的"), (b"\xd0\xcf\x11\xe0", "表格软件重新保存过"), ("你好,世界\n1,2\n".encode(), "不是能识别的银行流水"),
        ("账号,交易日期,贷方发生额,交易流水号\n6222000000000001,2026-11-22,5.00,4.2E+27\n".encode(), "表格软件重新保存过"),
        ("交易日期,贷方发生额\n2026-11-22,5.00\n".encode(), "文件里没有写账号"), (b"x" * (401 * 1024), "文件太大"),
    ],
)  # fmt: skip
async def test_a_file_that_can_not_be_used_is_refused_with_what_to_do(
    memory_app: InMemoryApp, desk: Browser, content: bytes, words: str
) -> None:
    await finance(memory_app, desk)
    answer = await upload(desk, await desk.get(URL), content)
    assert answer.code == 400
    assert words in text_of(answer)
    assert (await memory_app.stores.bank.get(HOSPITAL)).files == ()


async def test_a_form_without_a_file_or_with_an_unknown_one_is_refused(memory_app: InMemoryApp, desk: Browser) -> None:
    await finance(memory_app, desk)
    page = await desk.get(URL)
    assert "请选择网上银行" in text_of(await desk.submit(page, URL, {"do": "read"}))
    for name in ("ab" * 32, "../secret"):
        answer = await desk.submit(page, URL, {"do": "keep", "file": name, "account": "尾号0001"})
        assert (answer.code, "请重新上传" in text_of(answer)) == (400, True)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.FINANCE}))
async def test_only_finance_enters(memory_app: InMemoryApp, desk: Browser, role: Role) -> None:
    await sit_down(memory_app, desk, await an_employee(memory_app, role=role))
    assert (await desk.get(URL)).code == 403
    manual = await desk.get("/console/manual")
    assert (await desk.submit(manual, URL, {"do": "keep", "file": "ab" * 32})).code == 403
