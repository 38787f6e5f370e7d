"""Phones with a person each: they log in, open bills, pay in the cashier, look, switch away, come back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

from sandbox.hospital.his import BILL
from sandbox.world.people import Person
from server.composition import Composition
from server.domain.errors import LoginNeeded, ZhenfuError
from server.domain.payment import Origin
from server.ports import ClientCall, ScannedBills, Session
from tests.simulation.chance import picked
from tests.simulation.channels import SimulatedChannel
from tests.simulation.process import ConnectionLost
from tests.simulation.script import Step

if TYPE_CHECKING:
    from tests.simulation.town import Town

Told = TypeVar("Told")
WAITS_FOR_CASHIER = 16
OTHER_NUMBER = "19900009999"
QR_LIFE_S = 7 * 86400


class Phone:
    """One person's phone, on one channel. What it does may fail in any way; the money must be right all the same."""

    def __init__(self, town: Town, name: str, person: Person, channel: SimulatedChannel) -> None:
        self._town = town
        self.name = name
        self.person = person
        self.channel = channel
        self.wavered = False
        """Has followed or unfollowed the account in this run."""
        self._session: str | None = None
        self._scanned: set[str] = set()
        self._cashiers: list[tuple[str, ClientCall]] = []
        self._payments: list[str] = []

    async def do(self, step: Step) -> str:
        """What came of it, in words for the trace."""
        act = getattr(self, f"_{step.what}")
        try:
            return str(await act(step))
        except ConnectionLost:
            return "no answer"
        except LoginNeeded:
            self._session = None
            return "login needed"
        except ZhenfuError as error:
            return f"{type(error).__name__} {error}"

    # ---- steps -----------------------------------------------------------------------------------------------------------------

    async def _log_in(self, step: Step) -> str:
        """Anew, as after two hours or on another device of the same person."""
        self._session = None
        self._scanned.clear()
        await self._logged_in()
        return "logged in"

    async def _start(self, step: Step) -> str:
        bill_nos = tuple(self._town.bills[place] for place in step.bills)
        phone = {"known": "", "none": None, "other": OTHER_NUMBER}[step.word]
        session_id = await self._logged_in()
        await self._scan(session_id, bill_nos)
        started = await self._ask(
            lambda parts: self._with(parts, session_id, lambda s: parts.services.payments.start(s, bill_nos, phone))
        )
        return self._keep(started.payment_id, started.call, str(started.standing.progress))

    async def _resume(self, step: Step) -> str:
        """Back to a payment's page, and once more to its cashier."""
        if not self._payments:
            return "nothing to resume"
        payment_id, session_id = picked(self._payments, step.dial), await self._logged_in()
        started = await self._ask(
            lambda parts: self._with(parts, session_id, lambda s: parts.services.payments.resume(s, payment_id))
        )
        return self._keep(started.payment_id, started.call, str(started.standing.progress))

    async def _pay(self, step: Step) -> str:
        """In the newest cashier, or now and then in one that was left open long ago."""
        for _ in range(WAITS_FOR_CASHIER):
            if self._cashiers:
                break
            await asyncio.sleep(0.5)
        if not self._cashiers:
            return "no cashier"
        payment_id, call = self._cashiers[-1] if step.dial < 0.7 else picked(self._cashiers, (step.dial - 0.7) / 0.3)
        label = self._town.chance.visit(f"{self.name}/cashier")
        fault = self._town.faults.at("cashier", label, self.channel.may_go_wrong(call))
        outcome = self.channel.pay(call, step.word, fault.kind if fault else "")
        self._town.courier.wake()
        return f"{self._town.shorter(payment_id)} {outcome}"

    async def _look(self, step: Step) -> str:
        if not self._payments:
            return "nothing to see"
        payment_id, session_id = self._payments[-1], await self._logged_in()
        view = await self._ask(
            lambda parts: self._with(
                parts, session_id, lambda s: parts.services.payments.view(s, payment_id, just_paid=step.dial < 0.7)
            )
        )
        return f"{self._town.shorter(payment_id)} {view.standing.progress}"

    async def _say(self, step: Step) -> str:
        return await self._town.courier.say(self.channel, self.person, step.word, None)

    async def _follow(self, step: Step) -> str:
        """Unfollows the account, or follows it again."""
        event = self.channel.follow_event(not self.channel.reaches(self.person))
        self.wavered = True
        return await self._town.courier.say(self.channel, self.person, None, event)

    async def _bind(self, step: Step) -> str:
        """Bind one's own card: the code comes by SMS."""
        card, name = self.person.cards[0], self.person.name
        session_id = await self._logged_in()
        sent = await self._ask(
            lambda parts: self._with(parts, session_id, lambda s: parts.services.cards.send_code(s, card, name))
        )
        received = [m for m in self._town.outside.sms.received_by(self.person.phone) if "code" in m["params"]]
        code = received[-1]["params"]["code"] if received else "000000"
        bound = await self._ask(
            lambda parts: self._with(
                parts, session_id, lambda s: parts.services.cards.bind(s, sent.card_key, str(code))
            )
        )
        return f"bound {bound.card_masked}"

    # ---- the browser -----------------------------------------------------------------------------------------------------------

    def _keep(self, payment_id: str, call: ClientCall | None, progress: str) -> str:
        stored = self._town.database.payment(payment_id)
        payer = None if stored is None else stored.request.payer.subject
        own_other_app = call is None and payer in {
            self.person.openid,
            self.person.mini_openid,
        }  # to look at, not to pay
        if payer != self.channel.subject(self.person) and not own_other_app:
            self._town.trace.problem(f"{self.name} was given the cashier of somebody else")
        if payment_id not in self._payments:
            self._payments.append(payment_id)
        if call is not None:
            self._cashiers.append((payment_id, call))
        return f"{self._town.shorter(payment_id)} {progress}, {'cashier' if call is not None else 'no cashier'}"

    async def _logged_in(self) -> str:
        if self._session is None:
            hospital, channel = self._town.hospital_id, self.channel
            back_to = f"/h/{hospital}/bills"

            async def begin(parts: Composition) -> tuple[str, str]:
                begun = parts.services.login.begin(hospital, channel.name, back_to)
                return begun.url, begun.cookie

            url, cookie = await self._ask(begin)
            code, state = channel.log_in(self.person, url)
            done = await self._ask(
                lambda parts: parts.services.login.finish(hospital, channel.name, code, state, cookie)
            )
            self._session = done.session.id
        return self._session

    async def _scan(self, session_id: str, bill_nos: tuple[str, ...]) -> None:
        """The camera on the paper: one QR names the bills that are wanted."""
        if set(bill_nos) <= self._scanned:
            return
        bill = self._town.outside.scene.records.get(BILL, bill_nos[0]) or {}
        patient = self._town.outside.hospital.his.patient_query({"card_no": bill["card_no"]})["patient"]

        async def attach(parts: Composition) -> None:
            services = parts.services
            scanned = ScannedBills(
                card_no=bill["card_no"],
                name=patient["name"],
                phone=patient["phone"],
                id_no=patient["id_no"],
                bill_nos=bill_nos,
                origin=Origin(entrance="bill_qr", terminal="printer-1"),
                expires_at=services.clock.now().replace(microsecond=0) + self._town.days(QR_LIFE_S / 86400),
            )
            sealed = services.scans.make(self._town.hospital_id, scanned).url.rpartition("/s/")[2]
            await self._with(parts, session_id, lambda session: services.scans.attach(session, sealed))

        await self._ask(attach)
        self._scanned.update(bill_nos)

    async def _with(self, parts: Composition, session_id: str, act: Callable[[Session], Awaitable[Told]]) -> Told:
        return await act(await self._session_of(parts, session_id))

    async def _session_of(self, parts: Composition, session_id: str) -> Session:
        return await parts.services.login.session(self._town.hospital_id, session_id)

    async def _ask(self, act: Callable[[Composition], Awaitable[Told]]) -> Told:
        town = self._town
        which, delay, _, _ = town.chance.rolls(f"balancer/{town.chance.visit(self.name)}")
        await asyncio.sleep(0.02 + 0.1 * delay)
        return await picked(town.web, which).ask(act)
