"""What staff say to 查单: a number, and beside or instead of it a day, channel, state, amount and department, in any order. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from server.core.typed import yuan_to_fen
from server.core.typed_days import days_in
from server.payments.rules.search import PaymentSearch, Standing

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
_YUAN = r"(?:元|块钱?)"
_FIGURE = r"(?<![0-9A-Z.,])[0-9][0-9.,]*"
_MORE, _LEAST = "超过|大于|多于|高于", "不少于|不低于|至少|最少"
_LESS, _MOST = "不到|小于|少于|低于", "不超过|不大于|不高于|最多|至多"
_AMOUNT = re.compile(
    rf"(?:({_LEAST}|{_MOST}|{_MORE}|{_LESS})\s*)?¥?\s*(?:([0-9][0-9.,]*)\s*{_YUAN}|(?<=¥)\s*([0-9][0-9,]*)"
    r"|(?<![0-9A-Z.,])([0-9][0-9,]*\.[0-9]{1,2})(?![0-9A-Z.,]))\s*及?(以上|以下|以内)?"
)
"""Fen written out (``50.10``) are an amount without a unit, too."""
_RANGE = re.compile(
    rf"¥\s*({_FIGURE})\s*{_YUAN}?\s*[到至-]\s*¥?\s*({_FIGURE})(?:\s*{_YUAN})?"
    rf"|({_FIGURE})\s*{_YUAN}?\s*[到至-]\s*({_FIGURE})\s*{_YUAN}"
)
_NUMBER = re.compile(r"[0-9A-Z]+(?:-[0-9A-Z]+)*")
_FILLING = re.compile(
    r"医院交易号|(?:支付|缴费|退费|交易|订)?单号|收据号?|手机号?|电话号?|就诊卡号?|卡号|住院号|尾号|就诊人|患者|的|所有|全部|支付单|缴费单|支付|缴费|单子|之间|笔|到|至"
)
"""What is said around the number that counts: its own name, and words without weight."""
_DEPARTMENT = re.compile(r"[一-鿿]{2,20}")


def search_said(rest: str, today: date, channels: Mapping[str, str]) -> PaymentSearch:
    """``rest``: narrow capitals without the command; ``channels``: the hospital's, by name, with what people call them."""
    rest, days = days_in(rest, today)
    rest, channel = _channel(rest, channels)
    rest, state = _state(rest)
    rest, least_fen, most_fen = _amounts(rest)
    numbers = [written.replace("-", "") for written in _NUMBER.findall(rest)]
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


def _channel(rest: str, channels: Mapping[str, str]) -> tuple[str, str]:
    for name, title in channels.items():
        for word in (title, title.removesuffix("支付")):
            if word and word in rest:
                return rest.replace(word, " "), name
    return rest, ""


def _state(rest: str) -> tuple[str, str]:
    """The longest way of saying one that is there: 未入账 is not 入账."""
    found = [(len(match[0]), match, state) for state, ways in _STATES.items() if (match := re.search(ways, rest))]
    if not found:
        return rest, ""
    _, match, state = max(found, key=lambda one: one[0])
    return f"{rest[: match.start()]} {rest[match.end() :]}", state


def _amounts(rest: str) -> tuple[str, int | None, int | None]:
    """(what is left, the least, the most): a range, or one amount with what is said before or behind it."""
    span = _RANGE.search(rest)
    if span is not None:
        ends = sorted(fen for fen in map(yuan_to_fen, filter(None, span.groups())) if fen is not None)
        if len(ends) == 2:
            return _cut(rest, span), ends[0], ends[1]
    match = _AMOUNT.search(rest)
    fen = yuan_to_fen(match[2] or match[3] or match[4]) if match is not None else None
    if match is None or fen is None:
        return rest, None, None
    return _cut(rest, match), *_bounds(fen, match[1] or "", match[5] or "")


def _cut(rest: str, match: re.Match[str]) -> str:
    return f"{rest[: match.start()]} {rest[match.end() :]}"


def _bounds(fen: int, before: str, behind: str) -> tuple[int | None, int | None]:
    """(the least, the most) that is meant by ``fen`` with such words around it."""
    if before in _MORE.split("|"):
        return fen + 1, None
    if before in _LESS.split("|"):
        return None, fen - 1
    if before in _LEAST.split("|") or behind == "以上":
        return fen, None
    return (None, fen) if before or behind else (fen, fen)
