"""The way a refund goes back, as its channel says it: what patients and staff read about it, and whether there is one."""

from __future__ import annotations

from datetime import datetime

from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.ports import ChannelCapabilities
from server.payments.rules.refund_window import must_reach

_UNKNOWN = ChannelCapabilities(methods=frozenset())


def refund_channel_info(hospital: Hospital, channel: str) -> ChannelCapabilities:
    """What people call the channel (``title``) and when they may expect its money (``arrival``); careful words for one that is gone."""
    known = hospital.channels.get(channel)
    return _UNKNOWN if known is None else known.capabilities


def way_back(hospital: Hospital, payment: Payment) -> ChannelCapabilities:
    return refund_channel_info(hospital, payment.cash.channel)


def must_lead_back(hospital: Hospital, payment: Payment, now: datetime, refund_id: str = "") -> None:
    """Raises BeyondReach where the channel would not send this payment's money back any more (``refund_id``: for this refund of it)."""
    way = way_back(hospital, payment)
    must_reach(payment, way.reach, way.title, now, refund_id)
