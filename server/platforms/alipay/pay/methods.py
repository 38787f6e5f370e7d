"""What one method of paying has of its own; the rest of an order is common to all (`channel.py`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from server.payments.part import ChannelRequest
from server.payments.ports import ClientCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What every order says (``biz_content``), and where Alipay tells of it; both follow from the stored request alone."""

    content: Mapping[str, object]
    notify_url: str
    page: str


class PayMethod(Protocol):
    name: str

    async def order(self, order: Order, request: ChannelRequest) -> str:
        """Place it; the handle. Raises OutcomeUnknown, NotSent, OutsideRefusal; ValueError for an answer without a handle."""

    def client_call(self, order: Order, order_ref: str) -> ClientCall: ...
