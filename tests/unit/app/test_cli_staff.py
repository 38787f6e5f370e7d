"""`run.py staff …` over the app in memory: what it prints, what it refuses, and that terms take two admins."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from server.app import cli_staff
from server.core.errors import BadInput, NotAllowed
from server.staff.model import RefundLimits, Role, StaffState
from tests.support.builders import HOSPITAL, an_identity
from tests.support.commands import acted
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp

pytestmark = pytest.mark.asyncio
ONE = ("--number", "1001", "--name", "周收费", "--role", "cashier")


async def said(memory_app: InMemoryApp, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    await acted(cli_staff.staff, words, memory_app)
    return capsys.readouterr().out


async def test_an_invitation_binds(capsys: pytest.CaptureFixture[str]) -> None:
    memory_app = InMemoryApp()
    text = await said(memory_app, capsys, "invite", *ONE, "--per-refund", "1,000.50", "--per-day", "2000")
    code = re.search(r"绑定 ([0-9A-Z]{8})", text)
    assert code, text
    staff = await memory_app.staff.bind(HOSPITAL, an_identity("openid-zhou"), code[1])
    assert (staff.role, staff.limits) == (Role.CASHIER, RefundLimits(per_refund_fen=100_050, per_day_fen=200_000))
    assert "1001  周收费  收费员  在岗，未设PIN  单笔1,000.50元 每日2,000.00元" in await said(
        memory_app, capsys, "list"
    )


async def test_who_is_bound_is_invited_again_only_on_purpose(capsys: pytest.CaptureFixture[str]) -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "1001")
    with pytest.raises(BadInput) as refused:
        await said(memory_app, capsys, "invite", *ONE)
    assert "--again" in refused.value.user_message
    assert (await memory_app.staff.get(HOSPITAL, "1001")).state is StaffState.ACTIVE
    assert "绑定" in await said(memory_app, capsys, "invite", *ONE, "--again")
    assert (await memory_app.staff.get(HOSPITAL, "1001")).state is StaffState.INVITED


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--number", "1001"), "--name"),
        (("--number", "1001", "--name", "周", "--role", "boss"), "岗位只能是 cashier, approver, finance, admin"),
        (("--number", "10-01", "--name", "周", "--role", "cashier"), "工号用数字和字母"),
        (("--number", "operator", "--name", "周", "--role", "cashier"), "至少一个数字"),
        ((*ONE, "--per-refund", "五百"), "限额写法不对"),
        ((*ONE, "--per-refund", "3000"), "限额不正确"),
        (("--file", "/nowhere/people.csv"), "不能读取"),
    ],
)
async def test_what_makes_no_sense_is_a_sentence(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    memory_app = InMemoryApp()
    with pytest.raises(BadInput) as refused:
        await said(memory_app, capsys, "invite", *words)
    assert sentence in refused.value.user_message
    assert "还没有员工" in await said(memory_app, capsys, "list")


async def test_a_file_invites_many_or_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "1001")
    left = await an_employee(memory_app, "1002")
    await said(memory_app, capsys, "leave", "--number", left.number)
    people = tmp_path / "people.csv"
    rows = ["number,name,role,per_refund,per_day", "1001,甲,cashier,1,2", "1002,乙,cashier,1,2", "1003,丙,finance,1,2"]
    people.write_text("\n".join([*rows, "1004,丁,nobody,1,2"]), "utf-8")
    with pytest.raises(BadInput):
        await said(memory_app, capsys, "invite", "--file", str(people))
    assert len(await memory_app.staff.everybody(HOSPITAL)) == 2
    people.write_text("\n".join(rows), "utf-8")
    text = await said(memory_app, capsys, "invite", "--file", str(people))
    assert re.findall(r"^\d{4}", text, re.M) == ["1003"], "neither who is bound nor who has left"


async def test_an_invitation_from_the_console_is_agreed_to_here_and_gives_the_code(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory_app = InMemoryApp()
    first, second = [
        await an_employee(memory_app, number, Role.ADMIN, name=f"管理{number}") for number in ("9001", "9002")
    ]
    limits = RefundLimits(per_refund_fen=1, per_day_fen=1)
    await memory_app.console.office.invite(await first.now(), first.proof(), "2001", "王", Role.FINANCE, limits)
    assert (
        await memory_app.stores.short_lived.get("staff_newest_invite", f"{HOSPITAL}:2001", memory_app.clock.now())
        is None
    )
    assert "待确认邀请：财务" in await said(memory_app, capsys, "list")
    proof = second.proof()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{proof.pin}\n{proof.totp}\n"))
    assert re.search(r"绑定 [0-9A-Z]{8}", await said(memory_app, capsys, "agree", "--number", "2001", "--by", "9002"))


async def test_other_limits_take_two_admins(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    memory_app = InMemoryApp()
    await an_employee(memory_app, "1001")
    first, second = [
        await an_employee(memory_app, number, Role.ADMIN, name=f"管理{number}") for number in ("9001", "9002")
    ]

    def types(admin: Employee) -> None:
        proof = admin.proof()
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{proof.pin}\n{proof.totp}\n"))

    terms = ("--number", "1001", "--per-refund", "900", "--per-day", "900")
    types(first)
    assert "待确认：收费员 单笔900.00元" in await said(memory_app, capsys, "limits", *terms, "--by", "9001")
    types(first)
    with pytest.raises(NotAllowed):
        await said(memory_app, capsys, "agree", "--number", "1001", "--by", "9001")
    types(second)
    await said(memory_app, capsys, "agree", "--number", "1001", "--by", "9002")
    assert (await memory_app.staff.get(HOSPITAL, "1001")).limits == RefundLimits(
        per_refund_fen=90_000, per_day_fen=90_000
    )
    monkeypatch.setattr("sys.stdin", io.StringIO("908172\n000000\n"))
    with pytest.raises(NotAllowed):
        await said(memory_app, capsys, "limits", *terms, "--by", "9001")
