"""What happens without a phone: the hospital's staff, other money on the same account, machines that die."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.domain.payment import PaymentState
from tests.simulation.chance import between, picked
from tests.simulation.script import Step

if TYPE_CHECKING:
    from tests.simulation.town import Town

OUTAGE_S = (2.0, 120.0)


class Staff:
    def __init__(self, town: Town) -> None:
        self._town = town

    async def do(self, step: Step) -> str:
        return str(getattr(self, f"_{step.what}")(step))

    def _bill(self, step: Step) -> str:
        return self._town.bills[step.bills[0]]

    def _window(self, step: Step) -> str:
        return self._town.desk.pay_at_window(self._bill(step))

    def _edit(self, step: Step) -> str:
        return self._town.desk.edit(self._bill(step), 1 + int(step.dial * 2000))

    def _withdraw(self, step: Step) -> str:
        return self._town.desk.withdraw(self._bill(step))

    def _console(self, step: Step) -> str:
        """Finance refunds in the merchant's console a payment that Zhenfu knows as paid: in part, or all that is left."""
        known = [
            p for p in self._town.database.payments()
            if p.state in {PaymentState.PAID, PaymentState.BOOKED} and p.amount_fen
        ]  # fmt: skip
        if not known:
            return "nothing to refund"
        payment = picked(known, step.dial)
        share = 1.0 if step.dial * 10 % 1 < 0.6 else 0.4
        for channel in self._town.channels:
            if channel.name == payment.request.channel:
                done = channel.refund_in_console(payment.id, share, f"{step.number:04d}")
                self._town.courier.wake()
                return f"{self._town.shorter(payment.id)} {done}"
        return "no such channel"

    def _stranger(self, step: Step) -> str:
        """Somebody pays at the window, on the same merchant account."""
        number, amount_fen = f"WINDOW{step.number:06d}", 100 + int(step.dial * 9000)
        channel = picked(self._town.channels, step.dial)
        channel.pay_at_window(number, amount_fen)
        self._town.strangers[number] = amount_fen
        self._town.courier.wake()
        return f"{number} {amount_fen}"

    def _crash(self, step: Step) -> str:
        if not self._town.faults.active:
            return "spared"
        process = next(process for process in self._town.processes if process.name == step.who)
        process.crash()
        return "killed"

    def _outage(self, step: Step) -> str:
        if not self._town.faults.active:
            return "spared"
        self._town.database.fall_silent(between(*OUTAGE_S, step.dial))
        return "the database is gone"
