"""News of a card: what was surely not told is told again, and rounds over cards end where their time does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from server.core.errors import NotSent, OutcomeUnknown
from server.effects.recurring import PIECE, Piece
from server.patients.card_news import CardNews, News
from server.patients.card_rounds import OWNERS, CardRounds
from server.patients.model import BoundCard
from server.patients.news_marks import NewsMarks, Standing
from tests.support.builders import CARD, HOSPITAL, PHONE, an_identity
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import RecordingMessenger, a_hospital

pytestmark = pytest.mark.asyncio
NEWS = News(purpose="report_ready", about="R1", patient_name="张测试", guide="血常规报告已出", page="reports")


def a_card(subject: str = "zhang") -> BoundCard:
    return BoundCard(hospital=HOSPITAL, owner=an_identity(subject).key, card_no=CARD, name="张测试")


def news_of(memory_app: InMemoryApp) -> CardNews:
    marks = NewsMarks(memory_app.stores.short_lived, memory_app.clock)
    return CardNews(memory_app.hospitals, marks, memory_app.sealer, memory_app.clock)


def nobody_follows() -> InMemoryApp:
    return InMemoryApp(a_hospital(messengers={"wechat": RecordingMessenger(follows=False)}, his=FaithfulHis()))


async def test_an_sms_that_surely_did_not_go_is_sent_the_next_time_and_then_no_more() -> None:
    memory_app = nobody_follows()
    news = news_of(memory_app)
    memory_app.sms.will("send", NotSent("sms", "down"))
    with pytest.raises(NotSent):
        await news.tell(a_card(), NEWS)
    for _ in range(2):
        await news.tell(a_card(), NEWS)
    await news.tell(a_card("li"), NEWS)  # another entrance of the same card: its phone has the SMS
    [(phone, notice, out_id)] = memory_app.sms.sent
    assert (phone, notice.values["guide"], len(out_id)) == (PHONE, "血常规报告已出", 32)
    assert [number for number in memory_app.sms.named("send")] == [out_id, out_id]


async def test_the_same_thing_is_told_again_after_ninety_days() -> None:
    memory_app = InMemoryApp()
    for seconds, told in ((0, 1), (90 * 86400 - 1, 1), (1, 2)):
        memory_app.clock.forward(seconds)
        await news_of(memory_app).tell(a_card(), NEWS)
        assert len(memory_app.messenger.named("send")) == told


async def test_while_the_his_does_not_say_which_phone_nothing_counts_as_told() -> None:
    memory_app = nobody_follows()
    news = news_of(memory_app)
    memory_app.his.will("patient", OutcomeUnknown("his", "silent"))
    with pytest.raises(NotSent):
        await news.tell(a_card(), NEWS)
    await news.tell(a_card(), NEWS)
    assert len(memory_app.sms.sent) == 1


async def test_a_message_in_the_chat_has_a_number_of_its_own_of_32_characters() -> None:
    memory_app = InMemoryApp()
    for card in (a_card(), a_card("li")):
        for _ in range(2):
            await news_of(memory_app).tell(card, NEWS)
    numbers = [dedupe for _, _, dedupe in memory_app.messenger.named("send")]
    assert ([len(number) for number in numbers], len(set(numbers))) == ([32, 32], 2)


@pytest.mark.parametrize(
    ("each_look", "looked", "more"),
    [(PIECE / OWNERS, OWNERS, True), (PIECE / OWNERS - timedelta(milliseconds=1), OWNERS + 1, False)],
)
async def test_a_round_over_cards_stops_between_two_owners_pages_when_its_time_is_over(
    each_look: timedelta, looked: int, more: bool
) -> None:
    memory_app = InMemoryApp()
    for number in range(OWNERS + 1):
        await memory_app.stores.cards.bind(a_card(f"person-{number}"))
    seen: list[str] = []

    async def look(card: BoundCard) -> None:
        seen.append(card.owner)
        memory_app.clock.forward(each_look.total_seconds())

    rounds = CardRounds(memory_app.stores.cards, look, {HOSPITAL}, memory_app.clock)
    first = await rounds.piece(HOSPITAL, "")
    assert (len(seen), first.more) == (looked, more)
    await rounds.piece(HOSPITAL, first.place) if more else None
    assert len(seen) == len(set(seen)) == OWNERS + 1
    assert await rounds.piece("other", "") == Piece()


class Overtaken:
    """A short-lived store in which somebody else is faster ``times`` times."""

    def __init__(self, store: Any, times: int) -> None:
        self._store, self._times = store, times

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def swap(self, *given: Any) -> bool:
        self._times -= 1
        return self._times < 0 and await self._store.swap(*given)


@pytest.mark.parametrize(("times", "standing"), [(0, "DELIVERED"), (1, "DELIVERED"), (2, "TRIED")])
async def test_a_report_is_noted_once_more_where_somebody_was_faster(times: int, standing: str) -> None:
    memory_app = InMemoryApp()
    marks = NewsMarks(Overtaken(memory_app.stores.short_lived, times), memory_app.clock)
    assert await marks.first(NEWS.purpose, "key")
    await marks.goes_as(HOSPITAL, "M1", NEWS.purpose, "key")
    await marks.reported(HOSPITAL, "M1", delivered=True)
    mark = await marks.read(NEWS.purpose, "key")
    assert mark is not None
    assert mark.standing is Standing[standing]
