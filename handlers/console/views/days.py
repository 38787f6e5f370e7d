"""The pages of reconciliation: a month by state, a day with its legs, totals and differences, and the summary before a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from handlers.base.display import clock_time, yuan
from handlers.console.views.actors import by_whom
from handlers.console.views.charts import Chart, columns
from handlers.console.views.day_words import ACT_WORDS, SENT_BACK, STATE_LOOKS, decided_as
from server.reconciliation.day_model import Disposition, DispositionAct, ReconciliationDay
from server.reconciliation.decisions import Summary
from server.reconciliation.model import Balance, Category, Discrepancy, Leg, Row
from server.reconciliation.register_model import Sheet
from server.reconciliation.rules.day_sheets import KINDS, fees
from server.reconciliation.rules.days import undecided
from server.reconciliation.rules.difference_list import Standing, standings
from server.reconciliation.rules.result_text import result_from_text
from server.reconciliation.texts import (
    ACTS,
    CATEGORIES,
    CAUSES,
    DAY_STATES,
    DISPOSITIONS,
    LEG_ANSWERS,
    LEGS,
    STANDINGS,
    sign_text,
)

SHOWN = {**{str(standing): text for standing, text in STANDINGS.items()}, "all": "全部"}
"""Which differences are listed."""
ROWS_SHOWN = 200
WEEK = "一二三四五六日"


def month_page(
    days: Collection[ReconciliationDay], first: date, today: date, channels: Mapping[str, str]
) -> dict[str, object]:
    """``first`` is the month's first day, ``channels`` titles by name."""
    of_day: dict[date, list[ReconciliationDay]] = {}
    for day in sorted(days, key=lambda each: each.channel):
        of_day.setdefault(day.day, []).append(day)
    before, after = (
        (first - timedelta(days=1)).replace(day=1),
        (first.replace(day=28) + timedelta(days=4)).replace(day=1),
    )
    monday = first - timedelta(days=first.weekday())
    weeks = []
    while monday < after:
        weeks.append([_cell(monday + timedelta(days=number), first, today, of_day, channels) for number in range(7)])
        monday += timedelta(days=7)
    differing = [day for day in days if undecided(day)]
    return {
        "title": f"{first.year}年{first.month}月", "month": f"{first:%Y-%m}", "before": f"{before:%Y-%m}", "after": f"{after:%Y-%m}",
        "week": list(WEEK), "weeks": weeks, "differing": [_link(day, channels) for day in sorted(differing, key=lambda each: each.day)],
    }  # fmt: skip


def fees_sheet(days: Collection[ReconciliationDay], channels: Mapping[str, str]) -> Sheet:
    """The fees of the days whose trade statement is there."""
    told = ((day, day.leg(Leg.CHANNEL)) for day in days)
    return fees((day.day, channels.get(day.channel, day.channel), leg.sums) for day, leg in told if leg and leg.sums)


def _cell(
    day: date, first: date, today: date, of_day: Mapping[date, Sequence[ReconciliationDay]], channels: Mapping[str, str]
) -> dict[str, object]:
    inside = (day.year, day.month) == (first.year, first.month)
    return {
        "number": day.day if inside else "", "is_today": inside and day == today,
        "days": [_link(each, channels) for each in of_day.get(day, ())] if inside else [],
    }  # fmt: skip


def _link(day: ReconciliationDay, channels: Mapping[str, str]) -> dict[str, object]:
    count = len(undecided(day))
    return {
        "url": f"/console/reconciliation/{day.id}", "channel": channels.get(day.channel, day.channel), "day": f"{day.day.month}月{day.day.day}日",
        "state": DAY_STATES[day.state], "look": STATE_LOOKS.get(day.state, "quiet"), "count": count,
    }  # fmt: skip


def day_page(
    day: ReconciliationDay, channels: Mapping[str, str], prefix: str, shown: str, category: str
) -> dict[str, object]:
    """``shown`` is one of SHOWN, ``category`` one of Category or empty. ``prefix`` begins the numbers of our payments."""
    found = standings(day)
    listed = [(each, stands) for each, stands in found if shown in ("all", stands) and category in ("", each.category)]
    counts = Counter(stands for _, stands in found)
    return {
        "title": f"{day.day.month}月{day.day.day}日 {channels.get(day.channel, day.channel)}", "id": day.id, "url": f"/console/reconciliation/{day.id}",
        "month": f"{day.day:%Y-%m}", "state": DAY_STATES[day.state], "look": STATE_LOOKS.get(day.state, "quiet"), "legs": _legs(day), "chart": _chart(day),
        "balance": _balance(day), "closes": _closes(day), "matched": result_from_text(day.result).matched if day.result else None,
        "filters": [
            {"key": key, "text": text, "here": key == shown, "count": len(found) if key == "all" else counts[Standing(key)]}
            for key, text in SHOWN.items()
        ],
        "categories": [
            {"key": str(each), "text": CATEGORIES[each], "here": each == category} for each in Category if any(d.category is each for d, _ in found)
        ],
        "rows": [difference_row(day, each, stands, prefix, channels) for each, stands in listed[:ROWS_SHOWN]], "count": len(listed), "shown": min(len(listed), ROWS_SHOWN),
        "acts": [{"key": str(act), "text": text} for act, text in ACT_WORDS.items()], "can_decide": any(stands is Standing.OPEN for _, stands in listed),
    }  # fmt: skip


def first_link(first: ReconciliationDay | None, channels: Mapping[str, str]) -> dict[str, object]:
    """The address of the day that must be matched first; empty where there is none."""
    return {} if first is None else _link(first, channels)


def difference_row(
    day: ReconciliationDay, found: Discrepancy, standing: Standing, prefix: str, channels: Mapping[str, str]
) -> dict[str, object]:
    """One line of a list of differences."""
    called, last = found.called, day.disposition(found.id)
    number = called.payment_number
    ours = number.startswith(prefix) and number.isalnum() and len(number) <= 32
    return {
        "id": found.id, "category": CATEGORIES[found.category], "kind": KINDS[called.kind], "number": called.number,
        "url": f"/console/payments/{number}" if ours else "", "sides": [_side(row) for row in found.rows], "cause": CAUSES[found.reason],
        "act": ACTS[found.act], "difference": yuan(abs(found.difference_fen)), "sign": sign_text(found.difference_fen),
        "since": f"{found.since.month}月{found.since.day}日", "standing": str(standing), "day": _link(day, channels), "pick": f"{day.id} {found.id}", "decision": decision_text(last) if last else "",
    }  # fmt: skip


def _side(row: Row) -> dict[str, str]:
    return {"leg": LEGS[row.leg], "says": f"{KINDS[row.kind]} {yuan(row.amount_fen)} {clock_time(row.at)}"}


def decision_text(last: Disposition) -> str:
    second = f"，{by_whom(last.second_by)}复核" if last.second_by else "，等另一人复核" if last.needs_second else ""
    return f"{decided_as(last)}：{last.remark}（{by_whom(last.by)} {clock_time(last.at)}{second}）"


def _legs(day: ReconciliationDay) -> list[dict[str, str]]:
    return [
        {
            "leg": LEGS[each.leg], "answer": LEG_ANSWERS[each.answer], "at": clock_time(each.at), "file": each.sha256[:12],
            "paid": f"{each.sums.payments}笔 {yuan(each.sums.paid_fen)}" if each.sums else "",
            "back": f"{each.sums.refunds}笔 {yuan(each.sums.refunded_fen)}" if each.sums else "",
            "fee": yuan(each.sums.fee_fen) if each.sums and each.sums.fee_fen else "", "detail": each.detail,
        }
        for each in day.legs
    ]  # fmt: skip


def _chart(day: ReconciliationDay) -> Chart | None:
    points = [(LEGS[each.leg], each.sums.paid_fen, each.sums.refunded_fen) for each in day.legs if each.sums]
    return columns("各方收款与退费", points) if any(paid or back for _, paid, back in points) else None


def _balance(day: ReconciliationDay) -> list[dict[str, str]]:
    found: Balance | None = next((each.balance for each in day.legs if each.balance is not None), None)
    if found is None:
        return []
    lines = [
        ("期初余额", found.opening_fen),
        ("＋收入", found.came_fen),
        ("－支出", found.went_fen),
        ("－手续费", found.fee_fen),
        ("＝期末余额", found.closing_fen),
    ]
    return [{"label": label, "value": yuan(fen)} for label, fen in lines]


def _closes(day: ReconciliationDay) -> list[str]:
    told = []
    for close in day.closes:
        what = f"第{close.number}次关账（更正第{close.corrects}次）" if close.corrects else "关账"
        lacks = "、".join(LEGS[leg] for leg in (*close.missing, *close.absent))
        without = f"，不含{lacks}" if lacks else ""
        told.append(f"{clock_time(close.at)} {what}：已勾兑{close.matched}笔，人工处理{close.decided}笔{without}")
    return told


def summary_page(
    day: ReconciliationDay, channels: Mapping[str, str], summary: Summary, form: Mapping[str, object]
) -> dict[str, object]:
    """``form`` has ``ids``, ``act`` and ``remark`` as they were sent."""
    of = f"{day.day.month}月{day.day.day}日 {channels.get(day.channel, day.channel)}"
    return {"facts": summary_facts(of, summary, form), "url": f"/console/reconciliation/{day.id}", **form}


def summary_facts(of: str, summary: Summary, form: Mapping[str, object]) -> list[dict[str, object]]:
    """``of`` says of which days."""
    act = next(each for each in DispositionAct if each == form["act"])
    facts: list[dict[str, object]] = [
        {"label": "对账日", "value": of},
        {"label": "差异", "value": f"{summary.count}条"},
        {"label": "差额合计", "value": f"{yuan(abs(summary.difference_fen))} {sign_text(summary.difference_fen)}"},
        {"label": "处理为", "value": DISPOSITIONS[act]},
        {"label": "原因", "value": form["remark"]},
    ]  # fmt: skip
    facts += _money_moved(summary) if act is DispositionAct.SEND_BACK else []
    if large := summary.second_needed - summary.sent:
        facts.append({"label": "另一人复核", "value": f"{large}条超过限额，复核后才算处理"})
    return facts


def _money_moved(summary: Summary) -> list[dict[str, object]]:
    """What a decision to send back does: which money goes back, and about what it is a record only."""
    facts: list[dict[str, object]] = []
    if summary.sent:
        facts.append({"label": SENT_BACK, "value": f"{summary.sent}笔 {yuan(summary.sent_fen)}，复核后原路退回"})
    if records := summary.count - summary.sent:
        which = f"其余{records}笔，" if summary.sent else ""
        facts.append({"label": "只作记录", "value": f"{which}系统不退钱"})
    return facts
