"""Notifications: verified, then read (docs/protocols/alipay.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.errors import BadInput
from server.core.ports import RawReply, RawRequest
from server.payments.ports import VerifiedNotification
from server.payments.rules.trades import BankArrival, RefundNews, RefundSum, Trade
from server.platforms.alipay.openapi.account import CHANNEL
from server.platforms.alipay.openapi.forms import V1, V2, read_form
from server.platforms.alipay.openapi.keys import AlipayVerifier
from server.platforms.alipay.pay.bank_arrivals import is_bank_arrival, read_bank_arrival
from server.platforms.alipay.pay.wire import read_notice


class AlipayNotifications:
    """Alipay sends the same notification for 25 hours with the signature of the first time, so its age proves nothing: a repeat
    is applied again and changes nothing. App, seller and amount are compared where the payment is known.
    """

    def __init__(self, verifier: AlipayVerifier, app_id: str) -> None:
        self._verifier = verifier
        self._app_id = app_id

    def verify(self, raw: RawRequest) -> VerifiedNotification:
        """The only maker of VerifiedNotification here. Raises Forged, or BadInput for what is genuine and of no use."""
        fields = read_form(raw.body, self._verifier, V1, V2)
        try:
            content = self._content(fields)
        except ValueError as error:
            raise BadInput("unreadable notification") from error
        return VerifiedNotification(channel=CHANNEL, content=content)

    def _content(self, fields: Mapping[str, str]) -> Trade | RefundNews | RefundSum | BankArrival:
        return read_bank_arrival(fields, self._app_id) if is_bank_arrival(fields) else read_notice(fields)

    def acknowledge(self) -> RawReply:
        """Exactly these seven bytes: anything else is a no."""
        return RawReply(status=200, body=b"success")

    def refuse(self) -> RawReply:
        return RawReply(status=500, body=b"fail")
