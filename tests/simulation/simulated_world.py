"""Everything of one run in one place: the outside, the processes, the people, the faults, the trace."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any

from sandbox.outside import Outside
from sandbox.world.chance import Dice, WorldClock
from sandbox.world.deliveries import Deliveries
from sandbox.world.events import Events
from sandbox.world.faults import Faults as TheirFaults
from sandbox.world.people import Person, invented_people
from sandbox.world.records import Records
from sandbox.world.scene import Scene
from sandbox.world.wire import Record, Request, Response
from server.infrastructure.sealing import Keyring
from server.payments.model import Payment
from tests.simulation.alipay import SimulatedAlipay
from tests.simulation.api_watch import ApiWatch
from tests.simulation.chance import Chance, between, picked
from tests.simulation.channels import SimulatedChannel
from tests.simulation.courier import Courier
from tests.simulation.database import Database
from tests.simulation.day_closing import DayClosing
from tests.simulation.employees import Employees
from tests.simulation.erasures import Erasures
from tests.simulation.faults import Faults, Planned
from tests.simulation.hospital_desk import HospitalDesk, open_hospital
from tests.simulation.keys import hospital_file, keys
from tests.simulation.mini_program import SimulatedMiniProgram
from tests.simulation.minis import Mini
from tests.simulation.phones import Phone
from tests.simulation.process import AppProcess, Life
from tests.simulation.purpose_books import SilentReading
from tests.simulation.purpose_people import PurposePhone
from tests.simulation.purpose_systems import PurposeSystems, with_methods
from tests.simulation.recurring import RecurringTasks
from tests.simulation.timeline import SimulatedClock, SimulatedLoop
from tests.simulation.trace import Trace
from tests.simulation.visitors import Visitor, may_see
from tests.simulation.watching import Watch
from tests.simulation.wechat import SimulatedWechat

CHANNELS = (SimulatedWechat, SimulatedAlipay)
"""A new channel joins here: its `SimulatedChannel`. Its phones follow from it."""
LEASES_S = (60.0, 60.0, 30.0)
PHONES_MAX = 3


class SimulatedWorld:
    def __init__(
        self,
        loop: SimulatedLoop,
        seed: int,
        only_faults: frozenset[str] | None = None,
        *,
        mini: bool = False,
        purposes: bool = False,
        planned: Planned | None = None,
    ) -> None:
        """``purposes``: people pay for the two test purposes, and not for bills."""
        self.loop = loop
        self.seed = seed
        self.over = False
        self.chance = Chance(seed)
        self.trace = Trace(loop.time)
        self.faults = Faults(self.chance, self.trace, only_faults, planned)
        self.clock = SimulatedClock(loop, 86_400 * self.chance.share("morning"))
        self.lease_s = picked(LEASES_S, self.chance.share("lease"))
        self.file = with_methods(hospital_file()) if purposes else hospital_file()
        self.hospital_id = self.file.id
        self.public_url = "http://app.example"
        self.sealer = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)
        self.lied_about: set[str] = set()
        self.strangers: dict[str, int] = {}
        self.unannounced: dict[str, int] = {}
        """How much of a payment somebody has refunded in the merchant's console without a word to anybody."""
        self.heard: list[tuple[str, str, float]] = []
        """Answers that came through: about what, to which process, when."""
        self.may_come_twice: set[str] = set()
        """What calls were about that the network delivered twice, or whose answer never came."""
        self.deaths: list[tuple[str, float]] = []
        self.dark: dict[str, float] = {}
        """Until when a system can't be reached."""
        self.hung_beyond: set[str] = set()
        """What hung in the HIS for longer than it states."""
        self.probed_until_s = 0.0
        """Until when workers look what waits for a system that is back."""
        self.notable: set[str] = set()
        """What somebody led the mini-program's doors into."""
        people = invented_people()
        scene = self._scene()
        how_many = 1 + int(PHONES_MAX * self.chance.share("phones"))
        self.bills = open_hospital(scene, people[:PHONES_MAX], seed)
        self.outside = Outside(scene)
        self.outside.sms.receipt_url = (
            f"{self.public_url}/notify/sms/{self.hospital_id}/{scene.keys['sms_receipt_secret']}"
        )
        if self.chance.share("wechatpay/as measured") < 0.5:  # where the sources conflict, half of the seeds play each
            scene.faults.settings |= {"wechatpay_close_unknown": "close", "wechatpay_order_changed": "invalid"}
        if planned is not None:
            scene.faults.settings |= planned.settings
        self.channels: list[SimulatedChannel] = [join(self.outside) for join in CHANNELS]
        self.desk = HospitalDesk(self.outside, gruff=self.chance.share("his/gruff") < 0.3)
        self.his_errs = self.chance.share("his/errs") < 0.15
        self.database = Database(self)
        self.purposes = PurposeSystems(self) if purposes else None
        self.watch = Watch(self, SilentReading() if purposes else None)
        self.erasures = Erasures(self)
        self.closing = DayClosing(self)
        self.database.saved += [self.erasures.saved, self.watch.saved]
        self.courier = Courier(self)
        self.web = [AppProcess(self, name, polls=False) for name in ("web-1", "web-2")]
        self.work = [AppProcess(self, name, polls=True) for name in ("work-1", "work-2")]
        self.rounds = AppProcess(self, "rounds", polls=False)
        """Does the recurring tasks, which in the real thing each worker does."""
        self.tasks = RecurringTasks(self)
        self.phones = self._phones(people, how_many)
        self.mini_program = SimulatedMiniProgram(
            self.outside, next(channel for channel in self.channels if isinstance(channel, SimulatedWechat))
        )
        self.minis = self._minis() if mini else []
        self.visitors: list[Visitor] = [*self.phones, *self.minis]
        self.api_watch = ApiWatch(self)
        self.employees = Employees(self)
        self._tasks: dict[asyncio.Task[Any], None] = {}

    def _scene(self) -> Scene:
        records, faults = Records(), TheirFaults()
        return Scene(
            keys=keys(),
            records=records,
            clock=WorldClock(self.clock.now),
            dice=Dice(random.Random(f"outside/{self.seed}").getrandbits(64)),
            faults=faults,
            deliveries=Deliveries(records, faults),
            events=Events(),
            people=invented_people(),
            app_url=self.public_url,
            app_public_url=self.public_url,
            hospital_id=self.hospital_id,
        )

    def _phones(self, people: tuple[Person, ...], how_many: int) -> list[Phone]:
        """Each person has a phone with one client; now and then the second phone is the first person's other client."""
        first = int(self.chance.share("channel") * len(self.channels))
        same = self.chance.share("channel/same") < 0.4
        owners = [0, 0 if same else 1, 2][:how_many]
        kind = Phone if self.purposes is None else PurposePhone
        return [
            kind(self, f"phone-{place + 1}", people[owner], self.channels[(first + place) % len(self.channels)])
            for place, owner in enumerate(owners)
        ]

    def _minis(self) -> list[Mini]:
        """Everybody who has a phone has the mini-program as well."""
        owners = dict.fromkeys(phone.person for phone in self.phones)
        return [Mini(self, f"mini-{place}", person, self.mini_program) for place, person in enumerate(owners, start=1)]

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
        if where == "his.bill.confirm" and self.desk.is_gruff_about(request):
            fault = {"what": "refuse", "code": "ALREADY_PAID", "message": "缴费单已支付"}
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
