"""An installation whose store holds many payments, for what must not grow with them."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from bench.asking import Request
from bench.filling import Told, owner_of, sealer_of
from bench.kept import KEPT, filled_into
from bench.stored_payments import payment_id
from bench.world import World
from server.core.ports import Sealer
from server.patients.model import PayerIdentity


def _tells_nobody(count: int) -> None: ...


class FilledWorld(World):
    """``payments`` are in the store before the first request; those that the bench makes come on top. ``told`` hears how many are in
    the store while it is filled; ``kept`` is the folder of stores that are kept, if they are."""

    def __init__(
        self,
        folder: Path,
        stack: AsyncExitStack,
        payments: int,
        told: Told = _tells_nobody,
        kept: Path | None = KEPT,
    ) -> None:
        super().__init__(folder / f"of-{payments}", stack)
        self.payments = payments
        self._told = told
        self._kept = kept
        self._is_full = False

    async def fill(self) -> None:
        """Takes long, and is done once. Raises NotHere where the disk is too small."""
        if self.payments and not self._is_full:
            await filled_into(self.home, self.payments, self._told, self._kept)
            self._is_full = True

    async def start(self) -> None:
        await self.fill()
        await super().start()

    @property
    def uri(self) -> str:
        """Where the database is."""
        return self.installation.environ["ZHENFU_DATABASE_URI"]

    @property
    def sealer(self) -> Sealer:
        """The app's own."""
        return sealer_of(self.installation)

    @property
    def owner(self) -> PayerIdentity:
        """The person whose phone asks, as the app knows them."""
        return owner_of(self.credentials)

    # ---- requests ----------------------------------------------------------------------------------------------------

    async def own_payments(self, count: int) -> list[Request]:
        """The first page of one's own payments."""
        return await self._pages("/h/demo/payments", count)

    async def own_payment(self, count: int) -> list[Request]:
        """What the page of a payment asks every other second."""
        return await self._pages(f"/h/demo/payments/{payment_id(0)}/state", count)

    async def _pages(self, path: str, count: int) -> list[Request]:
        return [Request(path, b"", await self.logged_in(), "GET")] * count
