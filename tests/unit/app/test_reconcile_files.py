"""`run.py reconcile` on files alone: what it prints, and the exit status by which a script knows."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from server.app.cli import answer
from server.app.cli_reconcile import CLOSED, DIFFERING, NOT_RUN, DayFiles, Progress, run

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = ROOT / "tests" / "sandbox" / "golden"
OURS = """kind,number,payment_number,amount_fen,at
payment,GOLDEN20260302A001,,12800,2026-03-02T09:07:00
payment,GOLDEN20260302A002,,5,2026-03-02T09:14:00
payment,GOLDEN20260302A003,,30000,2026-03-02T09:21:00
refund,GOLDEN20260302A001R01,GOLDEN20260302A001,3300,2026-03-02T09:28:00
"""
ALIPAY = """kind,number,payment_number,amount_fen,at
payment,GOLDEN20260302B001,,8800,2026-03-02T09:35:05
payment,GOLDEN20260302B002,,50,2026-03-02T09:42:05
refund,GOLDEN20260302B001R01,GOLDEN20260302B001,800,2026-03-02T09:49:05
"""


def files(folder: Path, ours: str = OURS, his: str | None = OURS, **more: object) -> DayFiles:
    (folder / "ours.csv").write_text(ours, "utf-8")
    if his is not None:
        (folder / "his.csv").write_text(his, "utf-8")
    words: dict[str, Any] = {
        "channel": GOLDEN / "wechat-ALL-older.csv",
        "fund": GOLDEN / "wechat-BASIC-2026-03-02.csv",
        "his": folder / "his.csv" if his is not None else None,
    }
    return DayFiles(folder / "ours.csv", **words | more)


def test_a_day_that_agrees_is_closed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files(tmp_path)) == CLOSED
    said = capsys.readouterr().out
    assert "2026-03-02 对账：平" in said
    assert "渠道交易账单：收款 3 笔 428.05 元，退费 1 笔 33.00 元，手续费 2.38 元" in said
    assert "渠道资金账单：收款 3 笔 428.05 元，退费 1 笔 33.00 元，手续费 2.38 元" in said
    assert "账户：期初 0.00 + 收入 428.05 − 支出 33.00 − 手续费 2.38 = 期末 392.67 元" in said
    assert "已勾兑 4 笔，差异 0 笔，跨日待勾兑 0 笔" in said


def test_the_other_channels_files_are_recognised(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    channel, fund = GOLDEN / "alipay-trade-2026-03-02.csv", GOLDEN / "alipay-fund-2026-03-02-newer.csv"
    assert run(files(tmp_path, ALIPAY, ALIPAY, channel=channel, fund=fund)) == CLOSED
    assert "已勾兑 3 笔" in capsys.readouterr().out


def test_what_differs_is_said_with_its_cause(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    his = OURS.replace("30000", "29000")
    assert run(files(tmp_path, his=his)) == DIFFERING
    said = capsys.readouterr().out
    assert (
        "金额不一致 GOLDEN20260302A003：本系统 300.00 元，渠道交易账单 300.00 元，医院系统 290.00 元。长款 10.00 元。"
        in said
    )
    assert "医院系统的金额与渠道不同。请在医院系统里更正。" in said


@pytest.mark.parametrize(("prefix", "behind"), [("GOLDEN", ""), ("ZH", "（其他系统）")])
def test_a_difference_of_the_account_is_another_system_s_only_where_its_order_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], prefix: str, behind: str
) -> None:
    told = GOLDEN.joinpath("wechat-BASIC-2026-03-02.csv").read_text("utf-8-sig")
    fee = next(line for line in told.splitlines() if "扣除交易手续费" in line)
    (tmp_path / "fund.csv").write_text(told.replace(fee, fee.replace("`扣除交易手续费", "`别的")), "utf-8-sig")
    ours = OURS if prefix == "GOLDEN" else OURS.splitlines()[0] + "\n"
    wanted = files(tmp_path, ours, OURS, fund=tmp_path / "fund.csv", prefix=prefix, day=date(2026, 3, 2))
    assert run(wanted) == DIFFERING
    lines = capsys.readouterr().out.splitlines()
    number = fee.split(",")[1].lstrip("`")
    assert [line.split("：")[0] for line in lines if line.startswith("手续费不一致")] == [
        f"手续费不一致 {number}{behind}"
    ]


def test_without_a_his_list_the_rest_is_compared(tmp_path: Path) -> None:
    assert run(files(tmp_path, his=None, fund=None)) == CLOSED
    ours = "\n".join(OURS.splitlines()[:-2])
    assert run(files(tmp_path, ours, his=None, fund=None)) == DIFFERING


WITHDRAWN = """记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),资金变更提交申请人,备注,业务凭证号
`2026-03-02 06:00:00,`WD1,`WD1,`提现,`提现,`支出,`80.00,`20.00,`system,`提现到银行卡0001,`WD1
资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额
`1.0,`0.0,`0.00,`1.0,`80.00
"""
BANK = "交易日期,贷方发生额,借方发生额,余额,附言\n2026-03-0{},{},0.00,500.00,{}\n"


@pytest.mark.parametrize(
    ("bank", "status", "sentence"),
    [
        (BANK.format(3, "80.00", "结算款 WD1"), CLOSED, "对账：平"),
        (BANK.format(3, "79.00", "结算款 WD1"), DIFFERING, "银行到账金额与提现金额不同。请向银行核实。"),
        (BANK.format(3, "5.00", "货款"), CLOSED, "跨日待勾兑 1 笔"),
        (BANK.format(9, "5.00", "货款"), DIFFERING, "渠道已提现，银行还没有到账。请向银行核实。"),
        (BANK.format(9, "5.00", "货款"), DIFFERING, "银行未到账 WD1："),
    ],
)
def test_withdrawals_are_looked_for_at_the_bank(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bank: str, status: int, sentence: str
) -> None:
    (tmp_path / "bank.csv").write_text(bank, "gb18030")
    (tmp_path / "fund.csv").write_text(WITHDRAWN, "utf-8-sig")
    ours = OURS.splitlines()[0] + "\n"
    empty = GOLDEN / "wechat-ALL-newer-empty.csv"
    there = {"channel": empty, "fund": tmp_path / "fund.csv", "bank": tmp_path / "bank.csv", "prefix": "GOLDEN"}
    assert run(files(tmp_path, ours, ours, day=date(2026, 3, 2), **there)) == status
    assert sentence in capsys.readouterr().out


@pytest.mark.parametrize(
    ("ours", "sentence"),
    [
        ("", "ours.csv：文件是空的。没有收退费的日子也要有第一行列名。"),
        ("a,b\n1,2\n", "第一行是列名，至少有kind、number"),
        (OURS.replace("30000", "x"), "ours.csv：这一行不能识别"),
        (OURS.replace("30000", "-30000"), "line 4"),
        (OURS.splitlines()[0] + "\n", "看不出本系统的单号以什么开头，请加上 --prefix"),
        ("PK\x03\x04", "请重新导出，不要用表格软件打开再保存"),
    ],
)
def test_what_can_not_be_read_is_not_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ours: str, sentence: str
) -> None:
    assert run(files(tmp_path, ours)) == NOT_RUN
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "coding"),
    [
        ("wechat-ALL-older.csv", "gb18030"),
        ("alipay-trade-2026-03-02.csv", "utf-8-sig"),
        ("alipay-trade-2026-03-02.csv", "utf-8"),
    ],
)
def test_a_statement_in_another_encoding_was_saved_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, coding: str
) -> None:
    own = "utf-8-sig" if name.startswith("wechat") else "gb18030"
    (tmp_path / name).write_bytes((GOLDEN / name).read_bytes().decode(own).encode(coding))
    assert run(files(tmp_path, channel=tmp_path / name, fund=None)) == NOT_RUN
    assert "被表格软件重新保存过" in capsys.readouterr().err


@pytest.mark.parametrize("start", [b"\xd0\xcf\x11\xe0", "交易时间\t".encode("utf-16")])
def test_a_workbook_and_its_text_in_a_statement_s_place_were_saved_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], start: bytes
) -> None:
    (tmp_path / "statement").write_bytes(start + b"\0" * 400)
    assert run(files(tmp_path, channel=tmp_path / "statement")) == NOT_RUN
    assert "statement：这个文件被表格软件重新保存过，单号和时间已经改变。请到商户平台" in capsys.readouterr().err


def test_a_bank_s_file_that_is_none_is_told_in_a_bank_s_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bank.csv").write_text("a,b\n1,2\n")
    assert run(files(tmp_path, bank=tmp_path / "bank.csv")) == NOT_RUN
    assert "bank.csv：这不是能识别的银行流水" in capsys.readouterr().err


def test_a_pipe_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(tmp_path / "pipe")
    kept_open = os.open(tmp_path / "pipe", os.O_RDWR)
    try:
        assert run(files(tmp_path, channel=tmp_path / "pipe")) == NOT_RUN
    finally:
        os.close(kept_open)
    assert "pipe：不能从管道读，请先存成文件。" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(files(tmp_path, channel=tmp_path / "none.csv")) == NOT_RUN
    assert "none.csv" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--ours", "x"], "--channel"),
        (["--hospital", "demo"], "say which day"),
        (["--ours", "x", "--channel", "y", "--bank", "z"], "--bank needs --fund"),
        (["--ours", "x", "--channel", "y", "--day", "2026-02-30"], "2026-02-30 is no day"),
    ],
)
def test_words_that_are_none_are_not_run(words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["reconcile", *words]) == NOT_RUN
    assert sentence in capsys.readouterr().err


def test_progress_says_rows_rate_and_time_left(tmp_path: Path) -> None:
    (tmp_path / "rows").write_bytes(b"x" * 100)
    with (tmp_path / "rows").open("rb") as file:
        file.read(25)
        assert Progress("渠道", file, 100).line(30_000, 2.0) == "渠道 30,000，每秒 15,000，还需约 6 秒\x1b[K"
    assert Progress("勾兑").line(10, 2.0) == "勾兑 10，每秒 5\x1b[K"


def test_progress_of_matching_is_told_in_rows(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    parts = [["a", "b", "c"], ["d"]]
    assert list(Progress("勾兑", size=4, weight=len).over(parts)) == parts
    assert "勾兑 4，每秒" in capsys.readouterr().err
    assert Progress("勾兑", size=4, weight=len).line(3, 3.0) == "勾兑 3，每秒 1，还需约 1 秒\x1b[K"


def test_the_command_needs_no_database(tmp_path: Path) -> None:
    words = files(tmp_path)
    ran = subprocess.run(
        [sys.executable, ROOT / "run.py", "reconcile", "--ours", words.ours, "--channel", words.channel],
        capture_output=True, timeout=60, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (ran.returncode, "对账：平" in ran.stdout.decode()) == (0, True), ran.stderr
