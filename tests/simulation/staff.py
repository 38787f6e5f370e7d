"""What happens without a phone: the hospital's staff, other money on the same account, machines that die."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.payments.model import PaymentState
from tests.simulation.chance import between, picked
from tests.simulation.employees import under_way
from tests.simulation.script import Step

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

OUTAGE_S = (2.0, 120.0)
DARK_S = (5.0, 1200.0)
UNANNOUNCED = 0.5


class Staff:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world

    async def do(self, step: Step) -> str:
        return str(getattr(self, f"_{step.what}")(step))

    def _bill(self, step: Step) -> str:
        return self._world.bills[step.bills[0]]

    def _window(self, step: Step) -> str:
        return self._world.desk.pay_at_window(self._bill(step))

    def _edit(self, step: Step) -> str:
        return self._world.desk.edit(self._bill(step), 1 + int(step.dial * 2000))

    def _withdraw(self, step: Step) -> str:
        return self._world.desk.withdraw(self._bill(step))

    def _console(self, step: Step) -> str:
        """Finance refunds in the merchant's console what somebody has paid, in part or all that is left; Zhenfu may not even know yet."""
        paid = [
            (channel, trade.out_trade_no)
            for channel in self._world.channels
            for trade in channel.trades()
            if trade.transaction_id
            and trade.out_trade_no not in self._world.strangers
            and not under_way(self._world.database.payment(trade.out_trade_no))
        ]
        if not paid:
            return "nothing to refund"
        channel, number = picked(paid, step.dial)
        announced = not self._is_left_unannounced(number, step)
        share = 1.0 if step.dial * 10 % 1 < 0.6 else 0.4
        done = channel.refund_in_console(number, share, f"{step.number:04d}", announced=announced)
        if not announced and done.isdigit():
            self._world.unannounced[number] = self._world.unannounced.get(number, 0) + int(done)
        self._world.courier.wake()
        return f"{self._world.shorter(number)} {done}"

    def _is_left_unannounced(self, number: str, step: Step) -> bool:
        """Of money that rests with the HIS, half of such refunds are told by nobody: only looks find them."""
        if number in self._world.unannounced:
            return True
        payment = self._world.database.payment(number)
        rests = payment is not None and payment.state is PaymentState.BOOKED and not payment.refunds
        return rests and step.dial * 1000 % 1 < UNANNOUNCED

    def _stranger(self, step: Step) -> str:
        """Somebody pays at the window, on the same merchant account."""
        number, amount_fen = f"WINDOW{step.number:06d}", 100 + int(step.dial * 9000)
        channel = picked(self._world.channels, step.dial)
        channel.pay_at_window(number, amount_fen)
        self._world.strangers[number] = amount_fen
        self._world.courier.wake()
        return f"{number} {amount_fen}"

    def _crash(self, step: Step) -> str:
        if not self._world.faults.active:
            return "spared"
        process = next(process for process in self._world.processes if process.name == step.who)
        process.crash()
        return "killed"

    def _dark(self, step: Step) -> str:
        """A system outside, or the way to it, is down."""
        if not self._world.faults.active:
            return "spared"
        seconds = between(*DARK_S, step.dial * 7 % 1)
        self._world.dark[step.word] = self._world.loop.time() + seconds
        return f"{step.word} is dark for {seconds:.0f} s"

    def _outage(self, step: Step) -> str:
        if not self._world.faults.active:
            return "spared"
        self._world.database.fall_silent(between(*OUTAGE_S, step.dial))
        return "the database is gone"
