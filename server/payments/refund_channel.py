"""The way a refund goes back, as its channel says it: what patients and staff read about it, and whether there is one."""

from __future__ import annotations

from datetime import datetime

from server.payments.hospital import Hospital
from server.payments.model import Payment
from server.payments.part import Part
from server.payments.ports import ChannelCapabilities
from server.payments.rules.refund_shares import next_to_undo
from server.payments.rules.refund_window import must_reach

_UNKNOWN = ChannelCapabilities(methods=frozenset())
UNKNOWN_TITLE = _UNKNOWN.title


def refund_channel_info(hospital: Hospital, channel: str) -> ChannelCapabilities:
    """What people call the channel (``title``) and when they may expect its money (``arrival``); careful words for one that is gone."""
    known = hospital.channels.get(channel)
    return _UNKNOWN if known is None else known.capabilities


def channel_of_refund(hospital: Hospital, payment: Payment, refund_id: str = "") -> ChannelCapabilities:
    """The channel of this refund; without one, of the part from which money would go back now."""
    return refund_channel_info(hospital, _part(payment, refund_id).channel)


def channel_titles(hospital: Hospital, payment: Payment) -> str:
    """What people call the channels with which it is paid; empty where nothing had to be paid."""
    known = (hospital.channels.get(name) for name in payment.channels)
    return "、".join(channel.capabilities.title for channel in known if channel is not None)


def _part(payment: Payment, refund_id: str) -> Part:
    refund = payment.refund(refund_id)
    return payment.part_of(refund) if refund is not None else next_to_undo(payment) or payment.parts[0]


def must_lead_back(hospital: Hospital, payment: Payment, now: datetime, refund_id: str = "") -> None:
    """Raises BeyondReach where the channel would not send this payment's money back any more (``refund_id``: for this refund of it)."""
    part, way = _part(payment, refund_id), channel_of_refund(hospital, payment, refund_id)
    must_reach(payment, part, way.reach, way.title, now, refund_id)
