"""What staff say to 查单: a number, and beside or instead of it a day, channel, state, amount and department, in any order. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from server.core.typed import yuan_to_fen
from server.payments.rules.search import PaymentSearch, Standing

_NEAR_DAYS = {"今天": 0, "今日": 0, "昨天": 1, "昨日": 1, "前天": 2}
_DAY = re.compile(r"(1[0-2]|0?[1-9])\s*月\s*(3[01]|[12][0-9]|0?[1-9])\s*[日号]?")
_STATES = {
    Standing.UNPAID: "待支付|未支付|没付|未付",
    Standing.PAID: "待入账|未入账|没入账|已收款",
    Standing.BOOKED: "已入账|入账",
    Standing.CLOSED: "已关闭|关闭",
    Standing.RETURNING: "自动退回中|退回中",
    Standing.RETURNED: "已自动退回|自动退回|已退回",
    Standing.REFUNDING: "退费中|退款中|在退",
    Standing.REFUNDED: "已退费|已退款|退过费|退过款|退过",
}
_AMOUNT = re.compile(r"¥?\s*([0-9][0-9.,]*)\s*(?:元|块钱?)\s*(以上|以下)?")
_NUMBER = re.compile(r"[0-9A-Z]+")
_FILLING = re.compile(r"单号|手机号|手机|卡号|尾号|的|所有|全部|支付单|缴费单|支付|缴费|单子|笔|到|至")
_DEPARTMENT = re.compile(r"[一-鿿]{2,20}")


def search_said(rest: str, today: date, channels: Mapping[str, str]) -> PaymentSearch:
    """``rest``: narrow capitals without the command; ``channels``: the hospital's, by name, with what people call them."""
    rest, days = _days(rest, today)
    rest, channel = _channel(rest, channels)
    rest, state = _state(rest)
    rest, least_fen, most_fen = _amounts(rest)
    numbers = _NUMBER.findall(rest)
    number = next((word for word in numbers if re.search("[A-Z]", word)), max(numbers, key=len, default=""))
    department = _DEPARTMENT.search(_FILLING.sub(" ", rest))
    return PaymentSearch(
        words=number,
        since=days[0] if days else None,
        until=days[-1] if days else None,
        channel=channel,
        state=state,
        least_fen=least_fen,
        most_fen=most_fen,
        department=department[0] if department is not None else "",
    )


def _days(rest: str, today: date) -> tuple[str, list[date]]:
    """One day, or the first and the last; a day that has not come is last year's."""
    found = [today - timedelta(days=back) for word, back in _NEAR_DAYS.items() if word in rest]
    for month, day in _DAY.findall(rest):
        for year in (today.year, today.year - 1):
            try:
                said = date(year, int(month), int(day))
            except ValueError:
                continue
            if said <= today:
                found.append(said)
                break
    left = re.sub("|".join(_NEAR_DAYS), " ", _DAY.sub(" ", rest)) if found else rest
    return left, sorted(found)


def _channel(rest: str, channels: Mapping[str, str]) -> tuple[str, str]:
    for name, title in channels.items():
        for word in (title, title.removesuffix("支付")):
            if word and word in rest:
                return rest.replace(word, " ", 1), name
    return rest, ""


def _state(rest: str) -> tuple[str, str]:
    """The longest way of saying one that is there: 未入账 is not 入账."""
    found = [(len(match[0]), match, state) for state, ways in _STATES.items() if (match := re.search(ways, rest))]
    if not found:
        return rest, ""
    _, match, state = max(found, key=lambda one: one[0])
    return f"{rest[: match.start()]} {rest[match.end() :]}", state


def _amounts(rest: str) -> tuple[str, int | None, int | None]:
    match = _AMOUNT.search(rest)
    fen = yuan_to_fen(match[1]) if match is not None else None
    if match is None or fen is None:
        return rest, None, None
    left = f"{rest[: match.start()]} {rest[match.end() :]}"
    return left, None if match[2] == "以下" else fen, None if match[2] == "以上" else fen
