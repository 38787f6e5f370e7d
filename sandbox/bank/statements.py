"""Account statements of the hospital's bank, as CSV from its counter's page: payouts that have arrived, and other money."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Literal

from sandbox.bank.accounts import ACCOUNTS, BankAccount
from sandbox.world.payouts import Payouts
from sandbox.world.scene import Scene
from sandbox.world.settings import Setting, Settings
from sandbox.world.statement_faults import spoilt
from sandbox.world.wire import Record

OTHER = "bank.other"
PLACE = "bank.statement"
FAULTS = {"missing_row", "doubled_row", "half_written", "late_file"}
ENCODING = "bank_statement_encoding"
SETTINGS: Settings = {ENCODING: Setting("gbk", Literal["gbk", "utf-8-sig"], "gbk or utf-8-sig")}
COLUMNS = ("交易日期", "交易时间", "账号", "借方发生额", "贷方发生额", "余额", "对方户名", "摘要", "附言", "交易流水号")
ARRIVES_AT, OTHER_AT = "10:00:00", "15:30:00"


class NotReady(Exception):
    """The bank has no statement of these days yet."""


class BankStatements:
    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._payouts = Payouts(scene)
        scene.faults.offer(SETTINGS)
        scene.faults.places |= {PLACE}
        scene.faults.special |= {PLACE: FAULTS}

    def book(self, account: BankAccount, amount_fen: int, payer: str, text: str) -> Record:
        """Other money, today: below 0 it leaves the account."""
        number = f"other{self._scene.records.count(OTHER) + 1:08d}"
        row = {"account": account.number, "day": self._scene.clock.today.isoformat(), "time": OTHER_AT, "amount_fen": amount_fen,
               "payer": payer, "words": "转账", "text": text, "number": number}  # fmt: skip
        return self._scene.records.put(OTHER, number, row)

    def file(self, account: BankAccount, first: date, last: date) -> bytes:
        """Raises NotReady."""
        what = (self._scene.faults.strike(PLACE) or {"what": ""})["what"]
        if what == "late_file":
            raise NotReady
        before = sum(row["amount_fen"] for row in self.rows(account, date.min, last) if row["day"] < first.isoformat())
        text = _csv(account, spoilt(self.rows(account, first, last), what), before)
        body = text.encode(self._scene.faults.settings[ENCODING], "replace")
        return body[: len(body) // 2] if what == "half_written" else body

    def rows(self, account: BankAccount, first: date, last: date) -> list[Record]:
        """What was booked on the account until today, oldest first."""
        until = min(last, self._scene.clock.today).isoformat()
        arrived = [
            {"account": account.number, "day": each["arrives"], "time": ARRIVES_AT, "amount_fen": each["arrived_fen"], "payer": account.payer,
             "words": "结算款", "text": f"{account.words} {each['number']}", "number": each["number"]}
            for each in self._payouts.all() if each["account"] == account.number and each["arrived_fen"]
        ]  # fmt: skip
        other = [row for row in self._scene.records.all(OTHER) if row["account"] == account.number]
        within = [row for row in [*arrived, *other] if first.isoformat() <= row["day"] <= until]
        return sorted(within, key=lambda row: (row["day"], row["time"], row["number"]))

    def books(self) -> Record:
        """For the controls: accounts with what is in them, and every payout."""
        accounts = [
            {"channel": channel, "account": account.number, "bank": account.bank, "title": account.title,
             "balance_fen": sum(row["amount_fen"] for row in self.rows(account, date.min, date.max))}
            for channel, account in ACCOUNTS.items()
        ]  # fmt: skip
        return {"accounts": accounts, "payouts": self._payouts.all()}


def _csv(account: BankAccount, rows: list[Record], balance_fen: int) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        fen = row["amount_fen"]
        balance_fen += fen
        amounts = [_yuan(max(-fen, 0)), _yuan(max(fen, 0)), _yuan(balance_fen)]
        serial = f"B{row['day'].replace('-', '')}{row['number'][-8:]}"
        writer.writerow(
            [row["day"], row["time"], account.number, *amounts, row["payer"], row["words"], row["text"], serial]
        )
    return text.getvalue()


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"
