"""Paid payments that nobody has booked yet, put into the store at once, so that nothing but the workers is measured."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pymongo import MongoClient

from bench.filled import FilledWorld
from bench.load import NO_SMS_LIMIT
from bench.stored_payments import HOSPITAL, stored_document
from server.effects.model import EffectKind
from server.patients.model import PayerIdentity
from server.payments.model import Payment
from server.payments.purposes.bills.model import claim_of, subject_of
from server.storage.mongo.database import DATABASE_NAME
from tests.support.builders import a_bill, a_paid

OWN_FEN = 3720
LOOK_EACH_S = 0.1
DONE_WITHIN_S = 240.0
STOPPED_WITHIN_S = 60.0
AS_USUAL = {"ZHENFU_WORKER_CONCURRENCY": "32"}
"""What the bench's other servers do one by one."""
OWED = (EffectKind.BOOK, EffectKind.MESSAGE, EffectKind.SMS)


class OwedWorld(FilledWorld):
    """Its server looks for no work of others; its workers begin when they are measured."""

    def __init__(self, folder: Path, stack: AsyncExitStack) -> None:
        super().__init__(folder, stack, payments=0)
        self._made = 0

    async def start(self) -> None:
        is_first = self._installation is None
        await super().start()
        if is_first:
            self.installation.ask("/sandbox/faults", NO_SMS_LIMIT, "PUT")

    def begin(self, workers: int) -> Sequence[str]:
        """The names of so many workers, which are at work now."""
        names = [f"work-{number}" for number in range(workers)]
        for name in names:
            self.installation.extra[name] = AS_USUAL
            self.installation.start_part(name)
        for name in names:
            self.installation.wait_until(partial(self.installation.is_up, name), f"{name} is up")
        return names

    def end(self, names: Sequence[str]) -> None:
        """They are asked to stop, so that they leave nothing held for those that follow."""
        for name in names:
            process = self.installation.parts.pop(name)
            process.terminate()
            process.wait(STOPPED_WITHIN_S)

    async def owe(self, count: int) -> Sequence[str]:
        """The numbers of so many payments that have just been paid; each has a bill of its own in the HIS."""
        card = self.credentials["people"][0]["cards"][0]
        asked = {"person": card, "count": count, "own_fen": OWN_FEN}
        issued = await self.desk.ask("/sandbox/his/issue", asked)
        now, owner, sealer = datetime.now(UTC), self.owner, self.sealer
        made = [self._paid(bill_no, card, owner, now) for bill_no in issued["bill_nos"]]
        documents = [stored_document(payment, sealer) for payment in made]
        await asyncio.to_thread(self._insert, documents)
        return [payment.id for payment in made]

    def _paid(self, bill_no: str, card: str, owner: PayerIdentity, now: datetime) -> Payment:
        self._made += 1
        number = f"ZF20250101W{self._made:011d}"
        paid = a_paid(now, amount_fen=OWN_FEN, payer=owner)
        subject = subject_of([a_bill(bill_no, OWN_FEN)])
        return replace(
            paid,
            id=number,
            hospital=HOSPITAL,
            parts=(replace(paid.parts[0], order_no=number),),
            personal=replace(paid.personal, card_no=card, phone="", subject=subject),
            claims=(claim_of(bill_no),),
        )

    def _insert(self, documents: Sequence[dict[str, object]]) -> None:
        with MongoClient[dict[str, object]](self.uri) as client:
            client[DATABASE_NAME]["payments"].insert_many(documents)

    async def until_done(self, numbers: Sequence[str]) -> None:
        """These are booked, and their payers told. Raises TimeoutError."""
        until = time.monotonic() + DONE_WITHIN_S
        with MongoClient[dict[str, object]](self.uri) as client:
            stored = client[DATABASE_NAME]["payments"]
            for number in numbers:  # one by one, so that looking costs the database next to nothing
                while await asyncio.to_thread(stored.find_one, {"_id": number, "effects.kind": {"$in": OWED}}):
                    if time.monotonic() > until:
                        raise TimeoutError("payments are still owed")
                    await asyncio.sleep(LOOK_EACH_S)
