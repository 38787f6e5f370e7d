"""Both sides' books at the end of a run: what we have stored, and what the channels and the HIS hold."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from server.payments.model import Payment
from server.payments.rules.his_asked import HIS_ASKED
from tests.simulation.channels import Refund, Trade
from tests.simulation.line import at_once

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld


class Books:
    """Both sides' books at the end of a run."""

    def __init__(self, world: SimulatedWorld) -> None:
        self.world = world
        self.payments = world.database.payments()
        self.trades: dict[str, Trade] = {t.out_trade_no: t for c in world.channels for t in c.trades()}
        self.refunds: defaultdict[str, list[Refund]] = defaultdict(list)
        for channel in world.channels:
            for refund in channel.refunds():
                self.refunds[refund.out_trade_no].append(refund)
        world.outside.hospital.queue.land_due()
        books = world.outside.hospital.his.books()
        self.his = {trade["out_trade_no"]: trade for trade in books["trades"]}
        alerts = at_once(world.database.stores.alerts.latest(world.hospital_id, 1000))
        self.alerted = {alert.id for alert in alerts}
        self.released = {release["out_refund_no"]: release for release in books["refunds"]}
        self.bills = {bill["bill_no"]: bill for bill in books["bills"]}

    def refused_fen(self, payment: Payment) -> int:
        """Refunded in the console, refused by the HIS for good, and finance knows."""
        told = (
            refund
            for refund in payment.refunds
            if f"{payment.id}:console_refund_not_written_off:{refund.id}" in self.alerted
            and refund.id not in self.released
        )
        return sum(refund.amount_fen - refund.covered_fen for refund in told)

    def late_fen(self, payment: Payment) -> int:
        """Booked by a call that hung in the HIS for longer than it states, and landed after the money had gone back; finance knows."""
        his = self.his.get(payment.id) if payment.id in self.world.hung_beyond else None
        told = f"{payment.id}:his_holds_returned:{payment.late_trade_no}" in self.alerted
        return his["amount_fen"] if his is not None and his["his_trade_no"] == payment.late_trade_no and told else 0

    def lost(self, payment: Payment) -> bool:
        """Has the HIS lost the booking, and not taken it again when it was asked? Then finance has decided about it on its day, and not that
        the money goes back.
        """
        asked = any(line.what == HIS_ASKED and line.detail.get("found") == "no" for line in payment.history)
        closing = self.world.closing
        gone = payment.id in closing.forgotten and payment.id not in self.his
        return asked and gone and not closing.sent_back(payment.id)

    def back_fen(self, number: str) -> int:
        return sum(refund.amount_fen for refund in self.refunds[number] if refund.state == "success")

    def shows_refunds(self, number: str) -> bool:
        """Does the channel say of the order that something was refunded?"""
        return any(channel.shows_refunds(number) for channel in self.world.channels)

    def in_fen(self, number: str) -> int:
        trade = self.trades.get(number)
        return trade.amount_fen if trade is not None and trade.transaction_id else 0
