"""Backup and restore: onto an empty machine with the same keyring everything works; anything else is refused before a byte is written."""

from __future__ import annotations

import os
import zipfile
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from server.core.errors import BackupRefused
from server.infrastructure.sealing import Keyring
from server.patients.model import BoundCard
from server.payments.rules.paying import closed
from server.storage.mongo import MongoDatabase, connect
from server.storage.mongo.archive import check
from tests.contract.storage.older import make_older
from tests.contract.storage.test_payments import payment
from tests.support.builders import HOSPITAL, a_scan, a_session
from tests.support.clock_and_ids import MORNING
from tests.support.every_payment import every_payment

pytestmark = pytest.mark.asyncio
KEYS = frozenset({"k"})
SEALER = Keyring("k", {"k": bytes(32)}, bytes([1] * 32))
Empty = Callable[..., MongoDatabase]


@pytest_asyncio.fixture
async def empty(database_uri: str) -> AsyncIterator[Empty]:
    """New machines: each with its own empty database, or another process of the one that is named; all with the same keyring."""
    made: list[MongoDatabase] = []

    def make(name: str = "") -> MongoDatabase:
        made.append(connect(database_uri, SEALER, name=name or f"test_archive_{os.urandom(6).hex()}"))
        return made[-1]

    yield make
    for database in made:
        database.close()


async def filled(database: MongoDatabase, count: int = 250) -> MongoDatabase:
    await database.prepare()
    for number in range(count):
        await database.stores.payments.insert(payment(number))
    await database.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner="o", card_no="C1", name="试测某"))
    await database.stores.sessions.put(a_session("someone", a_scan("B1")))
    return database


async def test_an_empty_machine_has_everything_again(empty: Empty, tmp_path: Path) -> None:
    old, new = await filled(empty()), empty()
    file = tmp_path / "zhenfu.backup"
    written = await old.back_up(file, MORNING)
    assert written.documents["payments"] == 250
    assert written.key_ids == ("k",)
    assert file.stat().st_mode & 0o077 == 0
    await new.prepare()
    assert await new.restore(file, known_key_ids=KEYS) == written
    for number in (0, 199, 200, 249):
        assert await new.stores.payments.get(HOSPITAL, payment(number).id) == payment(number)
    session = a_session("someone", a_scan("B1"))
    assert await new.stores.sessions.get(session.id, MORNING) == session
    assert [card.name for card in await new.stores.cards.of_owner(HOSPITAL, "o")] == ["试测某"]
    first = payment(0)
    await new.stores.payments.save(first, closed(first, "works", MORNING + timedelta(seconds=1)))


async def test_what_a_backup_has_of_an_older_schema_is_swept_after_it_is_restored(empty: Empty, tmp_path: Path) -> None:
    old, new = await filled(empty(), 1), empty()
    payments = old.database["payments"]
    await old.database["schema"].replace_one({"_id": "payments"}, {"version": 1})
    for document in await payments.find({}).to_list(10):
        await make_older(payments, document["_id"], SEALER)
    await empty(old.database.name).back_up(tmp_path / "b", MORNING)
    await new.prepare()
    await new.restore(tmp_path / "b", known_key_ids=KEYS)
    assert await new.upgrade(MORNING) == 1
    assert not (await every_payment(new.stores.payments))[0].tampered


async def test_a_backup_says_whether_every_payment_had_its_macs_and_names_every_key(
    empty: Empty, tmp_path: Path
) -> None:
    old, new = await filled(empty(), 1), empty()
    raw = old.database["payments"]
    contents = await old.back_up(tmp_path / "b", MORNING)
    assert (contents.all_sealed, contents.key_ids) == (True, ("k",))
    await new.prepare()
    await new.restore(tmp_path / "b", known_key_ids=KEYS)
    assert await new.all_sealed()
    await raw.update_many({}, {"$set": {"booking": {"told": f"k9.{'A' * 40}"}}})
    assert (await old.back_up(tmp_path / "c", MORNING)).key_ids == ("k", "k9")


async def test_nothing_personal_is_in_the_file(empty: Empty, tmp_path: Path) -> None:
    old = await filled(empty(), 3)
    file = tmp_path / "zhenfu.backup"
    await old.back_up(file, MORNING)
    with zipfile.ZipFile(file) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    for text in ("试测某", payment(1).personal.patient_name, payment(1).personal.card_no):
        assert text.encode() not in content


async def test_a_claim_that_moves_while_it_is_copied_is_copied_once(
    empty: Empty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first holder is copied with its claim; then it is closed, and another takes the claim before it is copied."""
    old, new = await filled(empty(), 250), empty()
    first, late = payment(0), payment(999, "B0")
    from server.storage.mongo import archive

    pages = archive.pages

    async def moving(collection: Any) -> AsyncIterator[list[dict[str, Any]]]:
        async for page in pages(collection):
            yield page
        if collection.name == "payments":
            await old.stores.payments.save(first, closed(first, "moved", MORNING))
            await old.stores.payments.insert(late)
            yield [await collection.find_one({"_id": late.id})]

    monkeypatch.setattr(archive, "pages", moving)
    await old.back_up(tmp_path / "b", MORNING)
    monkeypatch.undo()
    await new.prepare()
    await new.restore(tmp_path / "b", known_key_ids=KEYS)
    holders = await new.stores.payments.by_claims(HOSPITAL, ["bill:B0"])
    assert [holder.id for holder in holders] == [late.id]


@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "other"])
async def test_a_damaged_backup_is_refused(empty: Empty, tmp_path: Path, damage: str) -> None:
    old, new = await filled(empty(), 30), empty()
    file = tmp_path / "b"
    await old.back_up(file, MORNING)
    whole = file.read_bytes()
    middle = len(whole) // 3
    broken = {
        "cut": whole[: len(whole) // 2],
        "flipped": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "emptied": b"",
        "other": b"PK no zip at all",
    }[damage]
    file.write_bytes(broken)
    await new.prepare()
    with pytest.raises(BackupRefused, match=r"take another"):
        await new.restore(file, known_key_ids=KEYS)
    assert await every_payment(new.stores.payments) == []


async def test_whichever_bit_of_a_backup_is_flipped_it_is_refused_or_says_the_same(
    empty: Empty, tmp_path: Path
) -> None:
    old = await filled(empty(), 30)
    file = tmp_path / "b"
    await old.back_up(file, MORNING)
    whole, told = file.read_bytes(), check(file)
    for place in range(0, len(whole), max(len(whole) // 400, 1)):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :])
        with suppress(BackupRefused):
            assert check(file) == told, place


async def test_a_full_database_and_a_missing_key_are_refused(empty: Empty, tmp_path: Path) -> None:
    old, new = await filled(empty(), 2), empty()
    file = tmp_path / "b"
    await old.back_up(file, MORNING)
    with pytest.raises(BackupRefused, match="restore into an empty one"):
        await old.restore(file, known_key_ids=KEYS)
    await new.prepare()
    with pytest.raises(BackupRefused, match="the key k, which is not in the keyring"):
        await new.restore(file, known_key_ids=frozenset({"another"}))
    with pytest.raises(BackupRefused, match="there is no file"):
        await new.restore(tmp_path / "gone", known_key_ids=KEYS)
    assert await every_payment(new.stores.payments) == []


async def test_a_backup_takes_its_name_only_when_it_is_whole(
    empty: Empty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = await filled(empty(), 2)
    file = tmp_path / "b"
    await old.back_up(file, MORNING)
    before = file.read_bytes()
    from server.storage.mongo import archive

    def fails(path: Path) -> None:
        assert path.name.endswith(".part")
        assert path.stat().st_mode & 0o077 == 0, "others may not read it while it is written either"
        raise BackupRefused("damaged")

    monkeypatch.setattr(archive, "check", fails)
    with pytest.raises(BackupRefused):
        await old.back_up(file, MORNING)
    assert file.read_bytes() == before
    assert check(file).documents["payments"] == 2
