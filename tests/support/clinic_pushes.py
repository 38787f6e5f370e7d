"""What the sandbox's hospital says of changed clinics, brought to the app in any order; and what its patients must know in the end."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, cast

from sandbox.hospital.platform import HospitalPlatform
from server.core.errors import NotFound
from server.payments.model import Payment, PaymentState
from server.payments.rules.telling import BOOKING_CHANGED
from server.registration.model import ClinicChange, ShiftState
from tests.support.builders import HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger
from tests.support.registration_desk import unknown_change

ANSWERED = 0.8
"""The share of calls whose answer arrives; the others are said again."""


class ClinicPushes:
    def __init__(self, memory_app: InMemoryApp, platform: HospitalPlatform, dice: random.Random) -> None:
        self._app = memory_app
        self._desk = platform.his.registration
        self._scene = platform.scene
        self._dice = dice

    async def said(self) -> None:
        """What is due arrives, in whatever order."""
        due = self._scene.deliveries.due(self._app.clock.now())
        self._dice.shuffle(due)
        for record in due:
            await self._say(record)
            if self._dice.random() < ANSWERED:
                self._scene.deliveries.answered(record, 200, b'{"code":"OK"}', self._app.clock.now())

    async def said_in_the_end(self) -> None:
        """Everything that is owed arrives once more."""
        for record in self._scene.deliveries.due(self._app.clock.now() + timedelta(days=1)):
            with suppress(NotFound):
                await self._say(record)

    async def _say(self, record: Mapping[str, Any]) -> None:
        told = record["payload"]
        change = ClinicChange(
            state=ShiftState(told["state"]),
            at=datetime.fromisoformat(told["at"]),
            replaced_by=told["replaced_by"],
            reason=told["reason"],
        )
        await self._app.registration.clinics.told(HOSPITAL, told["out_trade_no"], change)

    def untold(self, payments: Sequence[Payment]) -> Iterator[str]:
        """Whoever still waits with a number knows what the hospital changed of its clinic; and each change is told once."""
        waiting = {one["out_trade_no"] for one in self._desk.numbers.holders() if one["state"] == "booked"}
        for payment in payments:
            if payment.id not in waiting or payment.state is not PaymentState.BOOKED or not payment.claims:
                continue
            if unknown := unknown_change(self._desk, payment):
                yield f"{payment.id}: {unknown}"
        messenger = cast(RecordingMessenger, self._app.messenger)
        calls = messenger.named("send")
        sent = Counter(dedupe for _, message, dedupe in calls if message.purpose == BOOKING_CHANGED)
        yield from (f"{what} is told {count} times" for what, count in sent.items() if count > 1)
