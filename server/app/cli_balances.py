"""`run.py balances …`: old outpatient balances whose owners no message has reached, as a list for the hospital. Seeing it is a line in the audit chain."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.app.cli_words import FILE, Act, AtHospital, Group
from server.app.new_files import new_file
from server.app.shell_user import operator
from server.core.csv_cells import BOM, safe_cell
from server.core.money import plain_yuan_text, yuan_text
from server.old_balances.unreached import Unreached, WhyNot

if TYPE_CHECKING:
    from server.app.services import Services

HEAD = ("就诊卡号", "姓名", "登记的手机号", "余额（元）", "为什么没有通知到")
WHY = {WhyNot.NOBODY_BOUND: "没有人绑定这张卡", WhyNot.NOT_ARRIVED: "有人绑定，消息没有送到"}


@click.group(cls=Group)
def balances() -> None:
    """Old outpatient balances: unreached. 门诊余额"""


@balances.command(cls=AtHospital, example="--out unreached.csv")
@click.option("--out", metavar="FILE", type=FILE, required=True, help="A file that is not there yet.")
def unreached(out: Path) -> Act:
    """Cards with a balance whose people no message has reached, as CSV in a new file that only its owner reads 未通知到."""

    async def act(services: Services, hospital: str) -> None:
        with new_file(out) as file:
            found = await services.unreached.told(hospital, operator())
            file.write(BOM)
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(HEAD)
            writer.writerows([safe_cell(cell) for cell in _cells(one)] for one in found)
        total_fen = sum(one.balance.balance_fen for one in found)
        print(f"{out}: {len(found)}张就诊卡，共{yuan_text(total_fen)}元没有通知到。")

    return act


def _cells(one: Unreached) -> tuple[str, ...]:
    line = one.balance
    return (
        line.card_no,
        line.patient_name,
        line.phone,
        plain_yuan_text(line.balance_fen),
        WHY[one.why],
    )
