"""The form of the console's search: what was typed, and what may be chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from handlers.console.views.columns import COLUMNS, chosen
from handlers.console.views.forms import choices, date_typed, fen_typed, yuan_field
from server.core.errors import BadInput
from server.core.typed import plain
from server.payments.model import UNPAID, PaymentState
from server.payments.rules.search import Order, PaymentSearch, Standing
from server.payments.texts import PAYMENT_STATES

Field = Callable[[str], str]
DEPARTMENT_CHARS_MAX = 40
STANDINGS = {
    Standing.UNPAID: PAYMENT_STATES[PaymentState.PENDING],
    **{Standing(state.value): text for state, text in PAYMENT_STATES.items() if state not in UNPAID},
    Standing.REFUNDING: "有退费在办理",
    Standing.REFUNDED: "有退费已到账",
}
ORDERS = {
    Order.NEWEST: "时间从新到旧",
    Order.OLDEST: "时间从旧到新",
    Order.MOST: "金额从大到小",
    Order.LEAST: "金额从小到大",
}


def search_typed(typed: Field, columns: Iterable[str]) -> PaymentSearch:
    """Raises BadInput with words for the form."""
    least, most = (fen_typed(typed(name)) for name in ("least", "most"))
    if least is not None and most is not None and least > most:
        raise BadInput("amounts", user_message="最低金额不能大于最高金额。")
    return PaymentSearch(
        words=typed("words"),
        since=date_typed(typed("since")),
        until=date_typed(typed("until")),
        channel=typed("channel")[:20],
        state=_one_of(typed("state"), Standing),
        department=plain(typed("department"))[:DEPARTMENT_CHARS_MAX],
        least_fen=least,
        most_fen=most,
        order=Order(_one_of(typed("order"), Order) or Order.NEWEST),
        columns=tuple(name for name in columns if name in COLUMNS),
    )


def search_form(search: PaymentSearch, channels: dict[str, str]) -> dict[str, object]:
    """``channels``: by their names here, what people call those of the hospital."""
    columns = chosen(search.columns)
    return {
        "words": search.words,
        "since": search.since.isoformat() if search.since else "",
        "until": search.until.isoformat() if search.until else "",
        "department": search.department,
        "least": yuan_field(search.least_fen),
        "most": yuan_field(search.most_fen),
        "channels": choices(channels, search.channel),
        "states": choices(STANDINGS, search.state),
        "orders": choices(ORDERS, search.order),
        "columns": [
            {"key": key, "text": column.title, "here": key in columns}
            for key, column in COLUMNS.items()
            if key != "number"
        ],
        "is_open": search.has_filter or search.order is not Order.NEWEST or bool(search.columns),
    }


def _one_of(text: str, kind: type[Standing] | type[Order]) -> str:
    if text and text not in set(kind):
        raise BadInput("choice", user_message="请从列表里选择。")
    return text
