"""What the HIS tells of an old balance and what our books say are of different moments: no fen counts twice, and none is hidden."""

from __future__ import annotations

import pytest
import pytest_asyncio

from server.payments.model import Payment
from tests.support.balance_desk import BalanceDesk
from tests.support.builders import CARD

pytestmark = pytest.mark.asyncio


@pytest_asyncio.fixture
async def desk() -> BalanceDesk:
    desk = BalanceDesk()
    await desk.enter()
    return desk


async def test_the_his_that_tells_of_an_old_state_is_not_believed_beyond_our_books(desk: BalanceDesk) -> None:
    """It has written off, and answers as before it did: the cash lot must not be taken for the same fen again."""
    await desk.a_bill_is_moved()
    before = desk.his.known[CARD]
    await desk.give_back()
    await desk.memory_app.work()
    desk.his.known[CARD] = before
    known = await desk.view()
    assert (known.returnable_fen, known.left_fen) == (0, 10_000)
    assert [share.amount_fen for share in known.allocation.window] == [10_000]


async def test_what_the_his_has_written_off_without_our_hearing_it_is_not_taken_off_twice(desk: BalanceDesk) -> None:
    await desk.a_bill_is_moved()
    desk.memory_app.his.will_lose_the_answer("refund_release")
    await desk.give_back()
    await desk.memory_app.work()
    assert desk.his.known[CARD].balance_fen == 10_000
    assert ((await desk.view()).returnable_fen, (await desk.view()).left_fen) == (0, 10_000)


async def test_what_somebody_else_asks_for_meanwhile_is_not_sent_to_the_window(
    desk: BalanceDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of our books one moment is looked at: a lot that is asked for its money between two looks would be neither on its way nor left."""
    payment = await desk.a_bill_is_moved()
    store = desk.memory_app.payment_store
    read = store.get

    async def asked_for_after_this(hospital: str, number: str) -> Payment | None:
        before = await read(hospital, number)
        monkeypatch.setattr(store, "get", read, raising=False)
        await desk.give_back()
        return before

    monkeypatch.setattr(store, "get", asked_for_after_this, raising=False)
    known = await desk.view()
    assert (known.allocation.unplaced_fen, known.returnable_fen) == (0, payment.paid_fen)
