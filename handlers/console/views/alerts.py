"""Alerts: by kind with counts, those of one kind, and what was closed last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from handlers.base.display import clock_time
from handlers.console.views.actors import by_whom
from handlers.console.views.money import money_url
from handlers.console.views.words import ALERT_STATES, CLOSE_REASONS, CLOSED_BY_ITSELF
from server.alerts.model import Alert, CloseReason, Standing
from server.alerts.texts import ALERTS
from server.console.rules import MAY_ENTER, Room
from server.payments.rules.unclaimed_returns import money_told_of
from server.staff.model import Staff


def kinds_page(standing: Iterable[Standing], closed: Iterable[tuple[Alert, str]], actor: Staff) -> dict[str, object]:
    return {
        "kinds": [
            {
                "url": f"/console/alerts?{urlencode({'kind': one.kind})}",
                "what": ALERTS.get(one.kind, one.kind),
                "open": str(one.open),
                "taken": str(one.taken),
                "oldest": clock_time(one.oldest),
            }
            for one in sorted(standing, key=lambda one: one.oldest)
        ],
        "closed": [
            {
                **_alert(alert, actor),
                "closed": clock_time(alert.closed_at) if alert.closed_at else "",
                "by": by_whom(alert.closed_by),
                "why": _why(alert.why),
                "note": note,
            }
            for alert, note in closed
        ],
    }


def kind_page(kind: str, alerts: Sequence[Alert], standing: Iterable[Standing], actor: Staff) -> dict[str, object]:
    """``rest`` is how many stand behind those that are shown."""
    count = sum(one.open + one.taken for one in standing if one.kind == kind)
    return {
        "kind": kind,
        "what": ALERTS.get(kind, kind),
        "alerts": [_alert(alert, actor) for alert in alerts],
        "count": count,
        "rest": max(0, count - len(alerts)),
        "reasons": [{"key": str(reason), "text": CLOSE_REASONS[reason]} for reason in CloseReason],
    }


def _alert(alert: Alert, actor: Staff) -> dict[str, str]:
    """The link is there for those who may see the payment, or the money. Of other documents, whose ids have a dash, there is no page."""
    money_id, _ = money_told_of(alert)
    url = f"/console/payments/{alert.payment_id}" if alert.payment_id.isalnum() else ""
    room, url = (Room.MONEY, money_url(money_id)) if money_id else (Room.PAYMENTS, url)
    return {
        "id": alert.id,
        "time": clock_time(alert.at),
        "what": ALERTS.get(alert.kind, alert.kind),
        "text": alert.text,
        "url": url if actor.role in MAY_ENTER[room] else "",
        "state": ALERT_STATES[alert.state],
        "taken_by": by_whom(alert.taken_by) if alert.taken_by else "",
        "times": f"第{alert.opened}次出现" if alert.opened > 1 else "",
    }


def _why(why: str) -> str:
    return {**{str(reason): text for reason, text in CLOSE_REASONS.items()}, **CLOSED_BY_ITSELF}.get(why, why)
