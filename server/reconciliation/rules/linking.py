"""Two differences that are one thing 两笔是同一笔: one side has it under another number. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from server.core.errors import BadInput
from server.reconciliation.day_model import Disposition, DispositionAct, ReconciliationDay

PAIR = 2


def partners(act: DispositionAct, found: Mapping[str, int]) -> dict[str, str]:
    """By the id of a difference, that of the one with which it is linked; nothing for other acts. ``found``: fen by id.

    Raises BadInput unless there are two of which one is too much by what the other one lacks.
    """
    if act is not DispositionAct.LINK:
        return {}
    if len(found) != PAIR:
        told = "“两笔是同一笔”要正好勾选两条。不是的话，请选择怎么处理的另一种方式。"
        raise BadInput("not a pair", user_message=told)
    if sum(found.values()) or not any(found.values()):
        raise BadInput("not the same money", user_message="这两条的差额不能相抵，不是同一笔。请分开处理。")
    one, other = found
    return {one: other, other: one}


def still_linked(last: Disposition, differing: Collection[str]) -> bool:
    """A link counts while both of its ends differ: when one of them has explained itself, the other one is open again."""
    return last.act is not DispositionAct.LINK or last.other in differing


def linked_with(day: ReconciliationDay, discrepancy: str) -> tuple[str, ...]:
    """What a second person agrees with at once: ``discrepancy``, and the other end of its link while that waits for them, too."""
    last = day.disposition(discrepancy)
    if last is None or last.act is not DispositionAct.LINK:
        return (discrepancy,)
    other = day.disposition(last.other)
    waits = other is not None and other.other == discrepancy and not other.holds
    return (discrepancy, last.other) if waits else (discrepancy,)
