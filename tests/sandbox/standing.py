"""What a client must know of a world, of a sandbox's process: its credentials and the real time."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.sandbox.process import RunningSandbox
from tests.sandbox.world import World


class Standing:
    def __init__(self, sandbox: RunningSandbox) -> None:
        self.credentials = sandbox.credentials

    def time(self) -> datetime:
        return datetime.now(UTC)

    openid = World.openid
