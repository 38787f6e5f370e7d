"""Who has bound a card with an old balance is told once; whom nothing reached stands on the hospital's list, with the reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from server.core.errors import NotSent, OutcomeUnknown, OutsideRefusal
from server.effects.model import EffectKind
from server.effects.recurring import PIECE, Piece
from server.old_balances import unreached
from server.old_balances.model import ListPlace
from server.old_balances.places import place_of
from server.old_balances.telling import ABOUT, AT_ONCE, OLD_BALANCE
from server.patients.contact_ports import NO_TEMPLATE, ChatMessage, ChatReply, DeliveryReport
from server.patients.model import BoundCard
from tests.support.builders import CARD, HOSPITAL, PHONE, an_identity
from tests.support.in_memory_app import InMemoryApp
from tests.support.old_balances import FaithfulOldBalances, an_old_balance
from tests.support.outside import FaithfulHis, RecordingMessenger, a_hospital

pytestmark = pytest.mark.asyncio
UNBOUND = "C0000099"


async def a_desk(*, follows: bool = True, **more: object) -> tuple[InMemoryApp, FaithfulOldBalances]:
    """Two cards with a balance; one of them is bound by one person."""
    balances = FaithfulOldBalances(an_old_balance(), an_old_balance(card_no=UNBOUND, patient_name="李测试"))
    messengers = {"wechat": RecordingMessenger(follows=follows)}
    memory_app = InMemoryApp(a_hospital(his=FaithfulHis(old_balances=balances), messengers=messengers, **more))
    card = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(card)
    return memory_app, balances


async def listed(memory_app: InMemoryApp) -> list[tuple[str, str]]:
    pages = [page async for page in memory_app.unreached.taken_along(HOSPITAL, "cli:finance")]
    return [(one.balance.card_no, str(one.why)) for page in pages for one in page.found]


async def test_who_has_bound_the_card_is_told_once_with_the_sum_and_no_name() -> None:
    memory_app, _ = await a_desk()
    for _ in range(3):
        await memory_app.balance_round.once()
    [(to, notice, _)] = memory_app.messenger.named("send")
    assert to.key == an_identity().key
    assert (notice.purpose, notice.values["patient"]) == (OLD_BALANCE, "张*试")
    assert notice.values["guide"] == "门诊余额 100.00 元可以退还"
    assert notice.url.endswith(f"/h/{HOSPITAL}/balances")
    assert (memory_app.sms.sent, await listed(memory_app)) == ([], [(UNBOUND, "nobody_bound")])


async def test_before_anybody_was_told_everybody_stands_on_the_list() -> None:
    memory_app, _ = await a_desk()
    assert await listed(memory_app) == [(CARD, "not_told"), (UNBOUND, "nobody_bound")]


async def test_who_reads_no_chat_is_reached_by_sms() -> None:
    memory_app, _ = await a_desk(follows=False)
    other = BoundCard(hospital=HOSPITAL, owner=an_identity("openid-another").key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(other)
    await memory_app.balance_round.once()
    assert [phone for phone, *_ in memory_app.sms.sent] == [PHONE]
    assert await listed(memory_app) == [(UNBOUND, "nobody_bound")]
    news = memory_app.services.shared.news
    first = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=CARD, name="张测试")
    for card in (first, other):
        mark = await news.came_of(card, ABOUT, OLD_BALANCE)
        assert mark is not None
        assert mark.has_arrived, "one SMS is for everybody who has bound the card"
    assert await news.came_of(first, "something else", OLD_BALANCE) is None


@pytest.mark.parametrize(("code", "why"), [("isv.MOBILE_NUMBER_ILLEGAL", "refused"), (NO_TEMPLATE, "no_sms")])
async def test_whom_neither_chat_nor_sms_reached_stands_on_the_list(code: str, why: str) -> None:
    memory_app, _ = await a_desk(follows=False)
    memory_app.sms.will("send", OutsideRefusal("sms", code))
    for _ in range(2):  # it is not tried again every day
        await memory_app.balance_round.once()
        assert await listed(memory_app) == [(CARD, why), (UNBOUND, "nobody_bound")]
    assert memory_app.sms.sent == []


async def test_one_without_a_phone_stands_on_the_list() -> None:
    memory_app, _ = await a_desk(follows=False)
    memory_app.his.patients.clear()
    await memory_app.balance_round.once()
    assert (CARD, "no_phone") in await listed(memory_app)


async def test_where_the_hospital_sends_no_sms_the_list_says_so() -> None:
    memory_app, _ = await a_desk(follows=False, sms=None)
    await memory_app.balance_round.once()
    assert (CARD, "no_sms") in await listed(memory_app)


@pytest.mark.parametrize(("delivered", "why"), [(True, []), (False, ["not_delivered"])])
async def test_the_list_follows_the_delivery_report_of_the_sms(delivered: bool, why: list[str]) -> None:
    memory_app, _ = await a_desk(follows=False)
    await memory_app.balance_round.once()
    [(_, _, number)] = memory_app.sms.sent
    for said in (delivered, not delivered):  # unsigned: the first word is noted, and nothing more
        report = DeliveryReport(out_id=number, delivered=said, code="SP_UNKNOWN")
        await memory_app.delivery_reports.of_sms(HOSPITAL, [report])
        assert [reason for card, reason in await listed(memory_app) if card == CARD] == why


@pytest.mark.parametrize(("event", "why"), [("arrived", []), ("lost", ["not_delivered"]), ("other", [])])
async def test_the_list_follows_what_the_platform_says_of_its_message(event: str, why: list[str]) -> None:
    memory_app, _ = await a_desk()
    await memory_app.balance_round.once()
    [number] = memory_app.messenger.ids
    told = ChatMessage(id="1", sender=an_identity(), account="gh_demo", kind="event", event=event, key=number)
    assert await memory_app.services.chat.answer(HOSPITAL, "wechat", told) == ChatReply()
    assert [reason for card, reason in await listed(memory_app) if card == CARD] == why


async def test_of_two_who_have_bound_it_one_who_was_reached_is_enough() -> None:
    memory_app, _ = await a_desk()
    other = BoundCard(hospital=HOSPITAL, owner=an_identity("openid-another").key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(other)
    await memory_app.balance_round.once()
    for number, why in zip(memory_app.messenger.ids, ([], ["not_delivered"]), strict=True):
        await memory_app.services.shared.news.marks.reported(HOSPITAL, number, delivered=False)
        assert [reason for card, reason in await listed(memory_app) if card == CARD] == why


async def test_the_list_says_since_when() -> None:
    memory_app, _ = await a_desk(follows=False)
    memory_app.sms.will("send", OutsideRefusal("sms", "isv.MOBILE_NUMBER_ILLEGAL"))
    told_at = memory_app.clock.now()
    await memory_app.balance_round.once()
    memory_app.clock.forward(86400)
    page = await memory_app.unreached.page(HOSPITAL, "", 10)
    assert [one.since for one in page.found] == [told_at, None]


async def test_a_message_that_may_have_arrived_counts_as_such() -> None:
    memory_app, _ = await a_desk()
    memory_app.messenger.will("send", OutcomeUnknown("wechat", "timed out"))
    await memory_app.balance_round.once()
    assert await listed(memory_app) == [(UNBOUND, "nobody_bound")]


async def test_a_message_that_surely_did_not_go_is_owed_still() -> None:
    memory_app, _ = await a_desk()
    memory_app.messenger.will("send", NotSent("wechat", "refused"))
    with pytest.raises(NotSent):
        await memory_app.balance_round.once()
    assert (CARD, "not_told") in await listed(memory_app)
    await memory_app.balance_round.once()
    assert await listed(memory_app) == [(UNBOUND, "nobody_bound")]


async def test_a_balance_that_went_back_is_neither_told_nor_listed() -> None:
    memory_app, balances = await a_desk()
    balances.known = {card: an_old_balance(card_no=card, balance_fen=0) for card in balances.known}
    await memory_app.balance_round.once()
    assert (memory_app.messenger.named("send"), await listed(memory_app)) == ([], [])


async def test_a_long_list_is_walked_to_its_end() -> None:
    memory_app, balances = await a_desk()
    cards = [f"D{number:07d}" for number in range(45)]
    balances.known = {card: an_old_balance(card_no=card) for card in (*cards, CARD)}
    await memory_app.balance_round.once()
    assert len(memory_app.messenger.named("send")) == 1
    assert [offset for offset, limit in balances.named("balances")] == [0, 20, 40]
    assert len(await listed(memory_app)) == len(cards)


async def test_a_round_ends_at_the_next_place_when_its_time_is_over() -> None:
    memory_app, balances = await a_desk()
    balances.known = {card: an_old_balance(card_no=card) for card in (f"D{number:07d}" for number in range(45))}
    piece = memory_app.composition.timetables.tasks[EffectKind.OLD_BALANCES].piece
    balances.will("balances", lambda: memory_app.clock.forward(seconds=PIECE.total_seconds()))
    first = await piece(HOSPITAL, "")
    assert first.more
    assert place_of(memory_app.sealer, HOSPITAL, first.place) == ListPlace(20, "D0000019")
    del balances.known["D0000003"]
    assert await piece(HOSPITAL, first.place) == Piece()
    assert [count for count, _ in balances.named("balances")] == [0, 20, 39]
    await piece(HOSPITAL, "20")
    assert balances.named("balances")[3] == (0, AT_ONCE), "a place of before begins anew"


async def test_the_list_is_asked_for_page_by_page_and_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app, balances = await a_desk()
    monkeypatch.setattr(unreached, "PAGE", 1)
    assert await listed(memory_app) == [(CARD, "not_told"), (UNBOUND, "nobody_bound")]
    assert balances.named("balances") == [(0, 1), (1, 1)]


async def test_a_list_without_an_end_is_no_list(monkeypatch: pytest.MonkeyPatch) -> None:
    memory_app, _ = await a_desk()
    monkeypatch.setattr(unreached, "PAGE", 1)
    monkeypatch.setattr(unreached, "PAGES_MAX", 2)
    assert len(await listed(memory_app)) == 2
    monkeypatch.setattr(unreached, "PAGES_MAX", 1)
    with pytest.raises(OutcomeUnknown):
        await listed(memory_app)
    lines = [one.detail for one in await memory_app.stores.audit.latest(HOSPITAL, 9)]
    assert lines[0] == {"lines": "1", "from": "1"}, "what was told before the end that does not come was told"


async def test_500_lines_are_asked_for_at_a_time_up_to_a_million() -> None:
    memory_app, balances = await a_desk()
    await listed(memory_app)
    assert (balances.named("balances"), unreached.PAGE * unreached.PAGES_MAX) == ([(0, 500)], 1_000_000)


async def test_the_list_that_was_seen_stands_in_the_audit_chain() -> None:
    memory_app, _ = await a_desk()
    await listed(memory_app)
    [entry] = [one for one in await memory_app.stores.audit.latest(HOSPITAL, 9) if one.what == "unreached_listed"]
    assert (entry.by, dict(entry.detail)) == ("cli:finance", {"lines": "2", "from": "1"})
    kind, whose, which = entry.id.split("/")
    assert (kind, len(whose), which) == ("card", 20, "0")


async def test_a_hospital_without_old_balances_is_asked_nothing() -> None:
    memory_app = InMemoryApp()
    await memory_app.balance_round.once()
    assert memory_app.his.calls == []


async def test_people_are_told_once_a_day() -> None:
    assert InMemoryApp().composition.timetables.tasks[EffectKind.OLD_BALANCES].every == timedelta(days=1)
