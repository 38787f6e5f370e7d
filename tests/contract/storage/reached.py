"""How many documents the queries of a test reach, whatever they answer: the embedded database puts all of them in order."""

from __future__ import annotations

from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from server.storage.mongo import MongoDatabase


class Reached(CommandListener):
    """Hears the queries of a connection, and has the database explain them afterwards."""

    def __init__(self) -> None:
        self.queries: list[dict[str, Any]] = []

    def started(self, event: CommandStartedEvent) -> None:
        if event.command_name == "find":
            self.queries.append({name: event.command[name] for name in ("find", "filter")})

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...

    def forget(self) -> None:
        self.queries.clear()

    async def documents(self, database: MongoDatabase) -> int:
        """Those that the queries since `forget` reach, one that two of them reach counted twice."""
        return sum(await self.by_query(database))

    async def by_query(self, database: MongoDatabase) -> list[int]:
        """How many each query since `forget` reaches."""
        told = [
            await database.database.command({"explain": query, "verbosity": "executionStats"})
            for query in tuple(self.queries)
        ]
        return [one["executionStats"]["totalDocsExamined"] for one in told]
