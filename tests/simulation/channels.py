"""What the simulation must know of a payment channel. A new channel joins by one class here-like and one line in `ALL`.

Everything else (phones, faults, notifications, checks) speaks of channels only through `SimulatedChannel`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.outside import Outside
from sandbox.world.people import Person
from sandbox.world.wire import Outbound, Record, Request
from server.payments.ports import ClientCall


@dataclass(frozen=True, slots=True)
class Trade:
    """One order, as its platform holds it. ``transaction_id`` is empty while nobody has paid; ``payable``: somebody still may."""

    out_trade_no: str
    amount_fen: int
    transaction_id: str
    payable: bool
    closed: bool
    paid_at: str
    """RFC 3339; empty while nobody has paid."""


@dataclass(frozen=True, slots=True)
class Refund:
    """``state``: processing, success, closed or abnormal. ``in_console``: a person at the hospital made it, not Zhenfu."""

    out_refund_no: str
    out_trade_no: str
    amount_fen: int
    state: str
    in_console: bool


@dataclass(frozen=True, slots=True)
class Told:
    """One message that a person got: about which payment, to say what, when (RFC 3339, the world's time), and its words by the names
    that the app has for them."""

    payment: str
    purpose: str
    at: str
    values: Mapping[str, str]

    @classmethod
    def by(cls, values: Mapping[str, str], data: Mapping[str, Any], purpose: str, at: str) -> Told:
        """From a template's words: ``values`` says which word carries which of the app's values. A message about a refund is told of its
        payment, as the app names it: ``purpose.Rnn``."""
        words = {value: data[word]["value"] for word, value in values.items() if word in data}
        if "refund" not in words:  # about a payment, or about a card alone
            return cls(words.get("payment", ""), purpose, at, words)
        refund = words["refund"]
        return cls(refund[:-3], f"{purpose}.{refund[-3:]}", at, words)


class Talk(Protocol):
    """The account's chat on its platform's side: what a person does there, how it is brought to the app, what is shown of the answer."""

    @property
    def tries(self) -> int: ...

    def say(self, who: str, text: str | None, event: Mapping[str, str] | None) -> Any: ...

    def outbound(self, said: Any) -> Outbound: ...

    def answered(self, said: Any, status: int, body: bytes) -> Record | None: ...

    def trouble(self, said: Any) -> None: ...


class SimulatedChannel(Protocol):
    """One platform with its cashier, its console and its books."""

    name: str
    doors: tuple[str, ...]
    """Paths of its notifications begin so."""
    knows_repeats: bool
    """Is a message that arrives twice under one number of ours shown once?"""

    @property
    def talk(self) -> Talk: ...

    def subject(self, person: Person) -> str:
        """By what name the app knows this person."""

    def follow_event(self, follows: bool) -> dict[str, str]:
        """What the platform tells when somebody follows the account, or no longer."""

    def log_in(self, person: Person, authorize_url: str) -> tuple[str, str]:
        """(code, state) that the platform sends the browser back with."""

    def may_go_wrong(self, call: ClientCall) -> Sequence[str]:
        """The faults that are possible in this cashier now: late_money (closed a moment ago), one_fen_more (still open)."""

    def pay(self, call: ClientCall, result: str, fault: str) -> str:
        """What the cashier does: ``result`` ok, cancel or fail; ``fault`` late_money or one_fen_more. Answers what came of it."""

    def pay_early(self, order: Request) -> None:
        """The money of an order that was placed just now is faster than the order's answer."""

    def trades(self) -> Sequence[Trade]: ...

    def refunds(self) -> Sequence[Refund]: ...

    def shows_refunds(self, out_trade_no: str) -> bool:
        """Does a query of the order say that something of it was refunded? False for another channel's order."""

    def refund_in_console(self, out_trade_no: str, share: float, number: str, *, announced: bool = True) -> str: ...

    def end_abnormal(self, out_refund_no: str) -> None:
        """Finance sends a stuck refund to another account of the payer: it succeeds."""

    def pay_at_window(self, out_trade_no: str, amount_fen: int) -> None:
        """Money of the same merchant account that is not Zhenfu's, notified to Zhenfu all the same."""

    def told(self, person: Person) -> Sequence[Told]: ...

    def reaches(self, person: Person) -> bool:
        """Does the person follow the account, so that messages come through?"""


Join = Callable[[Outside], SimulatedChannel]
