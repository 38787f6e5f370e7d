"""The page that shows the QR code of a payment, for a phone other than the one on which it was begun."""

from __future__ import annotations

import base64
from datetime import datetime

from handlers.base.display import yuan
from handlers.patient.views.payments import progress_text
from server.core.days import hospital_time
from server.payments.answers import ShownCode
from server.payments.rules.starting import CONTINUE_MIN


def code_page(base: str, shown: ShownCode, client: str, png: bytes, now: datetime) -> dict[str, object]:
    """``client`` is the program that scans it, as people call it; ``png`` draws the code. ``seconds_left``: until the page takes it away."""
    view, part = shown.view, shown.part
    own = f"{base}/payments/{view.payment.id}"
    until = part.request.expires_at - CONTINUE_MIN
    seconds = max(0, int((until - now).total_seconds()))
    return {
        "progress": view.standing.progress,
        "state_title": progress_text(view, now, just_paid=False).title,
        "part": part.order_no,
        "state_url": f"{own}/state",
        "own_url": own,
        "client": client,
        "amount": yuan(part.amount_fen),
        "code": "data:image/png;base64," + base64.b64encode(png).decode(),
        "until": f"{hospital_time(until):%H:%M}",
        "seconds_left": seconds,
        "time_left": f"{seconds // 60}分{seconds % 60:02}秒",
    }
