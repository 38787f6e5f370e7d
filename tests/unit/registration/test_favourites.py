"""A person's favourite doctors: marked once, theirs in every entrance, gone with the account."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

import pytest

from server.core.errors import BadInput, NotFound
from server.patients.model import Session
from server.registration.doctor_model import Doctor
from server.registration.favourites import FAVOURITES_MAX, KEPT, FavouriteService
from server.storage.memory_short_lived import MemoryShortLived
from tests.support.builders import HOSPITAL, a_session, an_identity
from tests.support.clock_and_ids import FakeClock
from tests.support.registrations import a_doctor

pytestmark = pytest.mark.asyncio
LI = a_doctor()
WANG = a_doctor(doctor_no="2001", name="王样本", department_no="D02", department="测试外科")
MANY = tuple(a_doctor(doctor_no=f"M{number}") for number in range(FAVOURITES_MAX + 1))


class Listing:
    def __init__(self, *doctors: Doctor) -> None:
        self.doctors = doctors
        self.asked = 0

    async def __call__(self, hospital: str) -> Sequence[Doctor]:
        self.asked += 1
        return self.doctors


@pytest.fixture
def listing() -> Listing:
    return Listing(LI, WANG, *MANY)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def favourites(listing: Listing, clock: FakeClock) -> FavouriteService:
    return FavouriteService(listing, MemoryShortLived(), clock)


ME = a_session()
ELSEWHERE = a_session(identity=an_identity("2088000000000001", channel="alipay"))


def whole(session: Session, *others: Session) -> Session:
    return replace(session, linked=tuple(one.identity.key for one in others))


async def test_the_hospital_is_not_asked_where_nothing_is_marked(
    favourites: FavouriteService, listing: Listing
) -> None:
    assert await favourites.mine(ME) == ()
    assert listing.asked == 0


async def test_a_marked_doctor_is_listed_until_unmarked(favourites: FavouriteService) -> None:
    for one in (WANG, LI, WANG):
        await favourites.mark(ME, one.department_no, one.doctor_no)
    assert await favourites.mine(ME) == (LI, WANG)
    assert (await favourites.doctor(ME, "D01", LI.doctor_no)).is_favourite
    await favourites.unmark(ME, "D01", LI.doctor_no)
    await favourites.unmark(ME, "D01", LI.doctor_no)
    assert await favourites.mine(ME) == (WANG,)
    assert not (await favourites.doctor(ME, "D01", LI.doctor_no)).is_favourite


async def test_a_favourite_is_the_person_s_in_every_entrance(favourites: FavouriteService) -> None:
    await favourites.mark(ELSEWHERE, "D01", LI.doctor_no)
    assert await favourites.mine(ME) == ()
    me = whole(ME, ELSEWHERE)
    assert await favourites.mine(me) == (LI,)
    await favourites.unmark(me, "D01", LI.doctor_no)
    assert await favourites.mine(ELSEWHERE) == ()


async def test_two_taps_at_once_both_count(favourites: FavouriteService) -> None:
    await asyncio.gather(*(favourites.mark(ME, one.department_no, one.doctor_no) for one in (LI, WANG)))
    assert await favourites.mine(ME) == (LI, WANG)


async def test_who_is_overtaken_marks_on_top_of_what_the_faster_one_marked(listing: Listing, clock: FakeClock) -> None:
    """The first mark of a person, and a later one."""
    store = Overtaken()
    mine, faster = FavouriteService(listing, store, clock), FavouriteService(listing, store.inner, clock)
    store.overtake = lambda: faster.mark(ME, "D01", LI.doctor_no)
    await mine.mark(ME, WANG.department_no, WANG.doctor_no)
    assert await mine.mine(ME) == (LI, WANG)
    store.overtake = lambda: faster.unmark(ME, "D01", LI.doctor_no)
    await mine.mark(ME, MANY[0].department_no, MANY[0].doctor_no)
    assert await mine.mine(ME) == (WANG, MANY[0])


class Overtaken(MemoryShortLived):
    """Before the next write somebody else writes into the store behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.inner = MemoryShortLived()
        self.overtake: Callable[[], Awaitable[None]] | None = None

    async def get(self, kind: str, key: str, now: datetime) -> str | None:
        return await self.inner.get(kind, key, now)

    async def put_once(self, kind: str, key: str, value: str, now: datetime, expires_at: datetime) -> bool:
        await self._let_others()
        return await self.inner.put_once(kind, key, value, now, expires_at)

    async def swap(self, kind: str, key: str, old: str, new: str, expires_at: datetime) -> bool:
        await self._let_others()
        return await self.inner.swap(kind, key, old, new, expires_at)

    async def _let_others(self) -> None:
        others, self.overtake = self.overtake, None
        if others is not None:
            await others()


async def test_one_too_many_is_refused_with_words(favourites: FavouriteService) -> None:
    for one in MANY[:FAVOURITES_MAX]:
        await favourites.mark(ME, one.department_no, one.doctor_no)
    with pytest.raises(BadInput) as refused:
        await favourites.mark(ME, LI.department_no, LI.doctor_no)
    assert refused.value.user_message == "最多收藏 30 位医生，请先取消一位。"
    await favourites.mark(ME, MANY[0].department_no, MANY[0].doctor_no)
    assert len(await favourites.mine(ME)) == FAVOURITES_MAX


@pytest.mark.parametrize("numbers", [("D01", "9999"), ("D02", LI.doctor_no)])
async def test_a_doctor_who_is_not_listed_there_is_neither_shown_nor_marked(
    favourites: FavouriteService, numbers: tuple[str, str]
) -> None:
    for of_doctor in (favourites.doctor, favourites.mark):
        with pytest.raises(NotFound) as refused:
            await of_doctor(ME, *numbers)
        assert refused.value.user_message == "没有找到这位医生，请重新选择。"


async def test_who_has_left_is_not_listed_and_can_be_unmarked(favourites: FavouriteService, listing: Listing) -> None:
    await favourites.mark(ME, LI.department_no, LI.doctor_no)
    listing.doctors = (WANG,)
    assert await favourites.mine(ME) == ()
    await favourites.unmark(ME, LI.department_no, LI.doctor_no)
    listing.doctors = (WANG, LI)
    assert await favourites.mine(ME) == ()


async def test_favourites_end_with_the_account_and_after_a_long_time(
    favourites: FavouriteService, clock: FakeClock
) -> None:
    await favourites.mark(ME, LI.department_no, LI.doctor_no)
    assert KEPT.days == 400
    clock.forward(KEPT.total_seconds() - 1)
    assert await favourites.mine(ME) == (LI,)
    await favourites.mark(ME, WANG.department_no, WANG.doctor_no)
    clock.forward(KEPT.total_seconds() - 1)
    assert await favourites.mine(ME) == (LI, WANG)
    clock.forward(1)
    assert await favourites.mine(ME) == ()
    await favourites.mark(ME, LI.department_no, LI.doctor_no)
    await favourites.forget(HOSPITAL, ME.identity.key)
    assert await favourites.mine(ME) == ()
