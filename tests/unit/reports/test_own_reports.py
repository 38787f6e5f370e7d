"""Which reports a session sees, what opens the sensitive ones, and what stands in the chain of each look."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest

from server.core.errors import NotFound, OutcomeUnknown, OutsideError
from server.needs.model import Asked, Need, Place, Told, Urgency
from server.patients.model import BoundCard, Session
from server.reports.model import FileContent, ReportKind, ReportState
from server.reports.needs import ReportNeeds
from server.reports.own_reports import SEEN_FOR
from server.reports.telling import REPORT_READY
from tests.support.builders import CARD, HOSPITAL, a_session, an_identity
from tests.support.clock_and_ids import MORNING
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import a_hospital
from tests.support.reports import FaithfulReports, a_film, a_past_value, a_report, a_screening, an_offer

pytestmark = pytest.mark.asyncio
SESSION = a_session()
UNKNOWN = "没有找到这份报告，请从报告列表进入。"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class ReportParts:
    """A hospital that shows reports, and somebody who has bound a card."""

    def __init__(self, *reports: object, **rules: object) -> None:
        self.system = FaithfulReports(*reports)  # type: ignore[arg-type]
        offers = {HOSPITAL: an_offer(self.system, **rules)}
        self.app = InMemoryApp(a_hospital(), a_hospital("without"), reports=offers)
        self.own, self.codes = self.app.reports.own, self.app.reports.codes

    async def enter(self, card_no: str = CARD) -> ReportParts:
        card = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=card_no, name="张测试")
        await self.app.stores.cards.bind(card)
        return self

    async def key(self, report_no: str) -> str:
        return next(one.key for one in await self.own.mine(SESSION) if one.head.report_no == report_no)

    async def lines(self) -> list[tuple[str, dict[str, str]]]:
        found = await self.app.stores.audit.page(HOSPITAL, 0, 100)
        return [(line.what, dict(line.detail)) for line in found if line.what.startswith("report_")]

    async def prove(self, session: Session = SESSION) -> None:
        await self.codes.send(session, CARD)
        await self.codes.prove(session, CARD, self.app.sms.sent[-1][1].values["code"])

    def forward(self, time: timedelta) -> None:
        self.app.clock.forward(time.total_seconds())


async def test_a_list_says_which_reports_are_closed_and_names_each_in_twenty_characters() -> None:
    parts = await ReportParts(a_report("R1"), a_report("R2", head={"kind": ReportKind.PATHOLOGY})).enter()
    parts.system.known["R3"] = a_report("R3", head={"is_sensitive": True})
    told = await parts.own.mine(SESSION)
    assert [(one.head.report_no, one.is_closed) for one in told] == [("R3", True), ("R2", False), ("R1", False)]
    assert {len(one.key) for one in told} == {20}
    assert (await parts.own.head(SESSION, told[0].key)).report_no == "R3"
    await parts.prove()
    assert [one.is_closed for one in await parts.own.mine(SESSION)] == [False] * 3
    assert await parts.lines() == [], "a list is no look"


async def test_where_no_reports_are_shown_it_is_said_and_nothing_is_needed() -> None:
    parts = ReportParts()
    assert [parts.own.is_offered(one) for one in (HOSPITAL, "without")] == [True, False]
    with pytest.raises(NotFound) as said:
        await parts.own.mine(a_session(hospital="without"))
    assert said.value.user_message == "医院暂未开通报告查询，请到自助机或窗口领取报告。"
    needs = ReportNeeds(parts.own)
    assert (needs.places(HOSPITAL), needs.places("without")) == ((Place("报告查询", "reports"),), ())
    assert await needs.needs(Asked(session=a_session(hospital="without"), cards=())) == Told()


async def test_each_look_is_a_line_in_the_chain_that_names_no_person() -> None:
    parts = await ReportParts(a_report("R1"), a_film("R2")).enter()
    lab, film = await parts.key("R1"), await parts.key("R2")
    opened = await parts.own.open(SESSION, lab)
    known = parts.system.known["R1"]
    assert (opened.key, opened.head, opened.report, opened.is_sensitive) == (lab, known.head, known, False)
    await parts.own.past_values(SESSION, lab, "LDL")
    assert (await parts.own.file(SESSION, film, "1")).media_type == "image/png"
    lines = await parts.lines()
    reader = lines[0][1]["reader"]
    assert lines == [
        ("report_viewed", {"report": key, "part": part, "reader": reader, "by_channel": "wechat"})
        for key, part in ((lab, "page"), (lab, "trend"), (film, "file"))
    ]
    assert len(reader) == 20
    [first, *_] = await parts.app.stores.audit.page(HOSPITAL, 0, 9)
    kind, number, place = first.source
    assert (first.by, first.at, kind, len(number), place) == ("patient:reader", MORNING, "report", 20, 0)


async def test_what_is_not_theirs_or_not_audited_is_not_found() -> None:
    parts = await ReportParts(a_report("R1"), a_film("R2")).enter()
    lab, film = await parts.key("R1"), await parts.key("R2")
    parts.system.changes("R1", state=ReportState.WITHDRAWN)
    parts.system.contents["1"] = FileContent(media_type="text/html", content=b"<script>")
    parts.system.contents["3"] = FileContent(media_type="image/png", content=b"another report's")
    del parts.system.contents["2"]
    for asked in (
        parts.own.open(SESSION, "another"),
        parts.own.open(SESSION, lab),
        parts.own.open(a_session("openid-li"), film),
        parts.own.file(SESSION, film, "1"),
        parts.own.file(SESSION, film, "2"),
        parts.own.file(SESSION, film, "3"),
        parts.own.past_values(SESSION, film, "LDL"),
    ):
        with pytest.raises(NotFound) as said:
            await asked
        assert said.value.user_message == UNKNOWN


async def test_a_sensitive_report_is_shown_after_a_code_for_fifteen_minutes_in_this_session() -> None:
    """By its head, and by a value of which the head says nothing."""
    parts = await ReportParts(a_screening("R3"), a_film("R2", is_sensitive=True)).enter()
    panel, film = await parts.key("R3"), await parts.key("R2")
    for key in (panel, film):
        closed = await parts.own.open(SESSION, key)
        assert (closed.key, closed.report, closed.is_sensitive) == (key, None, True)
        assert parts.own.key(closed.head) == key
    for asked in (parts.own.file(SESSION, film, "1"), parts.own.past_values(SESSION, panel, "HIVAB")):
        with pytest.raises(NotFound):
            await asked
    assert await parts.lines() == []
    await parts.prove()
    for key in (panel, film):
        shown = await parts.own.open(SESSION, key)
        assert (shown.report is not None, shown.is_sensitive) == (True, True)
    assert len(await parts.lines()) == 2
    assert (await parts.own.open(replace(SESSION, id="another"), panel)).report is None
    parts.forward(timedelta(minutes=15) - timedelta(seconds=1))
    assert (await parts.own.open(SESSION, panel)).report is not None
    parts.forward(timedelta(seconds=1))
    assert (await parts.own.open(SESSION, panel)).report is None


def of(*card_nos: str) -> Asked:
    cards = [BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=one, name="张测试") for one in card_nos]
    return Asked(session=SESSION, cards=tuple(cards))


async def test_what_was_audited_within_the_days_and_not_opened_is_a_need_of_its_card() -> None:
    parts = await ReportParts(a_report("R1"), a_report("R2", head={"audited_at": MORNING - 7 * DAY})).enter()
    parts.system.known["R3"] = a_report("R3", head={"audited_at": MORNING - 7 * DAY - timedelta(seconds=1)})
    parts.system.known["R4"] = a_report("R4", head={"card_no": "C2", "audited_at": MORNING - HOUR})
    needs = ReportNeeds(parts.own)
    told = await needs.needs(of(CARD, "C2"))
    need = Need(
        about=("report:R2", "report:R1"), card_no=CARD, title="有 2 份新报告", text="点开查看报告", page="reports",
        urgency=Urgency.NEWS, at=MORNING - 7 * DAY,
    )  # fmt: skip
    other = replace(need, about=("report:R4",), card_no="C2", title="有 1 份新报告", at=MORNING - HOUR)
    assert told == Told((need, other))
    await parts.own.open(SESSION, await parts.key("R2"))
    [left, _] = (await needs.needs(of(CARD, "C2"))).needs
    assert left.about == ("report:R1",)
    parts.system.will("reports", OutcomeUnknown("his", "silent"))
    told = await needs.needs(of(CARD, "C2"))
    assert ([one.card_no for one in told.needs], told.is_whole) == (["C2"], False)


async def test_what_was_opened_is_known_for_sixty_days() -> None:
    parts = await ReportParts(a_report("R1"), new_for=100 * DAY).enter()
    await parts.own.open(SESSION, await parts.key("R1"))
    parts.forward(SEEN_FOR - timedelta(seconds=1))
    assert (SEEN_FOR.days, (await parts.own.new(SESSION, of(CARD).cards))[0]) == (60, [])
    parts.forward(timedelta(seconds=1))
    assert len((await parts.own.new(SESSION, of(CARD).cards))[0]) == 1


async def test_what_was_opened_in_another_entrance_of_the_person_is_not_new() -> None:
    parts = await ReportParts(a_report("R1")).enter()
    await parts.own.open(SESSION, await parts.key("R1"))
    elsewhere = a_session(identity=an_identity("mini-of-zhang"), linked=(SESSION.identity.key,))
    assert (await parts.own.new(elsewhere, of(CARD).cards))[0] == []
    stranger = a_session(identity=an_identity("openid-li-ceshi"))
    assert len((await parts.own.new(stranger, of(CARD).cards))[0]) == 1


async def test_what_was_opened_of_several_reports_takes_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    parts = await ReportParts(a_report("R1"), a_report("R2"), a_report("R3")).enter()
    await parts.own.open(SESSION, await parts.key("R2"))
    several = AsyncMock(wraps=parts.app.stores.short_lived.several)
    monkeypatch.setattr(parts.app.stores.short_lived, "several", several)
    left, _ = await parts.own.new(SESSION, of(CARD).cards)
    assert ({head.report_no for head in left}, several.await_count) == ({"R1", "R3"}, 1)


async def test_past_values_are_of_the_days_that_are_listed() -> None:
    parts = await ReportParts(a_report("R1"), days_back=30).enter()
    parts.system.past = [a_past_value(3, "3.35")]
    asked: list[tuple[object, ...]] = []
    parts.system.past_values = _noting(parts.system.past_values, asked)  # type: ignore[method-assign]
    report, values = await parts.own.past_values(SESSION, await parts.key("R1"), "LDL")
    assert (report.head.report_no, values) == ("R1", parts.system.past)
    assert asked == [(CARD, "LDL", MORNING.date() - 30 * DAY, MORNING.date())]
    with pytest.raises(NotFound):
        await parts.own.past_values(SESSION, await parts.key("R1"), "none")


def _noting(real: Callable[..., Any], asked: list[tuple[object, ...]]) -> Callable[..., Any]:
    async def noting(*words: object) -> Any:
        asked.append(words)
        return await real(*words)

    return noting


async def test_a_file_is_asked_for_by_card_report_and_number() -> None:
    parts = await ReportParts(a_film("R2")).enter()
    asked: list[tuple[object, ...]] = []
    parts.system.file = _noting(parts.system.file, asked)  # type: ignore[method-assign]
    assert (await parts.own.file(SESSION, await parts.key("R2"), "2")).media_type == "application/pdf"
    assert asked == [(CARD, "R2", "2")]


async def test_a_round_tells_what_was_audited_within_a_day_and_the_push_only_what_is_audited() -> None:
    parts = await ReportParts(
        a_report("R1", head={"audited_at": MORNING - DAY}),
        a_report("R2", head={"audited_at": MORNING - DAY - timedelta(seconds=1)}),
        a_report("R3", head={"state": ReportState.PRELIMINARY}),
        a_report("R4", head={"audited_at": None}),
    ).enter()
    [card] = await parts.app.stores.cards.of_card(HOSPITAL, CARD, 9)
    await parts.app.reports.telling.look(card)
    [(_, notice, _)] = parts.app.messenger.named("send")
    assert (notice.purpose, notice.values["guide"], notice.url) == (
        REPORT_READY, "有新的报告，点开查看", "https://pay.hospital.example/h/demo/reports",
    )  # fmt: skip
    for number in ("R3", "R4", "R9"):
        with pytest.raises(NotFound):
            await parts.app.reports.telling.ready(HOSPITAL, CARD, number)
    await parts.app.reports.telling.ready(HOSPITAL, CARD, "R2")
    assert len(parts.app.messenger.named("send")) == 2
    parts.system.will("reports", OutcomeUnknown("his", "silent"))
    with pytest.raises(OutsideError):
        await parts.app.reports.telling.look(card)
