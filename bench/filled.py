"""An installation whose store holds many payments, for what must not grow with them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from pymongo import MongoClient

from bench.asking import Request
from bench.world import World
from server.core.ports import Sealer
from server.infrastructure.sealing import Keyring
from server.patients.model import PayerIdentity
from server.payments.model import Payment, PaymentState
from server.storage.documents import payment_to_document
from server.storage.mongo.database import DATABASE_NAME
from server.storage.mongo.int64 import with_int64
from settings import load_settings
from tests.unit.payments.states import in_state

HOSPITAL = "demo"
OWN = 40
"""So many of the payments are of the person whose phone asks: two pages of a list."""
DAYS = 365
"""The others are spread over the last year."""
OF_ONE = 5
"""So many payments has everybody else."""
AT_ONCE = 1000


class FilledWorld(World):
    """``payments`` are in the store before the first request; those that the bench makes come on top."""

    def __init__(self, folder: Path, stack: AsyncExitStack, payments: int) -> None:
        super().__init__(folder / f"of-{payments}", stack)
        self.payments = payments
        self._is_filled = False

    async def start(self) -> None:
        await super().start()
        if not self._is_filled:
            await asyncio.to_thread(self._fill)
            self._is_filled = True

    def _fill(self) -> None:
        sealer = self.sealer
        client: MongoClient[dict[str, object]] = MongoClient(self.uri)
        with client:
            stored = client[DATABASE_NAME]["payments"]
            made = self.made(datetime.now().astimezone())
            while some := [stored_document(each, sealer) for each in islice(made, AT_ONCE)]:
                stored.insert_many(some)

    def made(self, now: datetime) -> Iterator[Payment]:
        """Booked ones, the newest first."""
        booked, own = in_state(PaymentState.BOOKED), self.owner
        for number in range(self.payments):
            payment_id = f"ZF20250101B{number:011d}"
            owner = own if number < OWN else replace(own, subject=f"invented-{number // OF_ONE}")
            yield replace(
                booked,
                id=payment_id,
                hospital=HOSPITAL,
                owner=owner.key,
                payer=owner,
                claims=(),
                effects=(),
                parts=(replace(booked.parts[0], order_no=payment_id),),
                personal=replace(booked.personal, card_no=f"B{number // OF_ONE:09d}", phone=f"199{number % 10**8:08d}"),
                created_at=now - timedelta(days=DAYS) * (number / self.payments),
            )

    @property
    def uri(self) -> str:
        """Where the database is."""
        return self.installation.environ["ZHENFU_DATABASE_URI"]

    @property
    def sealer(self) -> Sealer:
        """The app's own."""
        keys = load_settings(self.installation.environ).keyring
        return Keyring(keys.active, keys.keys, keys.lookup)

    @property
    def owner(self) -> PayerIdentity:
        """The person whose phone asks, as the app knows them."""
        account = self.credentials["wechat"]
        return PayerIdentity(channel="wechat", app_id=account["appid"], subject=self.credentials["people"][0]["openid"])

    # ---- requests ----------------------------------------------------------------------------------------------------

    async def own_payments(self, count: int) -> list[Request]:
        """The first page of one's own payments."""
        return await self._pages("/h/demo/payments", count)

    async def own_payment(self, count: int) -> list[Request]:
        """What the page of a payment asks every other second."""
        return await self._pages("/h/demo/payments/ZF20250101B00000000000/state", count)

    async def _pages(self, path: str, count: int) -> list[Request]:
        return [Request(path, b"", await self.logged_in(), "GET")] * count


def stored_document(payment: Payment, sealer: Sealer) -> dict[str, object]:
    """As the app stores it."""
    document: dict[str, object] = with_int64(payment_to_document(payment, sealer))
    return document
