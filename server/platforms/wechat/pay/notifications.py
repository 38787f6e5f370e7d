"""Notifications of payments and refunds: verified, opened, read, in this order (docs/protocols/wechat_pay_v3.md sections 3 and 7)."""

from __future__ import annotations

import json

from server.core.errors import BadInput
from server.core.ports import Clock, RawReply, RawRequest
from server.payments.ports import VerifiedNotification
from server.payments.rules.trades import ChannelRefund, Trade
from server.platforms.wechat.pay.account import WechatPayAccount
from server.platforms.wechat.pay.sealed import open_sealed
from server.platforms.wechat.pay.signing import PlatformVerifier
from server.platforms.wechat.pay.wire import read_envelope, read_refund_notification, read_trade

_PAID = "TRANSACTION.SUCCESS"
_REFUNDED = frozenset({"REFUND.SUCCESS", "REFUND.CLOSED", "REFUND.ABNORMAL"})


def _json(status: int, code: str, message: str) -> RawReply:
    body = json.dumps({"code": code, "message": message}, ensure_ascii=False).encode()
    return RawReply(status=status, body=body, content_type="application/json; charset=utf-8")


_ACKNOWLEDGED = _json(200, "SUCCESS", "成功")
_REFUSED = _json(500, "FAIL", "失败")


class WechatPayNotifications:
    def __init__(self, channel: str, account: WechatPayAccount, verifier: PlatformVerifier, clock: Clock) -> None:
        self._channel = channel
        self._mch_id = account.mch_id
        self._apiv3_key = account.apiv3_key.encode()
        self._verifier = verifier
        self._clock = clock

    def verify(self, raw: RawRequest) -> VerifiedNotification:
        """The only maker of VerifiedNotification here. What it holds follows from the signed event, not from the path.

        Raises Forged for a wrong signature or seal, BadInput for genuine content that we can't use.
        """
        self._verifier.check(raw.headers, raw.body, self._clock.now())
        try:
            envelope = read_envelope(raw.body)
        except ValueError as error:
            raise BadInput("unreadable notification") from error
        sealed = envelope.resource
        plain = open_sealed(self._apiv3_key, sealed.nonce, sealed.associated_data or "", sealed.ciphertext)
        content = self._content(envelope.event_type, plain)
        return VerifiedNotification(channel=self._channel, content=content)

    def acknowledge(self) -> RawReply:
        return _ACKNOWLEDGED

    def refuse(self) -> RawReply:
        return _REFUSED

    def _content(self, event_type: str, plain: bytes) -> Trade | ChannelRefund:
        try:
            if event_type == _PAID:
                return read_trade(plain)
            if event_type in _REFUNDED:
                refund = read_refund_notification(plain)
                if refund.merchant_id != self._mch_id:
                    raise BadInput("refund of another merchant")
                return refund
        except ValueError as error:
            raise BadInput("unreadable resource") from error
        raise BadInput("unknown event")
