"""A tenant with its adapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from server.ports.hospital_system import HisDoor, HospitalSystem
from server.ports.payment_channel import PaymentChannel
from server.ports.people import ChatAccount, Identity, Messenger, Sms


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRules:
    """``alone``: how long after the payment one person may refund it without a second. ``valid``: how long a request waits for one."""

    alone: timedelta = timedelta(days=7)
    valid: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """医院: one tenant and its adapters. ``public_url`` is where patients reach us, without a trailing slash."""

    id: str
    prefix: str
    name: str
    public_url: str
    channels: Mapping[str, PaymentChannel]
    identities: Mapping[str, Identity]
    chats: Mapping[str, ChatAccount]
    messengers: Mapping[str, Messenger]
    sms: Sms | None
    his: HospitalSystem
    his_door: HisDoor
    menu: Mapping[str, object] = field(default_factory=dict)
    help_phone: str = ""
    refund_rules: RefundRules = RefundRules()
