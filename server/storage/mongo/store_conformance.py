"""What Zhenfu needs of a MongoDB, as promises that are tried out on a scratch database: `run.py doctor --store` and the tests.

Each is a coroutine that raises Broken with a sentence when the server does not keep it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from server.core.errors import ClaimTaken, LostRace, StoreError
from server.patients.model import Origin, PayerIdentity
from server.payments.model import Payment, Personal, bumped
from server.payments.part import ChannelRequest, Part
from server.payments.rules.paying import closed, ordered
from server.payments.rules.starting import start
from server.payments.subject import Charge, Subject
from server.storage.mongo.database import MongoDatabase

RIVALS = 50
NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
FAR_OFF = datetime(9999, 1, 1, tzinfo=UTC)
"""Behind every machine's clock: the database deletes each minute what has expired by its own, which is later than `NOW`."""
HOSPITAL = "scratch"


class Broken(Exception):
    """A sentence about what the server did."""


def require(holds: object, why: str) -> None:
    if not holds:
        raise Broken(why)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One promise and what became of it; ``why`` is empty when it is kept."""

    promise: str
    why: str = ""


def sample(number: int, bill_no: str, created_at: datetime = NOW) -> Payment:
    """A payment of an obviously invented person."""
    charge = Charge(
        number=bill_no, kind="outpatient", department="试测科", doctor="试测医生", issued_at=created_at, own_fen=2**40 + number
    )  # fmt: skip
    payer = PayerIdentity(channel="scratch", app_id="app", subject="payer")
    request = ChannelRequest(
        channel="scratch", method="jsapi", app_id="app", merchant_id="merchant", payer=payer, amount_fen=charge.own_fen,
        description="scratch", expires_at=created_at + timedelta(minutes=15),
    )  # fmt: skip
    payment_id = f"SCRATCH{number:012d}"
    return start(
        hospital=HOSPITAL,
        payment_id=payment_id,
        owner=payer.key,
        origin=Origin(entrance="scratch"),
        payer=payer,
        parts=(Part(kind="cash", order_no=payment_id, request=request),),
        purpose="scratch",
        personal=Personal(patient_name="试测某", card_no="SCRATCH", phone="", subject=Subject(charges=(charge,))),
        claims=(f"scratch:{bill_no}",),
        now=created_at,
    )


async def _outcomes(*tries: Awaitable[object]) -> list[object]:
    return list(await asyncio.gather(*tries, return_exceptions=True))


async def one_claim_one_winner(database: MongoDatabase) -> None:
    payments = database.stores.payments
    results = await _outcomes(*(payments.insert(sample(number, "B-rivals")) for number in range(RIVALS)))
    won = [result for result in results if result is None]
    lost = [result for result in results if isinstance(result, ClaimTaken)]
    require((len(won), len(lost)) == (1, RIVALS - 1), f"{len(won)} of {RIVALS} rivals got the same claim")


async def a_freed_claim_can_be_taken(database: MongoDatabase) -> None:
    payments = database.stores.payments
    first = sample(100, "B-freed")
    await payments.insert(first)
    await payments.save(first, closed(first, "scratch", NOW))
    await payments.insert(sample(101, "B-freed"))
    second = replace(sample(102, "B-none"), claims=())
    third = replace(sample(103, "B-none"), claims=())
    await payments.insert(second)
    await payments.insert(third)  # documents without claims never collide


async def one_version_one_writer(database: MongoDatabase) -> None:
    payments = database.stores.payments
    before = sample(200, "B-version")
    await payments.insert(before)
    results = await _outcomes(
        *(payments.save(before, ordered(before, f"order-{rival}", NOW)) for rival in range(RIVALS))
    )
    won = sum(result is None for result in results)
    require(won == 1, f"{won} of {RIVALS} writers changed the same version")
    require(sum(isinstance(result, LostRace) for result in results) == RIVALS - 1, "a lost race was not noticed")


async def what_is_due_is_found_to_the_millisecond(database: MongoDatabase) -> None:
    payments = database.stores.payments
    far = NOW + timedelta(days=400)
    for number in range(3):
        payment = sample(300 + number, f"B-due-{number}")
        effect = replace(payment.effects[0], due_at=far + timedelta(milliseconds=number))
        await payments.insert(replace(payment, effects=(effect,)))
    wanted = {(HOSPITAL, "SCRATCH000000000300"), (HOSPITAL, "SCRATCH000000000301")}
    found = set(await payments.due(far + timedelta(milliseconds=1), 1000))
    require(wanted <= found, "a due payment at the boundary was not found")
    require((HOSPITAL, "SCRATCH000000000302") not in found, "a payment was found before it was due")


async def ranges_on_compound_indexes_keep_their_boundaries(database: MongoDatabase) -> None:
    payments = database.stores.payments
    owner = "scratch:app:ranges"
    made = [
        replace(sample(400 + number, f"B-range-{number}", NOW + timedelta(milliseconds=number)), owner=owner)
        for number in range(5)
    ]
    for payment in made:
        await payments.insert(payment)
    newest = await payments.by_owner(HOSPITAL, owner, 10)
    require([p.id for p in newest] == [p.id for p in reversed(made)], "newest first is not newest first")
    older = await payments.by_owner(HOSPITAL, owner, 10, before=made[3].page_cursor)
    require([p.id for p in older] == [p.id for p in reversed(made[:3])], "a boundary row is lost or doubled")


async def a_document_comes_back_as_it_went(database: MongoDatabase) -> None:
    payments = database.stores.payments
    payment = sample(500, "B-same")
    await payments.insert(payment)
    stored = await payments.get(HOSPITAL, payment.id)
    require(stored == payment, "numbers beyond 32 bits, times or texts are not the same")
    await payments.save(payment, bumped(payment, claims=()))
    after = await payments.get(HOSPITAL, payment.id)
    if after is None:
        raise Broken("a saved document is gone")
    require((after.version, after.claims) == (payment.version + 1, ()), "a field that was unset is still there")


async def one_of_many_puts_it_once(database: MongoDatabase) -> None:
    short_lived, ends = database.stores.short_lived, FAR_OFF
    won = await asyncio.gather(*(short_lived.put_once("k", "once", str(n), NOW, ends) for n in range(RIVALS)))
    require(sum(won) == 1, f"{sum(won)} of {RIVALS} put the same fact once")
    counted = await asyncio.gather(*(short_lived.count("k", "count", NOW, ends) for _ in range(20)))
    require(sorted(counted) == list(range(1, 21)), "a counter lost a count")


async def forgotten_facts_are_swept(database: MongoDatabase) -> None:
    sweeping = await database.sweeping()
    require(sweeping >= {"sessions", "short_lived"}, "no TTL index: sessions and codes would stay for ever")


async def majority_is_more_than_one_machine(database: MongoDatabase) -> None:
    require(await database.replica_set(), "no replica set: an acknowledged payment would be lost with this machine")


PROMISES: dict[str, Callable[[MongoDatabase], Awaitable[None]]] = {
    "a unique partial index on an array lets one of many rivals claim a bill": one_claim_one_winner,
    "a freed claim can be taken again, documents without claims never collide": a_freed_claim_can_be_taken,
    "a guarded update lets one of many writers change a version": one_version_one_writer,
    "what is due is found to the millisecond": what_is_due_is_found_to_the_millisecond,
    "ranges on compound indexes keep their boundary rows": ranges_on_compound_indexes_keep_their_boundaries,
    "a document comes back as it went: 64-bit money, milliseconds, unset fields": a_document_comes_back_as_it_went,
    "inserts and guarded updates are atomic across connections": one_of_many_puts_it_once,
    "TTL indexes sweep what is over": forgotten_facts_are_swept,
    "majority writes are more than one machine's": majority_is_more_than_one_machine,
}


async def check_store(database: MongoDatabase) -> list[CheckResult]:
    """Every promise on ``database``, which should be empty and is the caller's to drop. A server that can't be reached raises."""
    await database.prepare()
    results = []
    for name, keep in PROMISES.items():
        try:
            await keep(database)
            results.append(CheckResult(name))
        except Broken as broken:
            results.append(CheckResult(name, str(broken)))
        except StoreError as error:
            results.append(CheckResult(name, f"the server did not do it: {error}"))
    return results
