"""People in the mini-program: they log in without noticing, open bills, pay, look, bind cards, and come back by another entrance."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sandbox.world.people import Person
from server.payments.ports import ClientCall
from tests.simulation.api_client import ApiClient, Problem
from tests.simulation.chance import picked
from tests.simulation.channels import Told
from tests.simulation.mini_program import PLENTY, PURPOSES, SimulatedMiniProgram
from tests.simulation.paper import printed
from tests.simulation.process import ConnectionLost
from tests.simulation.script import Step
from tests.simulation.visitors import OTHER_NUMBER, Visitor

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

READS_S = (0.3, 3.0, 40.0)
"""How long somebody looks at the sum before they press."""


class Mini(Visitor):
    """``attempt``: key and request of the last tap of which nobody knows whether the server has it."""

    def __init__(self, world: SimulatedWorld, name: str, person: Person, app: SimulatedMiniProgram) -> None:
        super().__init__(world, name, person, app)
        self.channel_name = app.channel_name
        self.subject = app.subject(person)
        self.knows_repeats = app.knows_repeats
        self._app = app
        self._api = ApiClient(world, name, lambda: app.login_code(person))
        self._scanned: set[str] = set()
        self._read: set[str] = set()
        self._attempt: tuple[str, Mapping[str, Any]] | None = None
        self._taps: list[tuple[str, Mapping[str, Any], float]] = []
        self._hears = world.chance.share(f"{name}/agrees") < 0.6
        if self._hears:
            app.agree(person, PLENTY)

    async def do(self, step: Step) -> str:
        try:
            return str(await getattr(self, f"_{step.what}")(step))
        except ConnectionLost:
            return "no answer"
        except Problem as problem:
            return str(problem)

    def told(self) -> Sequence[Told]:
        return self._app.told(self.person)

    def must_hear(self, purpose: str) -> bool:
        return self._hears and purpose.partition(".")[0] in PURPOSES

    # ---- paying ----------------------------------------------------------------------------------------------------------------

    async def _start(self, step: Step) -> str:
        since, bill_nos = self.world.loop.time(), [self.world.bills[place] for place in step.bills]
        amount_fen = sum([bill["own_fen"] for bill in await self._bills(bill_nos)])
        await asyncio.sleep(picked(READS_S, step.dial))
        try:
            return await self._tap(bill_nos, amount_fen, step.word, since)
        except Problem as problem:
            now_fen = problem.answer.body.get("amount_fen")
            if now_fen is None:
                raise
            return await self._tap(bill_nos, now_fen, step.word, since)  # the page shows the new sum

    async def _tap(self, bill_nos: list[str], amount_fen: int, number: str, since: float) -> str:
        """One press of the button; the next one goes out under the same key while nobody knows what became of this one."""
        wanted = {
            "bill_nos": bill_nos,
            "amount_fen": amount_fen,
            "phone": OTHER_NUMBER if number == "other" else None,
        }
        if self._attempt is None or self._attempt[1] != wanted:
            self._attempt = f"tap-of-{self.name}-{len(self._taps):05d}", wanted
            self._taps.append((*self._attempt, since))
        try:
            begun = await self._api.send("POST", "/payments", wanted, key=self._attempt[0])
        except Problem as problem:
            if problem.answer.status < 500:
                self._attempt = None
            raise
        self._attempt = None
        return self._opened(begun["payment"]["out_trade_no"], begun["call"], since, begun["payment"]["state"])

    async def _again(self, step: Step) -> str:
        """A tap of before comes once more, as it was, or (a client with a bug) with another sum under the same key."""
        if not self._taps:
            return "nothing was tapped"
        key, wanted, since = picked(self._taps, step.dial)
        if step.word == "changed":
            wanted = {**wanted, "amount_fen": wanted["amount_fen"] + 1}
        begun = await self._api.send("POST", "/payments", wanted, key=key)
        return self._opened(begun["payment"]["out_trade_no"], begun["call"], since, "again")

    async def _resume(self, step: Step) -> str:
        numbers = self.elsewhere() if step.word == "across" else self.payments
        if not numbers:
            return "nothing to resume"
        since, number = self.world.loop.time(), picked(numbers, step.dial)
        begun = await self._api.send("POST", f"/payments/{number}/call")
        return self._opened(number, begun["call"], since, "opened")

    def _opened(self, number: str, call: Mapping[str, str] | None, since: float, state: str) -> str:
        opens = (
            None
            if call is None
            else ClientCall(bridge="weixin_miniprogram", params={k: v for k, v in call.items() if v})
        )
        return f"{self.world.shorter(number)} {state}, {self.keep(number, opens, since)}"

    # ---- looking ---------------------------------------------------------------------------------------------------------------

    async def _look(self, step: Step) -> str:
        numbers = self.elsewhere() if step.word == "across" else self.payments[-1:]
        if not numbers:
            return "nothing to see"
        return await self._seen(picked(numbers, step.dial))

    async def _peek(self, step: Step) -> str:
        """Somebody tries the number of a payment that is another person's."""
        mine = self.person.number
        others = [p.id for p in self.world.database.payments() if self.world.owner(p).person.number != mine]
        return await self._seen(picked(others, step.dial)) if others else "nobody has paid"

    async def _seen(self, number: str) -> str:
        payment = self.world.database.payment(number)
        apart = not self.world.may_see(self, payment, self.world.loop.time())
        try:
            seen = await self._api.send("GET", f"/payments/{number}")
        except Problem as problem:
            if apart and problem.answer.status == 404:
                self.world.notable.add(self._hidden(number, self.world.owner(payment)))
            raise
        self._read.add(number)
        return f"{self.world.shorter(number)} {seen['state']}"

    def _hidden(self, number: str, owner: Visitor) -> str:
        if owner.person is not self.person:
            return "hidden from others"
        return "hidden after unbinding" if number in self._read else "hidden between platforms"

    async def _list(self, step: Step) -> str:
        bills, payments = await self._api.send("GET", "/bills"), await self._api.send("GET", "/payments")
        return f"{len(bills['items'])} cards, {len(payments['items'])} payments"

    async def _bills(self, bill_nos: Sequence[str]) -> list[Mapping[str, Any]]:
        """Each bill's own page. A session that began anew knows no scan: the paper is held before the camera again."""
        if not set(bill_nos) <= self._scanned:
            await self._scan(bill_nos)
        try:
            return [await self._api.send("GET", f"/bills/{number}") for number in bill_nos]
        except Problem as problem:
            if problem.answer.status != 404:
                raise
        await self._scan(bill_nos)
        return [await self._api.send("GET", f"/bills/{number}") for number in bill_nos]

    async def _scan(self, bill_nos: Sequence[str]) -> None:
        parts = self.world.web[0].parts
        assert parts is not None
        await self._api.send("POST", "/scans", {"content": printed(self.world, parts, bill_nos)})
        self._scanned.update(bill_nos)

    # ---- who one is ------------------------------------------------------------------------------------------------------------

    async def _prove(self, step: Step) -> str:
        """The button that gives the phone's number, vouched for by the platform."""
        told = await self._api.send("PUT", "/me/phone", {"code": self._app.phone_code(self.person)})
        return str(told["phone_masked"])

    async def _bind(self, step: Step) -> str:
        own = step.word == "own"
        asked = {"card_no": self.person.cards[0], "name": self.person.name}
        sent = await self._api.send("POST", "/cards/codes", asked)
        with self.binding(own=own):
            body = {"card_key": sent["card_key"], "code": self.code_received(), "own": own}
            bound = await self._api.send("POST", "/cards", body)
        return f"bound {bound['card_masked']}"

    async def _unbind(self, step: Step) -> str:
        """Every card of the list."""
        cards = (await self._api.send("GET", "/cards"))["items"]
        for card in cards:
            await self._api.send("DELETE", f"/cards/{card['card_key']}")
        self.unbound()
        return f"unbound {len(cards)}"

    async def _subscribe(self, step: Step) -> str:
        """Asked after paying, and agreed once to each."""
        results = dict.fromkeys(self._app.agree(self.person), "accept")
        counts = (await self._api.send("POST", "/subscriptions", {"results": results}))["counts"]
        return f"agreed to {len(counts)}"

    # ---- tokens ----------------------------------------------------------------------------------------------------------------

    async def _log_in(self, step: Step) -> str:
        """The app was ended and is opened again."""
        self._api.forget()
        return await self._list(step)

    async def _rotate(self, step: Step) -> str:
        self._api.grow_old()
        return await self._list(step)

    async def _log_out(self, step: Step) -> str:
        await self._api.send("DELETE", "/session")
        return await self._list(step)

    async def _old_token(self, step: Step) -> str:
        """A token that this phone has left behind comes again: from a thief, or because the answer to it was lost."""
        send, tokens = (
            (self._api.exchange, self._api.spent) if step.word == "refresh" else (self._api.read_with, self._api.left)
        )
        if not tokens:
            return "no old token"
        answer = await send(picked(tokens, step.dial))
        if answer is None:
            return "no answer"
        if answer.status == 401:
            self.world.notable.add("old token refused")
        return f"{answer.status} {answer.code}".rstrip()
