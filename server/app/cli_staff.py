"""`run.py staff …`: who works here, said at the server's own console. What each act means is `staff/service` and `console/staff_room`.

Whoever runs these commands can read the installation's keys, so inviting and cutting off ask for no proof and are noted as done by ``cli:<login>``;
another role or other limits are proposed and agreed to by two admins, each with PIN and code, as in the console.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from server.app.cli_words import FILE, Act, AtHospital, Decorated, Group
from server.app.shell_user import operator, typed_unseen
from server.console.staff_room import must_be_invitable
from server.core.actors import actor_of
from server.core.errors import BadInput, NotFound
from server.core.money import yuan_text
from server.core.typed import amount_typed
from server.staff.actor_texts import who
from server.staff.model import RefundLimits, Role, Staff, StaffState
from server.staff.proofs import Proof

if TYPE_CHECKING:
    from server.app.services import Services
ROLE_NAMES = {Role.CASHIER: "收费员", Role.APPROVER: "审批", Role.FINANCE: "财务", Role.ADMIN: "管理员"}
STATE_NAMES = {
    StaffState.PROPOSED: "待确认邀请",
    StaffState.INVITED: "待绑定",
    StaffState.ACTIVE: "在岗",
    StaffState.LEFT: "已离岗",
}
COLUMNS = ["number", "name", "role", "per_refund", "per_day"]
PEOPLE_MAX = 1000


@dataclass(frozen=True, slots=True)
class Person:
    number: str
    name: str
    role: Role
    limits: RefundLimits


@click.group(cls=Group)
def staff() -> None:
    """Who works here: invited by a code that is said in the chat. 员工"""


def _limits_of(per_refund: str | None, per_day: str | None) -> Callable[[Decorated], Decorated]:
    """The options for both limits, in yuan; they are required where they have no default."""

    def add(command: Decorated) -> Decorated:
        for name, default, text in (
            ("--per-day", per_day, "Alone, in yuan."),
            ("--per-refund", per_refund, "Alone, or to agree to, in yuan."),
        ):
            required = default is None
            command = click.option(
                name, metavar="YUAN", default=default, required=required, show_default=True, help=text
            )(command)
        return command

    return add


def _number(command: Decorated) -> Decorated:
    return click.option("--number", metavar="NUMBER", required=True, help="Of whom it is about.")(command)


def _admin(command: Decorated) -> Decorated:
    return click.option("--by", metavar="NUMBER", required=True, help="The admin's own number.")(command)


# ---- inviting ----------------------------------------------------------------------------------------------------------------------


@staff.command("invite", cls=AtHospital, example="--number 1001 --name 周收费 --role cashier")
@click.option("--number", metavar="NUMBER", default="", help="Employee number 工号.")
@click.option("--name", metavar="NAME", default="", help="姓名")
@click.option("--role", metavar="ROLE", default="", help=", ".join(Role))
@_limits_of("500", "2000")
@click.option("--file", metavar="CSV", type=FILE, help=f"Many at once; columns {','.join(COLUMNS)}.")
@click.option(
    "--again", is_flag=True, help="A new phone, a forgotten PIN, somebody who comes back: ends the old binding."
)
def _invite(file: Path | None, again: bool, **given: str) -> Act:
    """A one-time code for somebody, good for a day 邀请."""

    async def act(services: Services, hospital: str) -> None:
        for person in list(_people_of(file)) if file else [_person(given)]:
            known = await _known(services, hospital, person.number)
            if known is None or known.state is StaffState.INVITED or again:
                await _invite_one(services, hospital, person)
            elif not file:
                told = f"工号{person.number}{STATE_NAMES[known.state]}。换了手机、忘记PIN或回来上班请加 --again，原绑定立即失效。"
                raise BadInput("known", user_message=told)

    return act


async def _known(services: Services, hospital: str, number: str) -> Staff | None:
    try:
        return await services.staff.get(hospital, number)
    except NotFound:
        return None


async def _invite_one(services: Services, hospital: str, person: Person) -> None:
    code = await services.staff.invite(hospital, person.number, person.name, person.role, person.limits, operator())
    print(f"{_line(await services.staff.get(hospital, person.number))}{_say(code)}")


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


@staff.command("list", cls=AtHospital)
def _list() -> Act:
    """Everybody, with role, state and limits 名单."""

    async def act(services: Services, hospital: str) -> None:
        lines = [_line(one) for one in await services.staff.everybody(hospital)]
        print("\n".join(lines) or "Nobody yet 还没有员工。邀请：run.py staff invite")

    return act


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


@staff.command("leave", cls=AtHospital, example="--number 1001")
@_number
def _leave(number: str) -> Act:
    """Cut off at once 离岗."""

    async def act(services: Services, hospital: str) -> None:
        print(_line(await services.staff.leave(hospital, number, operator())))

    return act


@staff.command("limits", cls=AtHospital, example="--number 1001 --per-refund 900 --per-day 3000 --by 9001")
@_number
@click.option("--role", type=click.Choice([str(role) for role in Role]), help="Unchanged when left out.")
@_limits_of(None, None)
@_admin
def _propose(number: str, role: str | None, per_refund: str, per_day: str, by: str) -> Act:
    """Propose another role or limits, as an admin with PIN and code 变更岗位或限额."""

    async def act(services: Services, hospital: str) -> None:
        admin, of_whom = await services.staff.get(hospital, by), await services.staff.get(hospital, number)
        limits, after = _limits(per_refund, per_day), Role(role) if role else of_whom.role
        print(_line(await services.console.office.propose(admin, _proof(), number, after, limits)))
        print(f"Another admin agrees 请另一位管理员确认：run.py staff agree --number {number} --by <工号>")

    return act


@staff.command("agree", cls=AtHospital, example="--number 1001 --by 9002")
@_number
@_admin
def _agree(number: str, by: str) -> Act:
    """Agree to what another admin has proposed, an invitation too 确认变更或邀请."""

    async def act(services: Services, hospital: str) -> None:
        admin, of_whom = await services.staff.get(hospital, by), await services.staff.get(hospital, number)
        if of_whom.change is None:
            raise BadInput("no change", user_message="没有待确认的变更。")
        print(_line(of_whom))
        terms, invite = (of_whom.change.role, of_whom.change.limits), of_whom.change.invite
        after, code = await services.console.office.agree(admin, _proof(), number, terms, invite=invite)
        print(_line(after) + (_say(code) if code else ""))

    return act


def _proof() -> Proof:
    """Typed unseen; from a pipe, two lines."""
    return Proof(pin=typed_unseen("PIN: "), totp=typed_unseen("动态码 code: "))
