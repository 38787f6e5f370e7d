"""`run.py balances …`: old outpatient balances whose owners no message has reached, as a list for the hospital. Seeing it is a line in the audit chain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.app.cli_words import FILE, Act, AtHospital, Group
from server.app.new_files import new_file
from server.app.shell_user import operator
from server.core.money import yuan_text
from server.old_balances.unreached_file import head_text, lines_text

if TYPE_CHECKING:
    from server.app.services import Services


@click.group(cls=Group)
def balances() -> None:
    """Old outpatient balances: unreached. 门诊余额"""


@balances.command(cls=AtHospital, example="--out unreached.csv")
@click.option("--out", metavar="FILE", type=FILE, required=True, help="A file that is not there yet.")
def unreached(out: Path) -> Act:
    """Cards with a balance whose people no message has reached, as CSV in a new file that only its owner reads 未通知到."""

    async def act(services: Services, hospital: str) -> None:
        count, sum_fen = 0, 0
        with new_file(out) as file:
            file.write(head_text())
            async for page in services.unreached.taken_along(hospital, operator()):
                file.write(lines_text(page.found))
                count, sum_fen = count + len(page.found), sum_fen + page.sum_fen
        print(f"{out}: {count}张就诊卡，共{yuan_text(sum_fen)}元没有通知到。")

    return act
