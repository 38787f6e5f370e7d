"""Everything the world remembers: records by kind and key, written through to SQLite so that a kill loses nothing acknowledged."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sandbox.world.wire import Record


class Records:
    """In memory, and on disk when a file is given. A record is plain JSON; ``put`` after every change."""

    def __init__(self, file: Path | None = None) -> None:
        self._kinds: dict[str, dict[str, Record]] = {}
        self._database: sqlite3.Connection | None = None
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(file, isolation_level=None)
            self._database.execute("PRAGMA journal_mode=WAL")
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.execute(
                "CREATE TABLE IF NOT EXISTS records (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))"
            )
            for kind, key, body in self._database.execute("SELECT kind, key, body FROM records ORDER BY rowid"):
                self._kinds.setdefault(kind, {})[key] = json.loads(body)

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
        self._kinds.get(kind, {}).pop(key, None)
        if self._database is not None:
            self._database.execute("DELETE FROM records WHERE kind = ? AND key = ?", (kind, key))

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
