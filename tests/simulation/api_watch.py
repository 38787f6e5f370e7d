"""What must hold of everything that leaves the JSON doors, looked at as it leaves: whoever loses it on the way, it was said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from tests.simulation.api_doors import Answered, ApiDoors, Asked
from tests.simulation.grants import REFRESH_S, SKEW_S, Grant, Grants
from tests.simulation.taps import Taps
from tests.simulation.visitors import Visitor

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

LOGIN, ROTATION, BILLS, PAYMENTS = "/session", "/session/rotation", "/bills", "/payments"


class ApiWatch:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._grants = Grants()
        self._taps = Taps(world)
        world.database.saved.append(self._taps.saved)

    async def seen_through(self, doors: ApiDoors, asked: Asked) -> Answered:
        """The answer of one process's doors, looked at before it sets out."""
        since = self._world.loop.time()
        self._taps.knocks(asked)
        answer = await doors.answer(asked)
        if answer.status >= 500 and answer.code == "internal_error":
            self._problem(asked, "an answer that no error of ours explains")
        if answer.code:
            self._world.notable.add(answer.code)
        if asked.path == ROTATION:
            self._rotated(asked, answer, since)
        elif asked.path == LOGIN and asked.method == "POST":
            self._logged_in(asked, answer)
        elif answer.good:
            self._let_in(asked, answer, since)
        return answer

    # ---- tokens ------------------------------------------------------------------------------------------------------------------

    def _logged_in(self, asked: Asked, answer: Answered) -> None:
        if answer.good:
            self._given(Grant(asked.sender), answer.body)

    def _rotated(self, asked: Asked, answer: Answered, since: float) -> None:
        """A session that ended while the question was on its way through may still be answered; nobody gets in with that answer."""
        token = self._grants.refresh(asked.body["refresh_token"])
        now = self._world.loop.time()
        if answer.good:
            if token.used or token.grant.ended_at <= since:
                self._problem(asked, f"a refresh token was taken {'twice' if token.used else 'after its session'}")
            token.used = True
            self._given(token.grant, answer.body)
            self._world.notable.add("rotated")
        elif answer.status == 401 and token.used and token.issued_at + REFRESH_S - SKEW_S > now:
            token.grant.ended_at = min(
                token.grant.ended_at, now
            )  # it was copied, or so it looks: nobody goes on with it
            self._world.notable.add("copied token")

    def _given(self, grant: Grant, tokens: Any) -> None:
        self._grants.given(grant, tokens["access_token"], tokens["refresh_token"], self._world.loop.time())

    # ---- behind the token --------------------------------------------------------------------------------------------------------

    def _let_in(self, asked: Asked, answer: Answered, since: float) -> None:
        grant = self._grants.access(asked.token).grant
        reader = self._world.visitor(grant.owner)
        why_not = self._grants.why_not(asked.token, since)
        if why_not:
            self._problem(asked, f"a bearer token {why_not} was taken")
        if asked.path == LOGIN:
            grant.ended_at = min(grant.ended_at, self._world.loop.time())
            self._world.notable.add("logged out")
        elif asked.path == BILLS:
            self._bills(asked, reader, answer, since)
        elif asked.path.startswith(PAYMENTS):
            for number in _payments_in(asked, answer):
                self._reads(asked, reader, number, self._taps.of_when(asked, answer, since))
            if asked.key:
                self._taps.answered(asked, answer)

    def _reads(self, asked: Asked, reader: Visitor, number: str, since: float) -> None:
        payment = self._world.database.payment(number)
        owner = self._world.owner(payment)
        if not self._world.may_see(reader, payment, since):
            self._problem(asked, f"{reader.name} read a payment of {owner.name}")
        if owner is not reader:
            self._world.notable.add(
                f"read across {'apps' if owner.channel_name == reader.channel_name else 'platforms'}"
            )

    def _bills(self, asked: Asked, reader: Visitor, answer: Answered, since: float) -> None:
        """Of a card that is bound nowhere any more nothing is listed, but for what was scanned."""
        own = [visitor for visitor in self._world.visitors if visitor.person.number == reader.person.number]
        may_be = any(visitor.bound.may_be(since) for visitor in own)
        listed = [entry for entry in answer.body["items"] if not entry["from_scan"]]
        if listed and not may_be:
            self._problem(asked, f"{reader.name} got the bills of a card that is not bound")
        if listed:
            self._world.notable.add("bills of a bound card")

    def _problem(self, asked: Asked, words: str) -> None:
        self._world.trace.problem(f"{asked.door}: {words}")


def _payments_in(asked: Asked, answer: Answered) -> Iterator[str]:
    """Which payments an answer shows, or opens the cashier of."""
    if asked.path == PAYMENTS and asked.method == "GET":
        yield from (item["out_trade_no"] for item in answer.body["items"])
    elif asked.path == PAYMENTS:
        yield answer.body["payment"]["out_trade_no"]
    else:
        yield asked.path.split("/")[2]
