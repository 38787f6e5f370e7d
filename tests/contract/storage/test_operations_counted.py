"""What one payment costs the database, from the login to the SMS's delivery report, in commands that the driver sends (decision 0051)."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from server.app.services import Adapters
from server.app.wiring import Composition, compose
from server.effects.leases import Pace
from server.infrastructure.sealing import Keyring
from server.patients.contact_ports import DeliveryReport
from server.patients.model import Session
from server.payments.sms_choice import KNOWN_NUMBER
from server.storage.mongo import connect
from tests.support.builders import HOSPITAL, a_bill, a_scan
from tests.support.clock_and_ids import FakeClock, SeededIds
from tests.support.outside import FaithfulChannel, FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio
WRITES_MAX, READS_MAX = 8, 8
START_TRIPS_MAX = 4
"""Round trips to the database between the press on the button and the cashier."""
WRITES = frozenset({"insert", "update", "findAndModify", "delete"})
READS = frozenset({"find", "aggregate", "count", "getMore"})


class Counted(CommandListener):
    """Every command by its name and collection."""

    def __init__(self) -> None:
        self.commands: Counter[str] = Counter()

    def started(self, event: CommandStartedEvent) -> None:
        name = event.command_name
        if name in WRITES | READS:
            self.commands[f"{name} {event.command.get('collection', event.command[name])}"] += 1

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...

    def of(self, kinds: frozenset[str]) -> int:
        return sum(count for command, count in self.commands.items() if command.split()[0] in kinds)

    def __str__(self) -> str:
        return ", ".join(f"{count} {command}" for command, count in sorted(self.commands.items()))


class Browser:
    """One phone: each request opens its session anew, as each page does."""

    def __init__(self, app: Composition) -> None:
        self._services = app.services
        self._session_id = ""

    async def scan(self, *bill_nos: str) -> None:
        """The login that a scan leads to, then the page of its bills."""
        begun = self._services.login.begin(HOSPITAL, "wechat", "/h/demo/bills")
        state = parse_qs(urlsplit(begun.url).query)["state"][0]
        done = await self._services.login.finish(
            HOSPITAL, "wechat", "code-of-zhang", state, begun.cookie, scanned=a_scan(*bill_nos)
        )
        self._session_id = done.session.id
        session = await self._session()
        await self._services.bills.payable(session, bill_nos)
        await self._services.bills.payments_of(session, bill_nos)

    async def pay(self, *bill_nos: str) -> str:
        return (await self._services.payments.start("bills", await self._session(), bill_nos, KNOWN_NUMBER)).payment_id

    async def look(self, payment_id: str) -> None:
        session = await self._services.login.stored_session(HOSPITAL, self._session_id)
        await self._services.payments.view(session, payment_id, just_paid=True)

    async def _session(self) -> Session:
        return await self._services.login.session(HOSPITAL, self._session_id)


def report_of(payment_id: str) -> DeliveryReport:
    return DeliveryReport(out_id=f"{payment_id}-payment_booked", delivered=True, code="DELIVERED")


async def test_a_payment_s_life_takes_few_operations(mongo_uri: str, sealer: Keyring) -> None:
    counted, clock = Counted(), FakeClock()
    database = connect(mongo_uri, sealer, listeners=[counted])
    await database.prepare()
    hospital = a_hospital(his=FaithfulHis(a_bill("B1")))
    adapters = Adapters(
        hospitals={HOSPITAL: hospital}, stores=database.stores, sealer=sealer, clock=clock, ids=SeededIds()
    )
    app = compose(adapters, expiry=timedelta(minutes=15), pace=Pace(), polls=False)
    phone = Browser(app)
    await phone.scan("B1")  # an earlier login of the same day

    counted.commands.clear()
    await phone.scan("B1")
    before = counted.of(WRITES) + counted.of(READS)
    payment_id = await phone.pay("B1")
    start_trips = counted.of(WRITES) + counted.of(READS) - before
    await app.services.notifications.apply(HOSPITAL, cast(FaithfulChannel, hospital.channels["wechat"]).pay(payment_id))
    await app.worker.rest()
    await phone.look(payment_id)
    await app.services.delivery_reports.of_sms(HOSPITAL, [report_of(payment_id)])
    writes, reads, commands = counted.of(WRITES), counted.of(READS), str(counted)

    payment = await database.stores.payments.get(HOSPITAL, payment_id)
    assert payment is not None
    told = [line.what for line in payment.history]
    assert told == ["created", "ordered", "paid", "booked", "message_sent", "sms_sent", "sms_delivered"]
    print(f"{writes} writes, {reads} reads: {commands}")
    assert writes <= WRITES_MAX, commands
    assert reads <= READS_MAX, commands
    assert start_trips <= START_TRIPS_MAX, commands
    database.close()
