"""`run.py person …`: what is held about one person, told or erased. What each act means is `privacy/records`.

Whoever stands here has seen that the person is who they say. The fact by which the person is found is typed unseen or comes from a pipe:
words of a command stand in the list of processes. Each act is a line in the audit chain, done by ``cli:<login>``.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.app import bootstrap
from server.app.cli_words import WRONG_WORDS, WordsParser
from server.app.services import Services
from server.app.shell_user import operator
from server.core.errors import BadInput, Refusal
from server.payments.rules.erasing import Kept
from server.payments.texts import PAYMENT_NUMBER
from server.privacy.records import FoundBy

if TYPE_CHECKING:
    from settings import Settings

OK, FAILED = 0, 1
ASKED = {FoundBy.PAYMENT: f"{PAYMENT_NUMBER} payment", FoundBy.PAYER: "付款人 payer", FoundBy.CARD: "就诊卡号 card"}
KEPT = {
    Kept.UNDER_WAY: "还在办理，办完后再执行一次",
    Kept.TAMPERED: "记录在数据库里被改过，先查明原因",
    Kept.STAFF: "与本院员工有关，退费复核要用，保留",
}
Act = Callable[[Services, str, argparse.Namespace], Coroutine[Any, Any, None]]


def understood(words: Sequence[str]) -> argparse.Namespace:
    """The command that ``words`` are. Ends the process with a sentence for those that are none."""
    return _parser().parse_args(words)


def run(settings: Settings, hospitals: Sequence[str], arguments: argparse.Namespace) -> int:
    """One command; ``hospitals`` are the ids of those that there are. Exit status as `run.py`'s."""
    hospital = arguments.hospital or (hospitals[0] if len(hospitals) == 1 else "")
    if hospital not in hospitals:
        print(f"run.py: say which hospital: --hospital {hospitals[0]}", file=sys.stderr)
        return WRONG_WORDS
    act: Act = arguments.act
    try:
        bootstrap.once(settings, lambda process: act(process.parts.services, hospital, arguments))
    except Refusal as refusal:
        print(f"run.py: {refusal.user_message}", file=sys.stderr)
        return FAILED
    return OK


async def _export(services: Services, hospital: str, arguments: argparse.Namespace) -> None:
    """Into a new file that only its owner reads."""
    by = FoundBy(arguments.by)
    person = await services.person_records.find(hospital, by, _fact(by))
    file = _new_file(arguments.out)
    try:
        with os.fdopen(file, "w", encoding="utf-8") as out:
            json.dump(await services.person_records.export(person, operator()), out, ensure_ascii=False, indent=1)
    except BaseException:
        arguments.out.unlink(missing_ok=True)
        raise
    print(f"{arguments.out}: 已导出。交给本人后请删除。")


def _new_file(path: Path) -> int:
    """Raises BadInput for one that exists or can't be made."""
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadInput("file", user_message=f"{path}: 不能新建这个文件（{error.strerror}）。") from error


async def _erase(services: Services, hospital: str, arguments: argparse.Namespace) -> None:
    by = FoundBy(arguments.by)
    person = await services.person_records.find(hospital, by, _fact(by))
    if not arguments.yes and _asked("不能撤销。确认删除请输入 yes: ").strip() != "yes":
        raise BadInput("not confirmed", user_message="没有删除任何内容。")
    done = await services.person_records.erase(person, operator())
    print(f"{done.payments}笔支付不再记录姓名等信息，解除{done.cards}张就诊卡，结束{done.sessions}个登录。")
    for number, kept in sorted(done.kept.items()):
        print(f"{number}: {KEPT[kept]}")


def _fact(by: FoundBy) -> str:
    """Raises BadInput for none."""
    ask = getpass.getpass if sys.stdin.isatty() else lambda prompt: sys.stdin.readline()
    fact = ask(f"{ASKED[by]}: ").strip()
    if not fact:
        raise BadInput("fact", user_message=f"请输入{ASKED[by]}。")
    return fact


def _asked(prompt: str) -> str:
    return input(prompt) if sys.stdin.isatty() else sys.stdin.readline()


class _Parser(WordsParser):
    of = "run.py person"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="run.py person",
        description="What is held about one person, found by a fact that was verified; it is asked for, and never a word here. 个人信息",
    )
    commands = parser.add_subparsers(metavar="command", parser_class=_Parser, required=True)

    def command(name: str, act: Act, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(act=act)
        made.add_argument("--hospital", metavar="ID", help="needed where there are several")
        made.add_argument(
            "--by",
            choices=[str(by) for by in FoundBy],
            required=True,
            help="payment, payer: whoever paid; card: the patient",
        )
        return made

    export = command("export", _export, "all that is held, as JSON in a new file 导出")
    export.add_argument("--out", metavar="FILE", type=Path, required=True)
    erase = command("erase", _erase, "end bindings, logins and contact data; payments no longer say who 删除")
    erase.add_argument("--yes", action="store_true", help="do not ask")
    return parser
