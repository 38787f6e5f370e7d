"""Brings what platforms have to tell to the app: notifications on their real timetable, chat messages with their three tries."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from sandbox.hospital.clinics import CLINIC_PUSH
from sandbox.hospital.reservations import PAID_PUSH
from sandbox.hospital.waiting_list import OFFER_PUSH
from sandbox.world.people import Person
from sandbox.world.wire import Outbound, Record
from server.app.wiring import Composition
from server.core.errors import ZhenfuError
from server.core.ports import RawReply
from tests.simulation import doors
from tests.simulation.chance import between, picked
from tests.simulation.channels import SimulatedChannel, Talk
from tests.simulation.database import Bell
from tests.simulation.faults import DELIVERY, Fault
from tests.simulation.process import ConnectionLost
from tests.simulation.same_ids import staff_under_one_id

if TYPE_CHECKING:
    from tests.simulation.simulated_world import SimulatedWorld

LATE_S = (0.5, 400.0)
ON_THE_WAY_S = 0.03
AT_ONCE = 64
UNSPOILT = frozenset({"notify.sms", CLINIC_PUSH, OFFER_PUSH, PAID_PUSH})
"""What the sandbox never signs wrongly."""
CHAT_FAULTS = ("lost", "answer_lost", "doubled")


class Courier:
    def __init__(self, world: SimulatedWorld) -> None:
        self._world = world
        self._bell = Bell()

    def wake(self) -> None:
        self._bell.ring()

    async def run(self) -> None:
        outside = self._world.outside
        while True:
            for record in outside.due(AT_ONCE):
                self._world.begin(self._deliver(record))
            due = outside.next_due()
            left_s = None if due is None else max((due - outside.scene.clock.now()).total_seconds(), 0.05)
            await self._bell.wait(left_s)

    async def _deliver(self, record: Record) -> None:
        """One try, with its fault."""
        world, deliveries = self._world, self._world.outside.scene.deliveries
        label = world.chance.visit(f"{record['sort']}:{world.shorter(record['key'].rpartition(':')[2])}")
        fault = world.faults.at("delivery", label, DELIVERY)
        kind = fault.kind if fault else ""
        if kind == "late" and fault is not None:
            deliveries.put_off(record, world.outside.scene.clock.now(), between(*LATE_S, fault.dial))
            self.wake()
            return
        offers = world.registration.full.offers if record["sort"] == OFFER_PUSH and world.registration else None
        if offers is not None:
            offers.begins(record)
        status, body = 0, b""
        if kind != "lost":
            what = {"what": kind} if kind in {"wrong_signature", "wrong_amount"} else None
            if kind == "wrong_amount":
                world.lied_about.add(_number_in(record))
            outbounds = [
                deliveries.sorts[record["sort"]].build(record["payload"], what) for _ in range(1 + (kind == "doubled"))
            ]
            answers = await asyncio.gather(*(self._send(each, label, place) for place, each in enumerate(outbounds)))
            status, body = answers[0]
            if offers is not None:
                offers.is_answered(record, body)
            world.trace.note("platform", f"{label} arrives", str(status))
            if kind == "wrong_signature" and status in {200, 204} and record["sort"] not in UNSPOILT:
                world.trace.problem("a notification with a wrong signature was accepted")
        if kind == "answer_lost":
            status, body = 0, b""
        world.outside.answered(record, status, body)
        self.wake()

    async def _send(self, outbound: Outbound, label: str, place: int) -> tuple[int, bytes]:
        """(status, body) of one request to whichever web process the balancer picks; status 0 for no answer."""
        world = self._world
        which, delay, _, _ = world.chance.rolls(f"balancer/{label}/{place}")
        await asyncio.sleep(ON_THE_WAY_S * delay + place * delay)
        process = picked(world.web, which)
        try:
            reply = await process.ask(lambda parts: self._door(parts, outbound), outbound.timeout_s)
        except ConnectionLost:
            return 0, b""
        except ZhenfuError:
            return 500, b""
        return reply.status, reply.body

    async def _door(self, parts: Composition, outbound: Outbound) -> RawReply:
        world, raw = self._world, doors.as_raw(outbound)
        if raw.path.startswith("/notify/sms/"):
            return await doors.sms_receipt(parts, world.hospital_id, raw)
        if raw.path.startswith("/his/"):
            return await doors.his_says(parts, world.hospital_id, raw)
        for channel in world.channels:
            if raw.path.startswith(channel.doors):
                return await doors.notification(parts, world.hospital_id, channel.name, raw, world.watch.acknowledged)
        channel_name = raw.path.split("/")[1]
        return await doors.chat(parts, world.hospital_id, channel_name, raw)

    async def say(
        self, channel: SimulatedChannel, person: Person, text: str | None, event: dict[str, str] | None
    ) -> str:
        """A person writes to the account; what they read in the end."""
        world, callback = self._world, channel.talk
        await staff_under_one_id(world, channel, person.number)
        said = callback.say(channel.subject(person), text, event)
        replies: list[bytes] = []
        for _ in range(callback.tries):
            label = world.chance.visit(f"chat:{channel.name}:{person.number}")
            fault = world.faults.at("delivery", label, CHAT_FAULTS)
            status, body = await self.say_once(callback, said, label, fault)
            if status == 200:
                replies.append(body)
            if status and (fault is None or fault.kind != "answer_lost"):
                shown = callback.answered(said, status, body)
                return "silence" if shown is None else str(shown.get("text", ""))[:24]
        callback.trouble(said)
        return "trouble"

    async def say_once(self, callback: Talk, said: object, label: str, fault: Fault | None = None) -> tuple[int, bytes]:
        """One delivery: (status, body) of the app's answer; status 0 for none."""
        if fault is not None and fault.kind == "lost":
            await asyncio.sleep(5)
            return 0, b""
        outbound = callback.outbound(said)
        if fault is not None and fault.kind == "doubled":
            self._world.begin(self._send(callback.outbound(said), label, 1))
        return await self._send(outbound, label, 0)


def _number_in(record: Record) -> str:
    """The payment that a notification is about."""
    facts = record["payload"].get("facts")
    return (
        str(facts["out_trade_no"])
        if isinstance(facts, dict) and "out_trade_no" in facts
        else str(record["key"]).rpartition(":")[2]
    )
