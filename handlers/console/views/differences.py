"""The list of differences over several days: its filters as they were typed, its lines, and the summary before a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from handlers.base.display import yuan
from handlers.console.views.day_words import ACT_WORDS
from handlers.console.views.days import ROWS_SHOWN, SHOWN, difference_row, summary_facts
from handlers.console.views.forms import choices, date_typed, fen_typed, yuan_field
from server.core.errors import BadInput
from server.reconciliation.decisions import Summary
from server.reconciliation.model import Category, Leg
from server.reconciliation.rules.difference_list import DifferenceSearch, Listed, Standing
from server.reconciliation.texts import CATEGORIES, LEGS, sign_text

PATH = "/console/reconciliation/differences"
Choice = TypeVar("Choice", bound=StrEnum)


def search_typed(typed: Callable[[str], str], usual: tuple[date, date]) -> DifferenceSearch:
    """What the form says. Raises BadInput with words."""
    since, until = (date_typed(typed(name)) or day for name, day in zip(("since", "until"), usual, strict=True))
    shown = typed("show") or str(Standing.OPEN)
    return DifferenceSearch(
        since=since,
        until=until,
        channel=typed("channel")[:40],
        leg=_one_of(Leg, typed("leg")),
        category=_one_of(Category, typed("category")),
        standing=None if shown == "all" else _one_of(Standing, shown),
        least_fen=fen_typed(typed("least")),
        most_fen=fen_typed(typed("most")),
    )


def _one_of(choices: type[Choice], text: str) -> Choice | None:
    if not text:
        return None
    found = next((one for one in choices if one == text), None)
    if found is None:
        raise BadInput("filter", user_message="没有这种筛选。")
    return found


def query_of(search: DifferenceSearch) -> str:
    """The search as an address has it."""
    told = {
        "since": search.since.isoformat(), "until": search.until.isoformat(), "channel": search.channel, "leg": search.leg or "",
        "category": search.category or "", "show": search.standing or "all", "least": yuan_field(search.least_fen), "most": yuan_field(search.most_fen),
    }  # fmt: skip
    return urlencode({name: value for name, value in told.items() if value})


def differences_page(
    found: Sequence[Listed],
    search: DifferenceSearch,
    views: Sequence[str],
    prefix: str,
    channels: Mapping[str, str],
    reconciled: Iterable[str],
) -> dict[str, object]:
    """``channels`` has titles by name, ``reconciled`` are those whose days there are; ``prefix`` begins the numbers of our payments."""
    fen = sum(one.found.difference_fen for one in found)
    offered = dict.fromkeys([*reconciled, *([search.channel] if search.channel else [])])
    return {
        "path": PATH,
        "url": f"{PATH}?{query_of(search)}",
        "since": search.since.isoformat(),
        "until": search.until.isoformat(),
        "least": yuan_field(search.least_fen),
        "most": yuan_field(search.most_fen),
        "channels": choices({name: channels.get(name, name) for name in offered}, search.channel),
        "legs": choices({str(leg): LEGS[leg] for leg in Leg}, search.leg or ""),
        "categories": choices({str(each): CATEGORIES[each] for each in Category}, search.category or ""),
        "filters": choices(SHOWN, search.standing or "all"),
        "views": list(views),
        "summary": f"共{len(found)}条，差额合计 {yuan(abs(fen))} {sign_text(fen)}。" if found else "",
        "rows": [difference_row(one.day, one.found, one.standing, prefix, channels) for one in found[:ROWS_SHOWN]],
        "count": len(found),
        "shown": min(len(found), ROWS_SHOWN),
        "acts": [{"key": str(act), "text": text} for act, text in ACT_WORDS.items()],
        "can_decide": any(one.standing is Standing.OPEN for one in found),
    }


def differences_summary(summary: Summary, url: str, days: int, form: Mapping[str, object]) -> dict[str, object]:
    """``form`` has ``ids``, ``act`` and ``remark`` as they were sent."""
    return {"facts": summary_facts(f"{days}天", summary, form), "url": url, **form}
