"""Backup and restore of one database: a zip of BSON per collection with a manifest. What is sealed stays sealed.

Documents are copied while others write. Each is whole in itself; two payments that claimed one bill one after the other may both
have been caught with the claim, so those are read again until no claim is doubled. A later copy of a document replaces the earlier.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import bson
from motor.motor_asyncio import AsyncIOMotorDatabase

from server.core.errors import BackupRefused, StoreError
from server.storage.documents import SCHEMA_VERSION
from server.storage.mongo.errors import translated
from server.storage.mongo.walking import pages

FORMAT = 1
MANIFEST = "manifest.json"
BATCH = 200
ROUNDS_MAX = 10
_SEALED = re.compile(r"@?([0-9A-Za-z]{1,32})\.[0-9A-Za-z_-]{38,}")
"""29 sealed bytes at least, and 32 of a MAC, in base64."""
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds: ``documents`` by collection, ``key_ids`` that must be in the keyring to read it. ``all_sealed``: every payment
    had its MACs when it was made; ``unclaimed_sealed``: all unclaimed money had.
    """

    made_at: str
    schema: int
    documents: dict[str, int]
    sha256: dict[str, str]
    key_ids: tuple[str, ...]
    all_sealed: bool = False
    unclaimed_sealed: bool = False


async def back_up(
    database: AsyncIOMotorDatabase[Any],
    collections: tuple[str, ...],
    file: Path,
    now: datetime,
    *,
    all_sealed: bool,
    unclaimed_sealed: bool,
) -> Contents:
    """Write ``file`` and read it again. It takes its name only when it is whole. Raises StoreUnavailable or BackupRefused."""
    fresh = file.with_name(f".{file.name}.part")
    counts: dict[str, int] = {}
    sums: dict[str, str] = {}
    key_ids: set[str] = set()
    fresh.unlink(missing_ok=True)
    fresh.touch(0o600)  # before anything is in it
    with zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in collections:
            digest, ids = hashlib.sha256(), set()
            with archive.open(f"{name}.bson", "w", force_zip64=True) as out:
                async for document in _documents(database, name):
                    piece = bson.encode(document)
                    out.write(piece)
                    digest.update(piece)
                    ids.add(document["_id"])
                    key_ids |= keys_named_in(document)
            counts[name], sums[name] = len(ids), digest.hexdigest()
        facts = {"format": FORMAT, "made_at": now.isoformat(), "schema": SCHEMA_VERSION, "documents": counts}
        facts |= {
            "sha256": sums,
            "key_ids": sorted(key_ids),
            "all_sealed": all_sealed,
            "unclaimed_sealed": unclaimed_sealed,
        }
        archive.writestr(MANIFEST, json.dumps(facts, indent=1))
    contents = check(fresh)
    fresh.replace(file)
    return contents


async def _documents(database: AsyncIOMotorDatabase[Any], name: str) -> AsyncIterator[Document]:
    claimed: dict[tuple[str, str], str] = {}
    doubled: set[str] = set()
    async for page in pages(database[name]):
        for document in page:
            yield document
            doubled |= _collisions(document, claimed)
    for _ in range(ROUNDS_MAX):
        if not doubled:
            return
        again = sorted(doubled)
        claimed = {claim: owner for claim, owner in claimed.items() if owner not in doubled}
        doubled = set()
        for key in again:
            with translated():
                newer: Document | None = await database[name].find_one({"_id": key})
            if newer is not None:
                yield newer
                doubled |= _collisions(newer, claimed)
    if doubled:
        raise BackupRefused("the bills' claims moved faster than they could be copied: back up at a quieter moment")


def _collisions(document: Document, claimed: dict[tuple[str, str], str]) -> set[str]:
    """Both holders of a claim that was met twice; ``claimed`` learns."""
    found: set[str] = set()
    for claim in document.get("claims", ()):
        other = claimed.setdefault((document["hospital"], claim), document["_id"])
        if other != document["_id"]:
            found |= {other, document["_id"]}
    return found


def keys_named_in(value: Any) -> set[str]:
    """The ids of the keys of everything sealed or under a MAC in a document, wherever it stands in it."""
    if isinstance(value, str):
        sealed = _SEALED.fullmatch(value)
        return {sealed[1]} if sealed else set()
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return {key_id for one in inner for key_id in keys_named_in(one)}


# ---- reading back ----------------------------------------------------------------------------------------------------------------


DAMAGED = (
    OSError, zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError,
    ValueError, KeyError, TypeError, bson.errors.BSONError,
)  # fmt: skip
"""What the readers of zip, JSON and BSON raise of bytes that are not as they were written."""


def check(file: Path) -> Contents:
    """Read the whole backup and compare it with its manifest. Raises BackupRefused with a sentence."""
    if not file.is_file():
        raise BackupRefused(f"there is no file {file}: name the backup to restore")
    try:
        with zipfile.ZipFile(file) as archive:
            facts = json.loads(archive.read(MANIFEST))
            if facts["format"] != FORMAT or facts["schema"] > SCHEMA_VERSION:
                raise BackupRefused(f"{file} was written by a newer Zhenfu: restore it with that one")
            for name in facts["documents"]:
                digest, ids = hashlib.sha256(), set()
                for document, piece in _pieces(archive, name):
                    digest.update(piece)
                    ids.add(document["_id"])
                if digest.hexdigest() != facts["sha256"][name] or len(ids) != facts["documents"][name]:
                    raise BackupRefused(f"{file} is damaged in {name}: take another backup")
    except DAMAGED as error:
        raise BackupRefused(
            f"{file} is no whole backup of Zhenfu ({type(error).__name__}): take another one"
        ) from error
    return Contents(
        made_at=facts["made_at"],
        schema=facts["schema"],
        documents=facts["documents"],
        sha256=facts["sha256"],
        key_ids=tuple(facts["key_ids"]),
        all_sealed=bool(facts.get("all_sealed", False)),
        unclaimed_sealed=bool(facts.get("unclaimed_sealed", False)),
    )


def _pieces(archive: zipfile.ZipFile, name: str) -> Iterator[tuple[Document, bytes]]:
    with archive.open(f"{name}.bson") as source:
        while head := source.read(4):
            length = int.from_bytes(head, "little")
            piece = head + source.read(length - 4)
            yield bson.decode(piece), piece


async def restore(database: AsyncIOMotorDatabase[Any], file: Path, *, known_key_ids: frozenset[str]) -> Contents:
    """Put a checked backup into an empty, prepared database. Raises BackupRefused before anything is written."""
    contents = check(file)
    missing = [key_id for key_id in contents.key_ids if key_id not in known_key_ids]
    if missing:
        raise BackupRefused(
            f"{file} was sealed with the key {missing[0]}, which is not in the keyring: restore the keyring first"
        )
    for name in contents.documents:
        with translated():
            if await database[name].find_one({}) is not None:
                raise BackupRefused(f"the database already has {name}: restore into an empty one")
    with zipfile.ZipFile(file) as archive:
        for name, count in contents.documents.items():
            await _put(database, name, archive)
            with translated():
                stored = await database[name].count_documents({})
            if stored != count:
                raise StoreError(f"{stored} of {count} {name} were restored: start again with an empty database")
    return contents


async def _put(database: AsyncIOMotorDatabase[Any], name: str, archive: zipfile.ZipFile) -> None:
    """The last copy of every document, in batches."""
    copies = Counter(document["_id"] for document, _ in _pieces(archive, name))
    batch: list[Document] = []
    for document, _ in _pieces(archive, name):
        copies[document["_id"]] -= 1
        if copies[document["_id"]] == 0:
            batch.append(document)
        if len(batch) == BATCH:
            with translated():
                await database[name].insert_many(batch)
            batch = []
    if batch:
        with translated():
            await database[name].insert_many(batch)
