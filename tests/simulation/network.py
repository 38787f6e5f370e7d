"""The transport of a process: its calls of the outside, with everything that can befall a call on its way there and back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sandbox.alipay.platform import GATEWAY
from sandbox.hospital.receipts import LIVING
from sandbox.world.wire import Record, Request, Response
from server.core.errors import NotSent, OutcomeUnknown
from server.core.ports import HttpRequest, HttpResponse
from tests.simulation.alipay import number_of
from tests.simulation.chance import between, picked
from tests.simulation.faults import CALL, NO, QUEUED, REFUND, STATEMENT, WRONG_FEE, Fault
from tests.simulation.line import NEVER, carried, settle
from tests.simulation.mini_program import number_of as number_in_notice
from tests.simulation.refusals import CONFIRMS, HIS_SAYS_NO, HTML, REFUSALS, SYSTEM_ERROR
from tests.simulation.watching import ORDERS
from tests.support.receiving import handed_over

if TYPE_CHECKING:
    from tests.simulation.process import Life
    from tests.simulation.simulated_world import SimulatedWorld

LATE_S = (0.5, 40.0)
"""How long after its caller has given up a request may still arrive. SETTLE of the domain (60 s) is made for this."""
AGAIN_S = (0.01, 20.0)
LONGEST_CALL_S = 300.0
"""What this HIS states (docs/his-interface.md section 5), the default of the hospital's file."""
WITHIN = ("his.refund.release", "his.reg.confirm")
QUEUES_S = {name: (250.0, 250.0) for name in WITHIN} | dict.fromkeys(CONFIRMS, (250.0, 3 * 3600.0))
"""How long a call may hang: half within the time that this HIS states, half up to hours. A write-off, which nobody can ask for, always within."""
UNBELIEVABLE = frozenset({"garbled", "unsigned"})
"""An answer came, and says nothing that the app may rely on."""
NOT_AGREED = "200 43101"
"""A message that was refused is not one that was heard of: an earlier one may have used the agreement up."""
HIS_LIST = "his.statement.day"
STATEMENTS = frozenset({"wechatpay.bill", "alipay.bill", HIS_LIST})
"""Calls whose answer is a day's file or list: also late, half written, or with a total that is not that of its rows."""


@dataclass(slots=True)
class Call:
    """One call under way."""

    life: Life
    request: HttpRequest
    where: str
    label: str
    waiting: asyncio.Future[HttpResponse]
    fault: Fault | None

    @property
    def kind(self) -> str:
        return self.fault.kind if self.fault else ""

    @property
    def dial(self) -> float:
        return self.fault.dial if self.fault else 0.0


class SimulatedTransport:
    """ports.Transport of one life of a process."""

    def __init__(self, world: SimulatedWorld, life: Life) -> None:
        self._world = world
        self._life = life

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Raises NotSent or OutcomeUnknown, as the real transport does, and in simulated time as late."""
        self._life.must_live()
        world = self._world
        where, asked = _as_asked(world, request)
        world.watch.sends(where)
        label = world.chance.visit(f"{self._life.name}>{where}")
        fault = world.faults.at("call", label, self._kinds(where))
        call = Call(self._life, request, where, label, world.loop.create_future(), fault)
        if world.loop.time() < world.dark.get(request.system, -1.0):
            await asyncio.sleep(0.05)
            raise NotSent(request.system, "simulated: nobody there")
        if call.kind == "not_sent":
            await asyncio.sleep(between(0, 0.5, call.dial))
            raise NotSent(request.system, "simulated: connection refused")
        timer = world.loop.call_later(
            request.timeout_s, settle, call.waiting, None, OutcomeUnknown(request.system, "simulated: timed out")
        )
        self._set_out(call, asked)
        outcome = "unanswered"
        try:
            answer = await call.waiting
            self._life.must_live()
            outcome = f"{answer.status} {_code(answer.body)}"
            if answer.status == 200 and call.kind not in UNBELIEVABLE and outcome != NOT_AGREED:
                world.heard.append((_subject(asked), self._life.name, world.loop.time()))
            return await handed_over(request, answer)
        except OutcomeUnknown:
            outcome = "unknown"
            world.may_come_twice.add(_subject(asked))
            raise
        except asyncio.CancelledError:  # the asker died, or gave up: what it sent may still arrive
            world.may_come_twice.add(_subject(asked))
            raise
        finally:
            timer.cancel()
            world.trace.note(self._life.name, f"{where} {world.shorter(_subject(asked))}", outcome)

    def _kinds(self, where: str) -> tuple[str, ...]:
        left = [] if where in REFUSALS else ["refuse"]
        if not where.startswith(("his.", "wechatpay.", "alipay.")):
            left.append("unsigned")
        if not where.startswith("his."):
            left.append("busy")
        early = ("paid_at_once",) if where in ORDERS else ()
        return (*(kind for kind in CALL if kind not in left), *early)

    def _set_out(self, call: Call, asked: Request) -> None:
        """Put the request on its way, with its fault."""
        world, kind = self._world, call.kind
        up, down, _, _ = world.chance.rolls(f"delay/{call.label}")
        up_s, down_s = 0.004 + 0.08 * up**3, 0.004 + 0.08 * down**3
        timeout_s = call.request.timeout_s
        if kind in {"lost", "cut_before"}:
            up_s = NEVER
        if kind == "late":
            up_s = timeout_s + between(*LATE_S, call.dial)
        if kind == "slow":
            up_s, down_s = between(0, timeout_s * 0.8, call.dial), between(0, timeout_s * 0.4, up)
        if kind in {"answer_lost", "cut_after"}:
            down_s = NEVER
        if kind in {"cut_before", "cut_after"}:
            error = OutcomeUnknown(call.request.system, "simulated: connection reset")
            world.loop.call_later(up_s + 0.3 if up_s != NEVER else 0.2, settle, call.waiting, None, error)
        carried(world.loop, call.waiting, self._work(call, asked), up_s, down_s)
        if kind == "doubled":
            world.may_come_twice.add(_subject(asked))
            carried(world.loop, call.waiting, self._work(call, asked), up_s + between(*AGAIN_S, call.dial), NEVER)

    def _work(self, call: Call, asked: Request) -> Callable[[], HttpResponse]:
        def work() -> HttpResponse:
            if call.kind == "crash_before":
                self._world.crash(call.life)
            if call.kind == "error_5xx":
                return _as_answer(SYSTEM_ERROR)
            response = self._world.handle(call.where, asked, _platform_fault(call) or self._answers_no(call, asked))
            if call.kind == "paid_at_once":
                self._world.loop.call_later(0.001, self._world.paid_at_once, asked)
            if call.kind == "crash_after":
                self._world.crash(call.life)
            return _as_answer(HTML if call.kind in {"garbled", "error_after"} else response)

        return work

    def _answers_no(self, call: Call, asked: Request) -> Record | None:
        """What the other side says in good health: the HIS refuses for a reason of its own, the channel can't pay a refund out."""
        self._world.outside.hospital.queue.land_due()  # a call that hung there has had its effect before this one is answered
        if self._his_may_say_no(call, asked) and (no := self._world.faults.at("his", f"{call.label}/no", NO)):
            return {"what": "refuse", **picked(HIS_SAYS_NO[call.where], no.dial)}
        if call.where in QUEUES_S and (hangs := self._world.faults.at("his", f"{call.label}/queued", QUEUED)):
            within, beyond = QUEUES_S[call.where]
            dial = hangs.dial * 2
            seconds = between(5, within, dial) if dial < 1 else between(within, beyond, dial - 1)
            if seconds > LONGEST_CALL_S:
                self._world.hung_beyond.add(_subject(asked))
            return {"what": "queued", "seconds": seconds}
        if call.where in STATEMENTS:
            return self._spoilt(call, asked)
        ends = REFUND.get(call.where, ())
        if ends and (end := self._world.faults.at("refund", f"{call.label}/end", ends)):
            return {"what": end.kind}
        return None

    def _spoilt(self, call: Call, asked: Request) -> Record | None:
        """A file or list that is late, half written or wrong. Whether receipts were red-flushed hangs on none of it."""
        kinds = (*STATEMENT, WRONG_FEE) if _is_trade_statement(asked) else STATEMENT
        fault = self._world.faults.at("statement", f"{call.label}/file", kinds)
        living = call.where == HIS_LIST and self._world.closing.bank.receipts_live
        if fault is None:
            return {"what": LIVING} if living else None
        return {"what": fault.kind, LIVING: living}

    def _his_may_say_no(self, call: Call, asked: Request) -> bool:
        """The HIS refuses no number that it has written off: a repeat gets the first answer again (his-interface.md)."""
        is_release = call.where == "his.refund.release"
        done = is_release and self._world.desk.has_written_off(str(asked.json().get("out_refund_no")))
        return call.where in HIS_SAYS_NO and not done


def _is_trade_statement(asked: Request) -> bool:
    """Asked for, not fetched: of both channels."""
    return "/bill/tradebill" in asked.target or b"%22bill_type%22%3A%22trade%22" in asked.body.replace(b"+", b"")


def _platform_fault(call: Call) -> Record | None:
    """The fault that the platform itself commits."""
    if call.kind == "busy":
        return {"what": "refuse", "code": "BUSY", "message": "系统繁忙"}
    if call.kind == "refuse":
        return {"what": "refuse", **picked(REFUSALS[call.where], call.dial)}
    return {"what": call.kind} if call.kind == "unsigned" else None


def _as_asked(world: SimulatedWorld, request: HttpRequest) -> tuple[str, Request]:
    parts = urlsplit(request.url)
    asked = Request(
        method=request.method,
        target=f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/",
        headers={name.lower(): value for name, value in request.headers.items()},
        body=request.body,
        host=parts.netloc,
    )
    return world.where(asked), asked


def _as_answer(response: Response) -> HttpResponse:
    return HttpResponse(
        status=response.status,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.body,
    )


def _code(body: bytes) -> str:
    """The code in an answer, for the trace."""
    try:
        said = json.loads(body)
    except ValueError:
        return ""
    return str(said.get("code") or said.get("Code") or said.get("errcode") or said.get("trade_state") or "") if isinstance(said, dict) else ""  # fmt: skip


def _subject(asked: Request) -> str:
    """Which number the call is about, for the trace."""
    if asked.path == GATEWAY:
        return number_of(asked)
    body = asked.json()
    said = body if isinstance(body, dict) else asked.query
    named = (
        number_in_notice(asked)
        or said.get("out_refund_no")
        or said.get("out_trade_no")
        or said.get("OutId")
        or said.get("client_msg_id")
        or said.get("bill_no")
    )
    return str(named or asked.path.removesuffix("/close").rpartition("/")[2])
