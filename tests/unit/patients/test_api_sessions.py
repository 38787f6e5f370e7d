"""Sessions of the API end where they end: nothing that runs beside brings one back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from server.core.errors import LoginNeeded
from server.patients.model import Session
from server.patients.ports import SessionStore
from server.storage.memory import memory_stores
from tests.support.builders import HOSPITAL, PHONE
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import ObligingMiniProgram
from tests.support.outside import a_hospital

pytestmark = pytest.mark.asyncio


class Slow:
    """A session store whose changes wait for ``go``, as on a crowded machine; ``waiting`` says that one does."""

    def __init__(self, inner: SessionStore) -> None:
        self._inner = inner
        self.waiting, self.go = asyncio.Event(), asyncio.Event()

    async def put(self, session: Session) -> None:
        await self._inner.put(session)

    async def get(self, session_id: str, now: datetime) -> Session | None:
        return await self._inner.get(session_id, now)

    async def change(
        self, session_id: str, now: datetime, decide: Callable[[Session], Session], *, known: Session | None = None
    ) -> Session | None:
        self.waiting.set()
        await self.go.wait()
        return await self._inner.change(session_id, now, decide, known=known)

    async def drop(self, session_id: str) -> None:
        await self._inner.drop(session_id)


async def test_a_thief_who_is_just_rotating_gets_nothing_when_the_theft_is_noticed() -> None:
    stores = memory_stores()
    slow = Slow(stores.sessions)
    memory_app = InMemoryApp(a_hospital(mini_program=ObligingMiniProgram()), stores=replace(stores, sessions=slow))
    sessions = memory_app.api.sessions
    first = await sessions.login(HOSPITAL, "code-of-zhang")
    stolen = asyncio.create_task(sessions.rotate(HOSPITAL, first.refresh))
    await slow.waiting.wait()
    with pytest.raises(LoginNeeded):
        await sessions.rotate(HOSPITAL, first.refresh)  # its owner comes second
    slow.go.set()
    with pytest.raises(LoginNeeded):
        await stolen
    with pytest.raises(LoginNeeded):
        await sessions.session(HOSPITAL, first.access)


async def test_who_has_logged_out_stays_out_whatever_was_under_way() -> None:
    memory_app = InMemoryApp(a_hospital(mini_program=ObligingMiniProgram()))
    sessions = memory_app.api.sessions
    tokens = await sessions.login(HOSPITAL, "code-of-zhang")
    session = await sessions.session(HOSPITAL, tokens.access)
    await sessions.logout(session)
    with pytest.raises(LoginNeeded):
        await sessions.phone_proven(session, PHONE)
    with pytest.raises(LoginNeeded):
        await sessions.session(HOSPITAL, tokens.access)
