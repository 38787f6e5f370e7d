"""The hour in which numbers are released, within one process: many patients press for few numbers, and others pay their bills meanwhile.

``python -m bench.release_hour PATIENTS NUMBERS``. The app is the real one over its in-memory stores; HIS and channel are played, and let
others go on at each call. Ends with a sentence where a number is sold twice, held unpaid beyond its time, or a payment of others is harmed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

from server.core.errors import ZhenfuError
from server.patients.model import Session
from server.payments.model import PaymentState
from server.payments.purposes.bills.model import BILLS
from server.payments.sms_choice import NO_SMS
from tests.support.builders import HOSPITAL, a_bill, a_patient, a_scan, a_session
from tests.support.registering import RegistrationWorld
from tests.support.registrations import a_slot

WITHIN_S = 10.0
"""In which all of them press."""
GROUPS = 100
"""Those of one group press at the same moment; the next one does not wait for them."""
OTHERS = 100
"""Patients who pay a bill in the same seconds."""
LEAVES = 3
"""Each third of those who got a number leaves without paying."""
OVER_S = 3600.0
"""By then no order can be paid any more."""
_Told = TypeVar("_Told")


class ReleaseHour:
    def __init__(self, patients: int, numbers: int) -> None:
        self.world = RegistrationWorld()
        self.app, self.system = self.world.memory_app, self.world.system
        first = a_slot(1)
        self.numbers = range(1, numbers + 1)
        self.system.all_slots = tuple(
            a_slot(number, begins_at=first.begins_at, ends_at=first.ends_at) for number in self.numbers
        )
        self.patients = patients

    async def run(self) -> dict[str, float]:
        people = [await self._person(number) for number in range(self.patients)]
        others = [self._other(number) for number in range(OTHERS)]
        used, began = time.process_time(), time.monotonic()
        told, bills = await self._press(people, others)
        used, took = time.process_time() - used, time.monotonic() - began
        got = {place: each for place, each in told.items() if isinstance(each, str)}
        await self._pay([each for place, each in got.items() if place % LEAVES], bills)
        left = [each for place, each in got.items() if not place % LEAVES]
        await self._live_on(OVER_S)
        await self._check(left, bills)
        await self._sell_the_rest({place: people[place] for place in told if place not in got})
        return {
            "cpu_us": used * 1e6 / self.patients,
            "a_second": self.patients / took,
            "sold": float(len(self.system.booked)),
            "told_gone": float(len(told) - len(got)),
        }

    # ---- what people do ----------------------------------------------------------------------------------------------

    async def _person(self, number: int) -> Session:
        card_no = f"R{number:07d}"
        self.app.his.patients[card_no] = a_patient(
            patient_id=card_no, card_nos=(card_no,), id_no=f"99999919600101{number % 10_000:04d}"
        )
        return await self.world.person(f"patient-{number}", card_no)

    def _other(self, number: int) -> Session:
        bill_no = f"N{number}"
        self.app.his.bills[bill_no] = a_bill(bill_no)
        return a_session(f"other-{number}", a_scan(bill_no))

    async def _press(
        self, people: Sequence[Session], others: Sequence[Session]
    ) -> tuple[Mapping[int, str | ZhenfuError], Sequence[str]]:
        """What became of each person's press, and the numbers of the others' payments."""
        presses: dict[int, asyncio.Task[str | ZhenfuError]] = {}
        bills: list[asyncio.Task[str]] = []
        for group in range(GROUPS):
            for place in range(group, len(people), GROUPS):
                presses[place] = asyncio.create_task(_or_why_not(self._take(people[place], place)))
            for place in range(group, len(others), GROUPS):
                bills.append(asyncio.create_task(self._begin_bill(others[place], f"N{place}")))
            await asyncio.sleep(0)
            self.app.clock.forward(WITHIN_S / GROUPS)
        told = dict(zip(presses, await asyncio.gather(*presses.values()), strict=True))
        return told, await asyncio.gather(*bills)

    async def _take(self, session: Session, place: int) -> str:
        """The number that lies nearest; people press for the same ones."""
        number = self.numbers[place * 7 % len(self.numbers)]
        return await self.world.begin(session, number, f"R{place:07d}")

    async def _begin_bill(self, session: Session, bill_no: str) -> str:
        return (await self.app.payments.start(BILLS, session, [bill_no], NO_SMS)).payment_id

    async def _pay(self, *payments: Sequence[str]) -> None:
        for number in (number for some in payments for number in some):
            await self.app.notifications.apply(HOSPITAL, self.app.channel.pay(number))

    async def _sell_the_rest(self, empty_handed: Mapping[int, Session]) -> None:
        """What was held and not paid is sold to people who got nothing before."""
        free = [slot.number for slot in self.system.all_slots if slot.slot_no not in self.system.booked]
        begun = [
            await self.world.begin(session, number, f"R{place:07d}")
            for number, (place, session) in zip(free, empty_handed.items(), strict=False)
        ]
        await self._pay(begun)
        await self._live_on(0)
        await self._must_be(begun, PaymentState.BOOKED)
        if len(set(self.system.booked.values())) != len(self.numbers):
            raise SystemExit(f"{len(self.system.booked)} of {len(self.numbers)} numbers were sold in the end")

    # ---- what must hold ----------------------------------------------------------------------------------------------

    async def _check(self, left: Sequence[str], bills: Sequence[str]) -> None:
        await self._must_be(left, PaymentState.CLOSED)
        await self._must_be(bills, PaymentState.BOOKED)
        if self.system.held:
            raise SystemExit(f"{len(self.system.held)} numbers are still held, and nobody can pay for them")
        sold = list(self.system.booked.values())
        if len(set(sold)) != len(sold):
            raise SystemExit("one payment has two numbers")
        await self._must_be(sold, PaymentState.BOOKED)

    async def _must_be(self, numbers: Sequence[str], state: PaymentState) -> None:
        wrong = [number for number in numbers if (await self.app.payment(number)).state is not state]
        if wrong:
            raise SystemExit(f"{len(wrong)} payments are not {state}: {wrong[0]}")

    async def _live_on(self, seconds: float, step: float = 60.0) -> None:
        """Let time pass, with everything done that is owed."""
        for _ in range(1 + int(seconds // step)):
            while due := await self.app.stores.payments.due(self.app.clock.now(), 100):
                for hospital, number in due:
                    await self.app.runner.run_due(hospital, number)
            self.app.clock.forward(step)


async def _or_why_not(asked: Awaitable[_Told]) -> _Told | ZhenfuError:
    try:
        return await asked
    except ZhenfuError as error:
        return error


if __name__ == "__main__":
    print(json.dumps(asyncio.run(ReleaseHour(int(sys.argv[1]), int(sys.argv[2])).run())))
