"""Everything of one run in one place: the outside, the processes, the people, the faults, the trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any

from sandbox.outside import Outside
from sandbox.world.people import invented_people
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response
from server.infrastructure.sealing import Keyring
from server.payments.model import Payment
from tests.simulation.alipay import SimulatedAlipay
from tests.simulation.api_watch import ApiWatch
from tests.simulation.balances import Balances
from tests.simulation.chance import Chance, between, picked
from tests.simulation.channels import SimulatedChannel
from tests.simulation.courier import Courier
from tests.simulation.database import Database
from tests.simulation.day_closing import DayClosing
from tests.simulation.employees import Employees
from tests.simulation.erasures import Erasures
from tests.simulation.faults import Faults, Planned
from tests.simulation.guardian_people import Guardians
from tests.simulation.hospital_desk import HospitalDesk, open_hospital
from tests.simulation.mini_program import SimulatedMiniProgram
from tests.simulation.openings import a_scene, file_of, minis_of, phones_of
from tests.simulation.paying import Paying
from tests.simulation.process import AppProcess, Life
from tests.simulation.purpose_books import SilentReading
from tests.simulation.purpose_systems import PurposeSystems
from tests.simulation.recurring import RecurringTasks
from tests.simulation.refusals import CONFIRMS
from tests.simulation.registration_system import RegistrationSystem
from tests.simulation.stays import Stays
from tests.simulation.timeline import SimulatedClock, SimulatedLoop
from tests.simulation.trace import Trace
from tests.simulation.visitors import Visitor, may_see
from tests.simulation.watching import Watch
from tests.simulation.wechat import SimulatedWechat
from tests.simulation.world_notes import WorldNotes

CHANNELS = (SimulatedWechat, SimulatedAlipay)
"""A new channel joins here: its `SimulatedChannel`. Its phones follow from it."""
LEASES_S = (60.0, 60.0, 30.0)
PHONES_MAX = 3


class SimulatedWorld(WorldNotes):
    public_url = "http://app.example"

    def __init__(
        self,
        loop: SimulatedLoop,
        seed: int,
        only_faults: frozenset[str] | None = None,
        *,
        mini: bool = False,
        paying: Paying = Paying.BILLS,
        planned: Planned | None = None,
        until: Callable[[str], bool] | None = None,
    ) -> None:
        super().__init__()
        self.paying = paying
        self.loop, self.seed = loop, seed
        self.chance = Chance(seed)
        self.trace = Trace(loop.time, until)
        self.faults = Faults(self.chance, self.trace, only_faults, planned)
        self.clock = SimulatedClock(loop, 86_400 * self.chance.share("morning"))
        self.lease_s = picked(LEASES_S, self.chance.share("lease"))
        self.file = file_of(paying)
        self.hospital_id = self.file.id
        self.sealer = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)
        self.people = people = invented_people()
        scene = a_scene(self)
        how_many = 1 + int(PHONES_MAX * self.chance.share("phones"))
        self.bills = open_hospital(scene, people[:PHONES_MAX], seed)
        self.outside = self._outside(scene, planned)
        self.channels: list[SimulatedChannel] = [join(self.outside) for join in CHANNELS]
        self.desk = HospitalDesk(self.outside, gruff=self.chance.share("his/gruff") < 0.3)
        self.his_errs = self.chance.share("his/errs") < 0.15
        self.database = Database(self)
        self.purposes = PurposeSystems(self) if paying is Paying.PURPOSES else None
        self.registration = RegistrationSystem(self) if paying.of_numbers else None
        self.watch = Watch(self, None if paying.of_bills else SilentReading())
        self.erasures = Erasures(self)
        self.closing = DayClosing(self)
        self._open_more(paying)
        self.database.saved += [self.erasures.saved, self.watch.saved, *self._numbers_watched()]
        self.courier = Courier(self)
        self.web = [AppProcess(self, name, polls=False) for name in ("web-1", "web-2")]
        self.work = [AppProcess(self, name, polls=True) for name in ("work-1", "work-2")]
        self.rounds = AppProcess(self, "rounds", polls=False)
        """Does the recurring tasks, which in the real thing each worker does."""
        self.tasks = RecurringTasks(self)
        self.phones = phones_of(self, people, how_many)
        self.mini_program = SimulatedMiniProgram(self.outside, self._wechat)
        self.minis = minis_of(self) if mini else []
        self.visitors: list[Visitor] = [*self.phones, *self.minis]
        self.api_watch = ApiWatch(self)
        self.employees = Employees(self)
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def _open_more(self, paying: Paying) -> None:
        """What else the hospital has than bills and numbers."""
        self.stays = Stays(self) if paying is Paying.STAYS else None
        self.balances = Balances(self) if paying is Paying.BALANCES else None
        self.guardians = Guardians(self) if paying is Paying.GUARDIANS else None

    def _outside(self, scene: Scene, planned: Planned | None) -> Outside:
        """The platforms. Where the sources conflict about WeChat Pay, half of the seeds play each."""
        outside = Outside(scene)
        outside.sms.receipt_url = f"{self.public_url}/notify/sms/{self.hospital_id}/{scene.keys['sms_receipt_secret']}"
        if self.chance.share("wechatpay/as measured") < 0.5:
            scene.faults.settings |= {"wechatpay_close_unknown": "close", "wechatpay_order_changed": "invalid"}
        if planned is not None:
            scene.faults.settings |= planned.settings
        return outside

    @property
    def _wechat(self) -> SimulatedWechat:
        return next(channel for channel in self.channels if isinstance(channel, SimulatedWechat))

    def _numbers_watched(self) -> list[Callable[[Payment | None, Payment], None]]:
        return [] if self.registration is None else [self.registration.saved]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Each phone with the mini-program of its person."""
        return [(mini.name, phone.name) for mini in self.minis for phone in self.phones if phone.person is mini.person]

    @property
    def processes(self) -> list[AppProcess]:
        return [*self.web, *self.work, self.rounds]

    # ---- what the parts ask of the world ------------------------------------------------------------------------------------------

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Something outside the app that goes on by itself."""
        task = self.loop.create_task(coroutine)
        self._tasks[task] = None
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        del self._tasks[task]
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self.trace.problem(f"the simulator stumbled: {error!r}")

    def crash(self, life: Life) -> None:
        for process in self.processes:
            if process.life is life:
                process.crash()

    def calm(self) -> None:
        """The faults stop: everything is there again, and every clock is right."""
        self.faults.active = False
        self.database.recover()
        self.dark.clear()
        for process in self.processes:
            process.revive()
            process.machine.set(None)

    def where(self, request: Request) -> str:
        platform = self.outside.platform_of(request)
        return "nowhere" if platform is None else platform.where(request)

    def handle(self, where: str, request: Request, fault: Record | None) -> Response:
        """The platform at work."""
        platform = self.outside.platform_of(request)
        if where in CONFIRMS and self.desk.is_gruff_about(request):
            fault = {"what": "refuse", "code": "ALREADY_PAID", "message": "缴费单已支付"}
        if self.balances is not None and fault is None:
            fault = self.balances.news.befalls(where, request)
        knew = where == "his.bill.confirm" and self.desk.knows(request)
        response = Response(status=404) if platform is None else platform.handle(request, fault)
        if where == "his.bill.confirm" and not knew:
            response = self._perhaps_written_wrong(request, response)
        self.watch.handled(where, request)
        self.courier.wake()
        return response

    def _perhaps_written_wrong(self, confirm: Request, response: Response) -> Response:
        """A HIS that writes another amount down, and falls over it. No rule can end such a payment: people do (`finance_pair.py`)."""
        shares = self.chance.rolls(f"his/another amount/{confirm.json().get('out_trade_no')}")
        if not self.his_errs or shares[0] > 0.3:
            return response
        more_fen = 100 if shares[1] < 0.5 else -1
        if self.desk.write_another_amount(confirm, more_fen):
            self.trace.note("his", "writes another amount", f"{more_fen:+} fen")
            self.notable.add("his errs")
            return Response(status=502)
        return response

    def paid_at_once(self, order: Request) -> None:
        for channel in self.channels:
            channel.pay_early(order)
        self.courier.wake()

    def his_differs(self, payment_id: str) -> bool:
        """Does the HIS hold this number at another amount than was paid?"""
        payment = self.database.payment(payment_id)
        trades = self.outside.hospital.his.books()["trades"]
        held = next((trade["amount_fen"] for trade in trades if trade["out_trade_no"] == payment_id), None)
        return payment is not None and held is not None and held != payment.amount_fen

    def next_due(self) -> datetime | None:
        return self.database.next_due()

    def owed(self) -> list[datetime]:
        """When the app, the platforms and what hangs in the HIS have something to do next."""
        moments = (self.next_due(), self.outside.next_due(), self.outside.hospital.queue.next_due())
        return [moment for moment in moments if moment is not None]

    def visitor(self, name: str) -> Visitor:
        return next(visitor for visitor in self.visitors if visitor.name == name)

    def owner(self, payment: Payment) -> Visitor:
        """Who has begun it, and where."""
        return next(visitor for visitor in self.visitors if visitor.is_payer_of(payment))

    def may_see(self, visitor: Visitor, payment: Payment, since: float) -> bool:
        return may_see(visitor, self.owner(payment), since)

    def days(self, days: float) -> timedelta:
        return timedelta(days=days)

    def shorter(self, number: str) -> str:
        """Enough of a number to follow it through a trace."""
        head, dash, about = number.partition("-")
        return f"…{head[-9:]}{dash}{about}" if len(head) > 12 else number

    def note_step(self, process: str, before: Payment | None, after: Payment) -> None:
        """One line for what a stored step changed."""
        known = 0 if before is None else len(before.history)
        told = [line.what for line in after.history[known:]]
        if before is None or told or before.effects != after.effects:
            owed = " ".join(f"{effect.key}{'*' if effect.lease else ''}" for effect in after.effects)
            self.trace.note(
                process, f"{self.shorter(after.id)} v{after.version} {after.state}", f"{' '.join(told)} [{owed}]"
            )

    def dial(self, least: float, most: float, label: str) -> float:
        return between(least, most, self.chance.share(label))
