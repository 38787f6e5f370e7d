"""What patients and staff read about the way a refund goes back, as its channel says it."""

from __future__ import annotations

from server.domain.payment import Payment
from server.ports import ChannelCapabilities, Hospital

_UNKNOWN = ChannelCapabilities(methods=frozenset())


def way_of(hospital: Hospital, channel: str) -> ChannelCapabilities:
    """What people call the channel (``title``) and when they may expect its money (``arrival``); careful words for one that is gone."""
    known = hospital.channels.get(channel)
    return _UNKNOWN if known is None else known.capabilities


def way_back(hospital: Hospital, payment: Payment) -> ChannelCapabilities:
    return way_of(hospital, payment.cash.channel)
