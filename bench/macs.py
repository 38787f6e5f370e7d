"""What the MACs cost of a payment's CPU: ``python -m bench.macs``. Its stored steps are made once with and once without them.

Only our own process is counted, on the embedded database: its commands, the driver, documents and sealing. Doors, signatures and the
calls of the channels and the HIS come on top in a real payment, so the share is smaller there.
"""

from __future__ import annotations

import asyncio
import secrets
import tempfile
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

from server.infrastructure.embedded import EmbeddedDatabase
from server.infrastructure.sealing import Keyring
from server.payments.model import Payment, bumped, changed
from server.payments.ports import PaymentStore
from server.storage import documents
from server.storage.mongo import connect, payments
from tests.support.builders import HOSPITAL, a_payment
from tests.support.clock_and_ids import MORNING

PAYMENTS = 200
"""Of each kind, in turn; the tenth fastest of a hundred is told, so that a busy machine says the same."""
STEPS, READS = 8, 16
"""Of one payment, from scan to SMS (DESIGN section 4)."""


async def one(store: PaymentStore) -> None:
    payment = replace(a_payment(), id=f"ZF20261123{secrets.token_hex(8).upper()}", claims=())
    await store.insert(payment)
    for step in range(STEPS):
        after: Payment = changed(payment, "ordering_again", at=MORNING) if step % 2 else bumped(payment)
        await store.save(payment, after)
        payment = after
        for _ in range(READS // STEPS):
            await store.get(HOSPITAL, payment.id)


async def cpu_ms(store: PaymentStore, *, macs: bool) -> float:
    with ExitStack() as stack:
        if not macs:
            stack.enter_context(patch.object(payments, "holds", lambda document, sealer: True))
            stack.enter_context(patch.object(payments, "changed_mac", lambda payment, fields, sealer: ""))
            stack.enter_context(patch.object(documents, "with_macs", lambda document, sealer: document))
        began = time.process_time()
        await one(store)
        return (time.process_time() - began) * 1000


async def measure(uri: str) -> None:
    database = connect(uri, Keyring("k1", {"k1": b"1" * 32}, b"2" * 32))
    await database.prepare()
    store = database.stores.payments
    pairs = [(await cpu_ms(store, macs=True), await cpu_ms(store, macs=False)) for _ in range(PAYMENTS)]
    with_macs, without = (sorted(side)[PAYMENTS // 10] for side in zip(*pairs, strict=True))
    share = 100 * (with_macs - without) / without
    print(f"{with_macs:.2f} ms with MACs, {without:.2f} ms without: {share:.1f} % more")
    database.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = EmbeddedDatabase(Path(folder) / "data", None, Path(folder) / "log")
        try:
            asyncio.run(measure(database.start()))
        finally:
            database.stop()


if __name__ == "__main__":
    main()
