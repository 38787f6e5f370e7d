"""The mini-program on a person's phone: WeChat's second app, with names, codes and messages of its own, over the API; its money goes
through the same cashier.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sandbox.wechat.miniprogram.logins import LOGIN
from sandbox.wechat.miniprogram.templates import BY_ID
from sandbox.world.people import Person
from server.composition import Composition
from server.domain.errors import LoginNeeded, StillRunning
from server.ports import ClientCall, Session
from server.services.api_sessions import Tokens
from server.services.idempotency import StoredAnswer
from tests.simulation.channels import Told
from tests.simulation.phones import OTHER_NUMBER, Phone
from tests.simulation.process import ConnectionLost
from tests.simulation.script import Step
from tests.simulation.wechat import SimulatedWechat

if TYPE_CHECKING:
    from tests.simulation.town import Town

TRIES = 3
PAUSE_S = 2.0
ANSWERS_LOST = 0.15
EARLY_S = 30.0
"""So long before its end an access token is rotated: clocks differ."""


class MiniProgram(SimulatedWechat):
    """The same platform and the same merchant; another app."""

    knows_repeats = False

    def subject(self, person: Person) -> str:
        return person.mini_openid

    def code(self, person: Person) -> str:
        """As wx.login gives it."""
        return self._outside.miniprogram.logins.code(person, LOGIN)

    def pay(self, call: ClientCall, result: str, fault: str) -> str:
        """WeChat's client adds the appid itself."""
        params = {"appId": self._outside.scene.keys["mini_appid"], **call.params}
        return super().pay(replace(call, params=params), result, fault)

    def allow_messages(self, person: Person) -> None:
        for template_id in BY_ID:
            self._outside.miniprogram.subscriptions.answered(person, template_id, "accept")

    def told(self, person: Person) -> Sequence[Told]:
        cards = self._outside.miniprogram.notices.messages(person.mini_openid)
        return [
            Told.by(BY_ID[c["template_id"]].values, c["data"], BY_ID[c["template_id"]].purpose, c["at"]) for c in cards
        ]

    def reaches(self, person: Person) -> bool:
        """Nobody is sure to be reached: each message wants a yes of its own, in time."""
        return False


class MiniProgramPhone(Phone):
    """Its pages keep tokens instead of a cookie, and repeat what got no answer under the same Idempotency-Key."""

    def __init__(self, town: Town, name: str, person: Person, app: MiniProgram) -> None:
        super().__init__(town, name, person, app)
        self._app = app
        self._tokens: Tokens | None = None
        self._good_until = 0.0

    async def do(self, step: Step) -> str:
        outcome = await super().do(step)
        if outcome == "login needed":
            self._tokens = None
        return outcome

    async def _log_in(self, step: Step) -> str:
        self._tokens = None
        await self._logged_in()
        return "logged in"

    async def _start(self, step: Step) -> str:
        """One tap has one key, however often it must be asked."""
        bill_nos = tuple(self._town.bills[place] for place in step.bills)
        phone = {"known": "", "none": None, "other": OTHER_NUMBER}[step.word]
        key = f"tap-{step.number:016}"
        lost = self._town.chance.share(f"{self.name}/answer/{step.number}") < ANSWERS_LOST
        for turn in range(TRIES):
            token = await self._logged_in()
            try:
                await self._scan(token, bill_nos)
                told = await self._ask(
                    lambda parts, token=token: self._with(  # type: ignore[misc]
                        parts, token, lambda s: self._once(parts, s, key, bill_nos, phone)
                    )
                )
            except (ConnectionLost, StillRunning):
                await asyncio.sleep(PAUSE_S)
                continue
            if lost and turn == 0:  # in the lift: the server has answered, the phone has not heard
                continue
            payment_id, bridge, params, progress = json.loads(told.body)
            call = None if params is None else ClientCall(bridge=bridge, params=params)
            return f"{self._keep(payment_id, call, progress)}{', replayed' if told.is_repeat else ''}"
        raise ConnectionLost

    async def _once(
        self, parts: Composition, session: Session, key: str, bill_nos: tuple[str, ...], phone: str | None
    ) -> StoredAnswer:
        async def act() -> tuple[int, str]:
            begun = await parts.services.payments.start(session, bill_nos, phone)
            call = begun.call
            facts = [begun.payment_id, call and call.bridge, call and dict(call.params), str(begun.standing.progress)]
            return 201, json.dumps(facts)

        asked = json.dumps([bill_nos, phone]).encode()
        return await parts.services.api.idempotency.once(session, "payments", key, asked, act)

    async def _resume(self, step: Step) -> str:
        """From the list of payments, which has those of the person's other app, too."""
        token = await self._logged_in()
        mine = await self._ask(lambda parts: self._with(parts, token, lambda s: parts.services.payments.mine(s)))
        for payment in mine:
            if payment.id not in self._payments:
                self._payments.append(payment.id)
        return await super()._resume(step)

    async def _pay(self, step: Step) -> str:
        outcome = await super()._pay(step)
        if step.dial < 0.5:
            self._app.allow_messages(self.person)
        return outcome

    async def _say(self, step: Step) -> str:
        return "no chat here"

    async def _follow(self, step: Step) -> str:
        return "nothing to follow here"

    async def _logged_in(self) -> str:
        """The access token. Whoever loses the answer of a rotation logs in anew, as the real client does: a token is good once."""
        town = self._town
        if self._tokens is None or town.loop.time() >= self._good_until:
            old, self._tokens = self._tokens, None
            tokens = await self._rotated(old) if old is not None else None
            if tokens is None:
                code = self._app.code(self.person)
                tokens = await self._ask(lambda parts: parts.services.api.sessions.login(town.hospital_id, code))
                self._scanned.clear()
            self._tokens, self._good_until = tokens, town.loop.time() + tokens.expires_in - EARLY_S
        return self._tokens.access

    async def _rotated(self, old: Tokens) -> Tokens | None:
        hospital = self._town.hospital_id
        try:
            return await self._ask(lambda parts: parts.services.api.sessions.rotate(hospital, old.refresh))
        except (LoginNeeded, ConnectionLost):
            return None

    async def _session_of(self, parts: Composition, session_id: str) -> Session:
        return await parts.services.api.sessions.session(self._town.hospital_id, session_id)
