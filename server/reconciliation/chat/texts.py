"""What finance reads in the chat about days. Names of people are never in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from server.core.days import day_text
from server.core.money import yuan_text
from server.payments.rules.own_parts import share_out
from server.reconciliation.day_model import ReconciliationDay
from server.reconciliation.model import Discrepancy, Leg
from server.reconciliation.register_model import Books
from server.reconciliation.rules.books import missing_note
from server.reconciliation.rules.days import undecided_of
from server.reconciliation.rules.figures import by_way
from server.reconciliation.rules.registers import sums_of
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.texts import ACTS, CATEGORIES, DAY_STATES, LEGS, sign_text

NO_DAY = "日期看不懂。例如：对账 昨天，对账 11月27日，对账 2026-11-27。"
NOTHING_YET = "{day}还没有对账。账单一般在次日上午10点以后才有。"
NO_DIFFERENCES = "最近{days}天没有待处理的差异。"
HELP = "对账 11月27日\n　那天每个渠道对得怎样；不写日期是昨天\n日报 昨天\n　那天收了多少、退了多少，按支付方式\n差异\n　最近还没有处理的差异"
SHOWN_MAX = 10
Title = Callable[[str], str]
"""The words for a code of a channel or a way of payment."""


def days_text(day: date, days: Sequence[ReconciliationDay], title: Title, url: str) -> str:
    """Every channel's line of one day."""
    if not days:
        return NOTHING_YET.format(day=day_text(day))
    lines = [line for each in days for line in _day_lines(each, title)]
    return "\n".join([f"{day_text(day)}对账", *lines, f"详情：{url}"])


def _day_lines(day: ReconciliationDay, title: Title) -> list[str]:
    lines = [f"{title(day.channel)}：{DAY_STATES[day.state]}"]
    if day.result:
        result = result_from_text(day.result)
        left = undecided_of(day, result)
        channel = result.sums.get(Leg.CHANNEL)
        money = f"，渠道净额{yuan_text(channel.net_fen)}元" if channel else ""
        lines.append(f"　已勾兑{result.matched}笔{money}" + (f"，{len(left)}条差异待处理" if left else ""))
    if day.waits_for:
        lines.append(f"　等{'、'.join(LEGS[leg] for leg in day.waits_for)}")
    missing = [LEGS[leg] for close in day.closes[-1:] for leg in close.missing]
    return [*lines, *([f"　没有{'、'.join(missing)}"] if missing else [])]


def figures_text(books: Books, title: Title) -> str:
    """The day's money in and out, and its shares by way of payment."""
    paid, paid_fen, back, back_fen, net_fen = sums_of(books.entries)
    head = [
        f"{day_text(books.first)}日报",
        f"收款{paid}笔 {yuan_text(paid_fen)}元",
        f"退费{back}笔 {yuan_text(back_fen)}元",
        f"净额 {yuan_text(net_fen)}元",
    ]
    came = ((str(row[0]), row[3]) for row in by_way(books.entries).rows)
    ways = [(way, fen) for way, fen in came if isinstance(fen, int) and fen > 0]
    percents = share_out(100, [fen for _, fen in ways])
    shares = [f"{title(way)} {yuan_text(fen)}元 {percent}%" for (way, fen), percent in zip(ways, percents, strict=True)]
    note = missing_note(books)
    return "\n".join([*head, *shares, *([note] if note else [])])


def differences_text(found: Sequence[tuple[ReconciliationDay, Discrepancy]], days: int, title: Title, url: str) -> str:
    """The newest first, a few of them."""
    if not found:
        return NO_DIFFERENCES.format(days=days)
    lines = [_difference_line(day, each, title) for day, each in found[:SHOWN_MAX]]
    more = ["……"] if len(found) > SHOWN_MAX else []
    return "\n".join([f"待处理的差异 {len(found)} 条", *lines, *more, f"处理：{url}"])


def _difference_line(day: ReconciliationDay, each: Discrepancy, title: Title) -> str:
    number = each.called.number
    money = (
        f"{sign_text(each.difference_fen)}{yuan_text(abs(each.difference_fen))}元"
        if each.difference_fen
        else "金额相同"
    )
    return (
        f"{day_text(day.day)} {title(day.channel)} …{number[-6:]} {CATEGORIES[each.category]} {money}，{ACTS[each.act]}"
    )
