"""`run.py person …`: what is held about one person, told or erased. What each act means is `privacy/records`.

Whoever stands here has seen that the person is who they say. The fact by which the person is found is typed unseen or comes from a pipe:
words of a command stand in the list of processes. Each act is a line in the audit chain, done by ``cli:<login>``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.app.cli_words import FILE, Act, AtHospital, Decorated, Group
from server.app.new_files import new_file
from server.app.shell_user import operator, typed_unseen
from server.core.errors import BadInput
from server.payments.rules.erasing import KeptReason
from server.payments.texts import PAYMENT_NUMBER
from server.privacy.model import FoundBy

if TYPE_CHECKING:
    from server.app.services import Services

ASKED = {FoundBy.PAYMENT: f"{PAYMENT_NUMBER} payment", FoundBy.PAYER: "付款人 payer", FoundBy.CARD: "就诊卡号 card"}
KEPT = {
    KeptReason.UNDER_WAY: "还在办理，办完后再执行一次",
    KeptReason.TAMPERED: "记录在数据库里被改过，先查明原因",
    KeptReason.STAFF: "与本院员工有关，退费复核要用，保留",
}


@click.group(cls=Group)
def person() -> None:
    """What is held about one person, found by a fact that was verified; it is asked for, and never a word here. 个人信息"""


def _found(command: Decorated) -> Decorated:
    ways, text = click.Choice([str(by) for by in FoundBy]), "payment, payer: whoever paid; card: the patient."
    return click.option("--by", type=ways, required=True, help=text)(command)


@person.command("export", cls=AtHospital, example="--by card --out person.json")
@_found
@click.option("--out", metavar="FILE", type=FILE, required=True, help="A file that is not there yet.")
def _export(by: str, out: Path) -> Act:
    """All that is held, as JSON in a new file that only its owner reads 导出."""

    async def act(services: Services, hospital: str) -> None:
        records = services.person_records
        held = await records.find(hospital, FoundBy(by), _fact(FoundBy(by)))
        with new_file(out) as file:
            json.dump(await records.export(held, operator()), file, ensure_ascii=False, indent=1)
        print(f"{out}: 已导出。交给本人后请删除。")

    return act


@person.command("erase", cls=AtHospital, example="--by payment")
@_found
@click.option("--yes", is_flag=True, help="Do not ask.")
def _erase(by: str, yes: bool) -> Act:
    """End bindings, logins and contact data; payments no longer say who 删除."""

    async def act(services: Services, hospital: str) -> None:
        records = services.person_records
        held = await records.find(hospital, FoundBy(by), _fact(FoundBy(by)))
        if not yes and _asked("不能撤销。确认删除请输入 yes: ").strip() != "yes":
            raise BadInput("not confirmed", user_message="没有删除任何内容。")
        done = await records.erase(held, operator())
        print(f"{done.payments}笔支付不再记录姓名等信息，解除{done.cards}张就诊卡，结束{done.sessions}个登录。")
        for number, kept in sorted(done.kept.items()):
            print(f"{number}: {KEPT[kept]}")

    return act


def _fact(by: FoundBy) -> str:
    """Raises BadInput for none."""
    fact = typed_unseen(f"{ASKED[by]}: ")
    if not fact:
        raise BadInput("fact", user_message=f"请输入{ASKED[by]}。")
    return fact


def _asked(prompt: str) -> str:
    return input(prompt) if sys.stdin.isatty() else sys.stdin.readline()
