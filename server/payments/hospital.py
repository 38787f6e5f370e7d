"""A tenant with its adapters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from server.patients.contact_ports import ChatAccount, Messenger, Sms
from server.patients.model import PayerIdentity
from server.patients.ports import Identity, MiniProgram
from server.payments.his_ports import HisRequestVerifier, HospitalSystem
from server.payments.methods import MethodRow
from server.payments.ports import PaymentChannel


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRules:
    """``alone``: how long after the payment one person may refund it without a second. ``valid``: how long a request waits for one.
    ``searches_per_hour``: how often one person may look for payments.
    """

    alone: timedelta = timedelta(days=7)
    valid: timedelta = timedelta(hours=24)
    searches_per_hour: int = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """公告: what a hospital tells everybody on the first page."""

    id: str
    title: str
    text: str
    at: datetime


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
    his_door: HisRequestVerifier
    menu: Mapping[str, object] = field(default_factory=dict)
    help_phone: str = ""
    methods: tuple[MethodRow, ...] = ()
    refund_rules: RefundRules = RefundRules()
    card_unused_max: timedelta = timedelta(days=365)  # a binding of a card that lay unused for longer has ended
    payments_kept_years: int = 30  # after the accounting year a payment says so long who paid and for whom
    one_sided_after: timedelta = timedelta(minutes=10)  # money that stands on one side for longer alarms finance
    second_over_fen: int = 100_000  # a larger difference of a day's reconciliation is decided by two people
    further_legs: tuple[str, ...] = ()  # channels whose days are held against one more side's files
    mini_program: MiniProgram | None = None
    announcements: tuple[Announcement, ...] = ()

    @property
    def channel_titles(self) -> Mapping[str, str]:
        """What people call each channel, by its name."""
        return {name: channel.capabilities.title for name, channel in self.channels.items()}

    def mini_program_of(self, identity: PayerIdentity) -> MiniProgram | None:
        """The mini-program, if that is the app on which this person is known by this identity."""
        mini = self.mini_program
        same = mini is not None and (mini.channel, mini.app_id) == (identity.channel, identity.app_id)
        return mini if same else None
