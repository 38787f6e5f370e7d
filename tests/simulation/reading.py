"""What people read, at the moment at which it arrives on their phone: is it theirs, is it so, does it say what the books outside say, and
does it come after what happened before it? And what is sent: has it been overtaken by what its sender knows already?
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING

from sandbox.sms.templates import BY_CODE
from sandbox.world.wire import Record
from server.core.history import HistoryEvent
from server.old_balances.telling import OLD_BALANCE
from server.payments.model import Payment
from server.payments.rules.told_sums import REFUNDED_ELSEWHERE
from tests.simulation.channels import Told
from tests.simulation.staff_reading import StaffReading
from tests.simulation.truth import Truth

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld
    from tests.simulation.visitors import Visitor

BY_SMS, IN_CHAT = "sms", "message"
SENDS = {"wechat.template": IN_CHAT, "miniprogram.subscribe": IN_CHAT, "alipay.message": IN_CHAT, "sms.send": BY_SMS}
"""Calls that bring a message to a patient, and the effect that makes them."""
TO_STAFF, STAFF_PLACE = "tell_staff", "wechat.template"
"""Staff of the simulation never write to the account, so it reaches them by template."""
DIGITS = frozenset({"time"})
NUMBERS = frozenset({"payment", "refund"})


class Reading:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._staff = StaffReading(world)
        self._seen: dict[str, int] = {}
        """How many messages each visitor has read; of SMS, all people together."""
        self.read: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        """What was read about a payment on one way, in the order of its first arrival."""

    # ---- going out -----------------------------------------------------------------------------------------------------------------

    def sends(self, where: str, payment: Payment | None, effect_key: str) -> None:
        """A call for an effect of ``payment``, as its worker has read it, goes out."""
        kind, _, subject = effect_key.partition(":")
        if payment is not None and kind == TO_STAFF and where == STAFF_PLACE:
            self._staff.sends(payment, subject)
        if payment is None or SENDS.get(where) != kind:
            return
        if Truth(self._world, payment).overtaken(subject):
            self._problem(payment, kind, subject, "is sent although it is overtaken")

    def dropped(self, payment: Payment, line: HistoryEvent) -> None:
        """A message was given up as overtaken: it must be, to the knowledge that ``payment`` has."""
        if not line.what.endswith("_overtaken"):
            return
        way, subject = line.what.removesuffix("_overtaken"), line.detail["about"]
        if not Truth(self._world, payment).overtaken(subject):
            self._problem(payment, way, subject, "is dropped although it is true")

    # ---- coming in -----------------------------------------------------------------------------------------------------------------

    def handled(self, where: str) -> None:
        """A platform has done a call: what is new on the phones is read."""
        if where not in SENDS:
            return
        if SENDS[where] == BY_SMS:
            messages = list(self._world.outside.scene.records.all("sms.message"))
            for message in messages[self._seen.get(BY_SMS, 0) :]:
                self._read_sms(message)
            self._seen[BY_SMS] = len(messages)
            return
        if where == STAFF_PLACE:
            self._staff.arrived()
        for visitor in self._world.visitors:
            told = visitor.told()
            for each in told[self._seen.get(visitor.name, 0) :]:
                if each.purpose != OLD_BALANCE:  # of a card, not of a payment (`balance_news.py`)
                    self._read_card(visitor, each)
            self._seen[visitor.name] = len(told)

    def _read_sms(self, message: Record) -> None:
        template = BY_CODE[message["template_code"]]
        number, dash, subject = message["out_id"].partition("-")
        if not dash or template.purpose == "card_code":
            return
        payment = self._world.database.payment(number)
        if payment is None or message["phone"] != payment.personal.phone:
            self._world.trace.problem(f"(d) {message['out_id']}: an SMS to the wrong person")
            return
        if template.purpose != subject.partition(".")[0]:
            self._problem(payment, BY_SMS, subject, f"is the text for {template.purpose}")
        values = {value: message["params"][name] for name, value in template.values.items()}
        self._check(payment, BY_SMS, subject, values)

    def _read_card(self, visitor: Visitor, told: Told) -> None:
        payment = self._world.database.payment(told.payment)
        if payment is None or not visitor.is_payer_of(payment):
            self._world.trace.problem(
                f"(d) {told.payment} {told.purpose}: {visitor.name} reads what is another person's"
            )
            return
        self._check(payment, IN_CHAT, told.purpose, told.values)

    def _check(self, payment: Payment, way: str, subject: str, values: Mapping[str, str]) -> None:
        truth, read = Truth(self._world, payment), self.read[payment.id, way]
        if missing := truth.missing(subject):
            self._problem(payment, way, subject, missing)
            return
        right = truth.words(subject)
        for name, shown in values.items():
            if not is_shown(name, right[name], shown):
                self._problem(payment, way, subject, f"says {name} {shown!r}, right is {right[name]!r}")
        if subject in read:
            return
        for before in read:
            if happened(payment, before) > happened(payment, subject):
                self._problem(payment, way, subject, f"is read after {before}")
        read.append(subject)

    def _problem(self, payment: Payment, way: str, subject: str, what: str) -> None:
        self._world.trace.problem(f"(d) {self._world.shorter(payment.id)} {subject} by {way}: {what}")


def is_shown(name: str, right: str, shown: str) -> bool:
    """Does a person who reads ``shown`` know ``right``? Templates cut long words, and write yuan and days in their own way."""
    if name == "patient":
        masked = len(shown) == len(right) and all(said in {"*", char} for said, char in zip(shown, right, strict=True))
        return (masked and shown[:1] == right[:1] and "*" in shown) or _is_spoken(right, shown)
    if name == "amount":
        return fen(shown) == fen(right)
    if name in DIGITS:
        return re.findall(r"\d+", shown) == re.findall(r"\d+", right)
    if name in NUMBERS:
        return shown == right
    cut = shown.rstrip("…").replace("无", "") if not right else shown.rstrip("…")
    return right.startswith(cut) and bool(cut) == bool(right)


def _is_spoken(right: str, shown: str) -> bool:
    """An SMS has 某 for the hidden part of a name, since phones read it aloud."""
    said = re.fullmatch(r"(.)某(.?)", shown)
    return said is not None and said[1] == right[:1] and said[2] == (right[-1] if len(right) > 2 else "")


def fen(text: str) -> int:
    yuan, _, rest = re.sub(r"[^\d.]", "", text).partition(".")
    return int(yuan or 0) * 100 + int(rest.ljust(2, "0")[:2] or 0)


def _in_the_console(payment: Payment) -> list[tuple[str, str]]:
    """Where nothing went back by us, all of it had gone there when a booking would have been told."""
    by_us = any(line.what in {"refund_succeeded", "returning"} for line in payment.history)
    return [] if by_us else [(REFUNDED_ELSEWHERE, "")]


def happened(payment: Payment, subject: str) -> int:
    """When what ``subject`` tells of happened, as the place of its line in the history."""
    purpose, _, which = subject.partition(".")
    refund = payment.refund(f"{payment.id}{which}") if which else None
    places = {
        "payment_booked": [("booked", ""), ("booked_as_is", "")],
        "payment_confirmed": [("booked", "")],
        "payment_late": [("booking_lasts", "")],
        "payment_not_booked": [("returning", "")],
        "payment_returning": [("returning", "")],
        "payment_returned": [("refund_succeeded", ""), ("returning", ""), *_in_the_console(payment)],
        # the HIS has written it off: before it was asked for where it did so at a window, after that elsewhere
        "refund_accepted": [("refund_requested" if refund.origin == "his" else "refund_released", refund.id)]
        if refund
        else [],
        "refund_arrived": [("refund_succeeded", refund.covered_by or refund.id)] if refund else [],
    }[purpose]
    found = [
        place
        for place, line in enumerate(payment.history)
        if any(line.what == what and (not about or line.detail.get("refund") == about) for what, about in places)
    ]
    last = purpose != "refund_accepted"
    return (found[-1] if last else found[0]) if found else -1
