"""`run.py rules preview`: what a changed hospital's file would have refused, before it is put in place."""

from __future__ import annotations

import os
from pathlib import Path

import click

from server.app.cli_settings import database
from server.app.cli_words import FILE, Group
from server.app.configuration.hospital_file import read_hospital_file
from server.app.configuration.sentences import SettingsError
from server.app.process import Process
from server.app.registration_offers import registration_rules
from server.registration.rules.hospital_rules import Rule
from server.registration.rules.previewing import Preview

NAMES = {
    Rule.CLOSED: "不办理挂号的时间",
    Rule.WINDOW: "放号天数和时间",
    Rule.REAL_NAME: "实名",
    Rule.TOO_YOUNG: "科室最小年龄",
    Rule.TOO_OLD: "科室最大年龄",
    Rule.GUARDIAN: "儿童由监护人挂号",
    Rule.GUARDIAN_BOUND: "儿童由绑定为监护人的人挂号",
    Rule.ONE_A_DAY: "同一天同一科室一个号",
    Rule.OPEN_MOST: "未就诊的号数",
    Rule.TAKEN_MOST: "一段时间的号数",
    Rule.MISSED: "爽约暂停",
    Rule.CANCELLED: "取消过多暂停",
    Rule.CANCEL_UNTIL: "取消的期限",
}


UNSAID = "children of whom nobody said who they are to whoever bound the card, refused by none of these 没有填写与绑定者关系的儿童，没有算在拒绝里"


@click.group(cls=Group)
def rules() -> None:
    """The hospital's rules for registrations: preview. 挂号规则"""


@rules.command("preview", example="--hospital demo --file changed.toml --days 31")
@click.option("--hospital", metavar="ID", required=True)
@click.option(
    "--file", metavar="FILE", type=FILE, required=True, help="A copy of the hospital's file with other rules."
)
@click.option(
    "--days", metavar="N", type=click.IntRange(1, 366), default=31, help="So many days back; 31 if not given."
)
def preview(hospital: str, file: Path, days: int) -> int:
    """What these rules would have refused. Nothing is changed."""
    from server.app import bootstrap

    section = read_hospital_file(file, os.environ).registration
    if section is None:
        raise SettingsError([f"{file}: there is no [registration] in this file （没有挂号规则）"])
    others = registration_rules(section)

    async def act(process: Process) -> Preview:
        return await process.parts.services.registration.previews.of(hospital, others, days)

    with database(hospital) as complete:
        told = bootstrap.once(complete, act)
    print(*lines_of(told, days), sep="\n")
    return 0


def lines_of(told: Preview, days: int) -> list[str]:
    """What the command prints."""
    head = f"registrations of the last {days} days 近 {days} 天的挂号: {told.looked_at}"
    unknown = (
        f" (of {told.unknown} more the HIS did not answer 另有 {told.unknown} 个医院系统没有答复)"
        if told.unknown
        else ""
    )
    today, others = told.today.refused, told.others.refused
    rows = [
        f"  {NAMES[rule]} ({rule}): now 现在 {today.get(rule, 0)}, changed 改后 {others.get(rule, 0)}"
        for rule in Rule
        if rule in today or rule in others
    ]
    if told.today.unsaid or told.others.unsaid:
        rows.append(f"  {UNSAID}: now 现在 {told.today.unsaid}, changed 改后 {told.others.unsaid}")
    missing = "Who was refused then is not kept: looser rules show nothing here. 当时被拒绝的人没有记录，放宽的规则在这里看不出来。"
    return [f"{head}{unknown}", *(rows or ["  refused by no rule 没有规则会拒绝"]), missing]
