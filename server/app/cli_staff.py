"""`run.py staff …`: who works here, said at the server's own console. What each act means is `staff/service` and `console/staff_room`.

Whoever stands here has the keys of the house anyway, so inviting and cutting off ask for no proof and are noted as done by ``cli:<login>``;
another role or other limits are proposed and agreed to by two admins, each with PIN and code, as in the console.
"""

from __future__ import annotations

import argparse
import csv
import getpass
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.app import bootstrap
from server.app.cli_words import WRONG_WORDS, WordsParser
from server.app.services import Services
from server.app.shell_user import operator
from server.console.staff_room import must_be_invitable
from server.core.actors import actor_of
from server.core.errors import BadInput, NotFound, Refusal
from server.core.money import yuan_text
from server.core.typed import amount_typed
from server.staff.actor_texts import who
from server.staff.model import RefundLimits, Role, Staff, StaffState
from server.staff.proofs import Proof

if TYPE_CHECKING:
    from settings import Settings

OK, FAILED = 0, 1
ROLE_NAMES = {Role.CASHIER: "收费员", Role.APPROVER: "审批", Role.FINANCE: "财务", Role.ADMIN: "管理员"}
STATE_NAMES = {
    StaffState.PROPOSED: "待确认邀请",
    StaffState.INVITED: "待绑定",
    StaffState.ACTIVE: "在岗",
    StaffState.LEFT: "已离岗",
}
COLUMNS = ["number", "name", "role", "per_refund", "per_day"]
PEOPLE_MAX = 1000
Act = Callable[[Services, str, argparse.Namespace], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class Person:
    number: str
    name: str
    role: Role
    limits: RefundLimits


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


# ---- inviting ----------------------------------------------------------------------------------------------------------------------


async def _invite(services: Services, hospital: str, arguments: argparse.Namespace) -> None:
    people = list(_people_of(arguments.file)) if arguments.file else [_person(vars(arguments))]
    for person in people:
        known = await _known(services, hospital, person.number)
        if known is None or known.state is StaffState.INVITED or arguments.again:
            await _invite_one(services, hospital, person)
        elif not arguments.file:
            told = f"工号{person.number}{STATE_NAMES[known.state]}。换了手机、忘记PIN或回来上班请加 --again，原绑定立即失效。"
            raise BadInput("known", user_message=told)


async def _known(services: Services, hospital: str, number: str) -> Staff | None:
    try:
        return await services.staff.get(hospital, number)
    except NotFound:
        return None


async def _invite_one(services: Services, hospital: str, person: Person) -> None:
    code = await services.staff.invite(hospital, person.number, person.name, person.role, person.limits, operator())
    staff = await services.staff.get(hospital, person.number)
    print(f"{_line(staff)}{_say(code)}")


def _say(code: str) -> str:
    return f"\n    say within a day in the hospital's chat 请在24小时内在公众号聊天里发送：绑定 {code}"


def _people_of(file: Path) -> Iterator[Person]:
    """A CSV file in UTF-8 with a line of column names. Raises BadInput for what is none."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput("file", user_message=f"{file}: 不能读取，需要UTF-8的CSV文件。") from error
    if not 0 < len(rows) <= PEOPLE_MAX or any(list(row) != COLUMNS for row in rows):
        raise BadInput(
            "file", user_message=f"{file}: 第一行应是 {','.join(COLUMNS)}，以下每人一行，最多{PEOPLE_MAX}人。"
        )
    yield from [_person(row) for row in rows]  # all are checked before the first is invited


def _person(given: dict[str, str]) -> Person:
    """Raises BadInput with a sentence."""
    if any(not given[name] for name in COLUMNS):
        raise BadInput("missing", user_message="需要 --number --name --role，或 --file。")
    if given["role"] not in set(Role):
        raise BadInput("role", user_message=f"工号{given['number']}: 岗位只能是 {', '.join(Role)}。")
    limits = _limits(given["per_refund"], given["per_day"])
    must_be_invitable(given["number"], given["name"], limits)
    return Person(given["number"], given["name"].strip(), Role(given["role"]), limits)


def _limits(per_refund: str, per_day: str) -> RefundLimits:
    try:
        return RefundLimits(per_refund_fen=amount_typed(per_refund), per_day_fen=amount_typed(per_day))
    except BadInput as error:
        wrong = "限额写法不对，请写成元，例如 --per-refund 500 --per-day 2000。"
        raise BadInput("yuan", user_message=wrong) from error


# ---- looking, changing, leaving --------------------------------------------------------------------------------------------------------


async def _list(services: Services, hospital: str, arguments: argparse.Namespace) -> None:
    everybody = await services.staff.everybody(hospital)
    print(
        "\n".join(_line(one) for one in everybody) if everybody else "Nobody yet 还没有员工。邀请：run.py staff invite"
    )


def _line(staff: Staff) -> str:
    ready = "" if staff.can_prove or staff.state is not StaffState.ACTIVE else "，未设PIN"
    waits = ""
    if staff.change is not None:
        change = staff.change
        waits = f"  待确认{'邀请' if change.invite else ''}：{ROLE_NAMES[change.role]} {_terms(change.limits)}（{who(actor_of(change.proposed_by))}提出）"
    terms = _terms(staff.limits)
    return f"{staff.number}  {staff.name}  {ROLE_NAMES[staff.role]}  {STATE_NAMES[staff.state]}{ready}  {terms}{waits}"


def _terms(limits: RefundLimits) -> str:
    return f"单笔{yuan_text(limits.per_refund_fen)}元 每日{yuan_text(limits.per_day_fen)}元"


async def _leave(services: Services, hospital: str, arguments: argparse.Namespace) -> None:
    print(_line(await services.staff.leave(hospital, arguments.number, operator())))


async def _propose(services: Services, hospital: str, arguments: argparse.Namespace) -> None:
    admin = await services.staff.get(hospital, arguments.by)
    staff = await services.staff.get(hospital, arguments.number)
    role = Role(arguments.role) if arguments.role else staff.role
    limits = _limits(arguments.per_refund, arguments.per_day)
    print(_line(await services.console.office.propose(admin, _proof(), arguments.number, role, limits)))
    print(f"Another admin agrees 请另一位管理员确认：run.py staff agree --number {arguments.number} --by <工号>")


async def _agree(services: Services, hospital: str, arguments: argparse.Namespace) -> None:
    admin = await services.staff.get(hospital, arguments.by)
    staff = await services.staff.get(hospital, arguments.number)
    if staff.change is None:
        raise BadInput("no change", user_message="没有待确认的变更。")
    print(_line(staff))
    terms, invite = (staff.change.role, staff.change.limits), staff.change.invite
    after, code = await services.console.office.agree(admin, _proof(), arguments.number, terms, invite=invite)
    print(_line(after) + (_say(code) if code else ""))


def _proof() -> Proof:
    """Typed unseen; from a pipe, two lines."""
    ask = getpass.getpass if sys.stdin.isatty() else lambda prompt: sys.stdin.readline()
    return Proof(pin=ask("PIN: ").strip(), totp=ask("动态码 code: ").strip())


# ---- words -----------------------------------------------------------------------------------------------------------------------------


class _Parser(WordsParser):
    of = "run.py staff"


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="run.py staff", description="Who works here: invited by a code that is said in the chat. 员工"
    )
    commands = parser.add_subparsers(metavar="command", parser_class=_Parser, required=True)

    def command(name: str, act: Act, text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        made.set_defaults(act=act)
        made.add_argument("--hospital", metavar="ID", help="needed where there are several")
        return made

    invite = command("invite", _invite, "a one-time code for somebody, good for a day 邀请")
    invite.add_argument("--number", metavar="NUMBER", default="", help="employee number 工号")
    invite.add_argument("--name", metavar="NAME", default="", help="姓名")
    invite.add_argument("--role", metavar="ROLE", default="", help=", ".join(Role))
    _add_limits(invite, "500", "2000")
    invite.add_argument("--file", metavar="CSV", type=Path, help=f"many at once; columns {','.join(COLUMNS)}")
    invite.add_argument(
        "--again",
        action="store_true",
        help="a new phone, a forgotten PIN, somebody who comes back: ends the old binding",
    )
    command("list", _list, "everybody, with role, state and limits 名单")
    leave = command("leave", _leave, "cut off at once 离岗")
    leave.add_argument("--number", metavar="NUMBER", required=True)
    limits = command("limits", _propose, "propose another role or limits, as an admin with PIN and code 变更岗位或限额")
    limits.add_argument("--role", metavar="ROLE", choices=list(Role), help="unchanged when left out")
    _add_limits(limits, None, None)
    agree = command("agree", _agree, "agree to what another admin has proposed, an invitation too 确认变更或邀请")
    for each in (limits, agree):
        each.add_argument("--number", metavar="NUMBER", required=True, help="of whom it is about")
        each.add_argument("--by", metavar="NUMBER", required=True, help="the admin's own number")
    return parser


def _add_limits(parser: argparse.ArgumentParser, per_refund: str | None, per_day: str | None) -> None:
    for name, default, text in (
        ("--per-refund", per_refund, "alone, or to agree to, in yuan"),
        ("--per-day", per_day, "alone, in yuan"),
    ):
        shown = f" (default {default})" if default else ""
        parser.add_argument(name, metavar="YUAN", default=default, required=default is None, help=f"{text}{shown}")
