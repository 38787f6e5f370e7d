"""Everything the world remembers: records by kind and key, written through to SQLite so that a kill loses nothing acknowledged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from sandbox.world.wire import Record


class Records:
    """In memory, and on disk when a file is given. A record is plain JSON and is never changed in place: ``put`` a new one."""

    def __init__(self, file: Path | None = None) -> None:
        self._kinds: dict[str, dict[str, Record]] = {}
        self._database: sqlite3.Connection | None = None
        self._in_one = False
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(0o600)  # tokens and chats are in it
            self._database = sqlite3.connect(file, isolation_level=None)
            # WAL with NORMAL: a commit is in the kernel's hands, so it survives the death of this process, at once and without an fsync.
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))"
            )
            for kind, key, body in self._database.execute("SELECT kind, key, body FROM records ORDER BY rowid"):
                self._kinds.setdefault(kind, {})[key] = json.loads(body)

    @contextmanager
    def together(self) -> Iterator[None]:
        """All writes inside reach the disk in one transaction: after a kill, all of them are there or none."""
        if self._in_one or self._database is None:
            yield
            return
        self._in_one = True
        self._database.execute("BEGIN")
        try:
            yield
        finally:
            # After an exception too: memory has the writes already, and the disk must not know less.
            self._in_one = False
            self._database.execute("COMMIT")

    def get(self, kind: str, key: str) -> Record | None:
        return self._kinds.get(kind, {}).get(key)

    def put(self, kind: str, key: str, record: Record) -> Record:
        self._kinds.setdefault(kind, {})[key] = record
        if self._database is not None:
            self._database.execute(
                "INSERT INTO records VALUES (?, ?, ?) ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
                (kind, key, json.dumps(record, ensure_ascii=False)),
            )
        return record

    def drop(self, kind: str, key: str) -> None:
        known = self._kinds.get(kind, {}).pop(key, None)
        if self._database is not None and known is not None:
            self._database.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))

    def drop_expired(self, kind: str, now: datetime) -> None:
        """Those whose ``until`` has passed."""
        for key, record in list(self._kinds.get(kind, {}).items()):
            if datetime.fromisoformat(record["until"]) <= now:
                self.drop(kind, key)

    def all(self, kind: str) -> Iterator[Record]:
        """In the order of their first writing."""
        yield from list(self._kinds.get(kind, {}).values())

    def count(self, kind: str) -> int:
        return len(self._kinds.get(kind, {}))

    def clear(self) -> None:
        self._kinds.clear()
        if self._database is not None:
            self._database.execute("DELETE FROM records")

    def close(self) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None
