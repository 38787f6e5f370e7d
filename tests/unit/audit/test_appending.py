"""How events come into the chain, each once, and what an examination says of lines that do not stand there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.alerts.model import Alert
from server.audit.model import AuditEntry, renaming
from server.audit.service import mac_of
from server.audit.sources import AuditedAlerts, AuditReport, Examination
from server.core.errors import AlreadyStored, NotSent
from server.core.history import AuditableEvent, HistoryEvent
from tests.support.builders import HOSPITAL
from tests.support.chance import MORNING
from tests.support.small_chain import SmallChain, event

pytestmark = pytest.mark.asyncio
ERASED = "wechat:app:erased-1"


@pytest.mark.parametrize(
    ("what", "was", "said"), [("entry_renamed", "", 0), ("seen", "", 1), ("entry_renamed", "x", 1)]
)
async def test_a_renaming_is_believed_by_its_kind_and_all_that_it_tells(what: str, was: str, said: int) -> None:
    """Under its id stands another line of ours: it says nothing of this entry."""
    house = await SmallChain().begun()
    after = replace(house.entries[(HOSPITAL, 1)], by=ERASED)
    told = renaming(after, mac_of(house.sealer, after), MORNING)
    detail = {**told.line.detail, "was": was or told.line.detail["was"]}
    house.entries[(HOSPITAL, 1)] = after
    await house.service.append(HOSPITAL, [replace(told, line=replace(told.line, what=what, detail=detail))])
    changed = [one for one in (await house.said()).problems if "made without the key" in one]
    assert len(changed) == said


async def test_an_examination_rests_too() -> None:
    house = SmallChain()
    examination = Examination(AuditReport(HOSPITAL), house.stores.audit, house.clock)
    for seconds in (5, 2):
        house.clock.forward(seconds)
        await examination.rest()
    assert house.clock.slept == [5.0, 2.0]


async def test_lines_have_an_hour_to_come_unless_their_document_counts_them() -> None:
    house = await SmallChain().begun()
    report = AuditReport(HOSPITAL)
    examination = Examination(report, house.stores.audit, house.clock)
    lines = [event(which) for which in (0, 7, 8)]
    house.clock.forward(3600 - 1)
    await examination.all_in(lines, 2)
    assert report.problems == ["thing/1/7 (seen) is not in the chain: its entry is missing"]
    house.clock.forward(1)
    await examination.all_in(lines[2:], 0)
    assert report.problems[1:] == ["thing/1/8 (seen) is not in the chain: it was never sealed (is a worker running?)"]


async def test_a_hundred_sentences_are_enough() -> None:
    report = AuditReport(HOSPITAL)
    assert report.entries == 0
    for number in range(102):
        report.say(str(number))
    assert (len(report.problems), report.problems[-1]) == (100, "99")


class TestAppending:
    async def test_what_stands_there_otherwise_is_alarmed(self) -> None:
        house = await SmallChain().begun()
        await house.service.append(HOSPITAL, [event(1), event(2, "changed")])
        assert len(house.entries) == 3
        [alert] = await house.stores.alerts.latest(HOSPITAL, 9)
        assert (alert.hospital, alert.id, alert.kind, alert.at) == (
            HOSPITAL, "audit_differs:thing/1/2", "audit_differs", house.clock.now(),
        )  # fmt: skip
        assert alert.text == "thing/1/2 is not what audit entry 3 says"

    async def test_a_race_that_is_always_lost_ends_after_fifty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        house, tries = SmallChain(), list[AuditEntry]()

        async def lost(entry: AuditEntry) -> None:
            tries.append(entry)
            raise AlreadyStored(entry.id)

        monkeypatch.setattr(house.stores.audit, "append", lost)
        with pytest.raises(NotSent, match="audit: the end of the chain moves too fast"):
            await house.service.append(HOSPITAL, [event()])
        assert len(tries) == 50

    async def test_a_renaming_leaves_what_somebody_else_did(self) -> None:
        house = await SmallChain().begun()
        before = dict(house.entries)
        await house.service.rename(HOSPITAL, "thing/1/0", "wechat:a:b", ERASED)
        await house.service.rename(HOSPITAL, "thing/1/9", "staff:1001", ERASED)
        assert house.entries == before

    async def test_a_renaming_is_told_first_and_once(self) -> None:
        house = SmallChain()
        by_payer = HistoryEvent(at=MORNING, what="asked", by="wechat:app:openid-1")
        await house.service.append(HOSPITAL, [AuditableEvent(id="thing/1/0", line=by_payer)])
        broken_off = house.entries[(HOSPITAL, 1)]
        for _ in range(2):
            house.entries[(HOSPITAL, 1)] = broken_off
            await house.service.rename(HOSPITAL, "thing/1/0", by_payer.by, ERASED)
            house.clock.forward(60)
        assert [(one.what, one.by) for one in house.entries.values()] == [
            ("asked", ERASED), ("entry_renamed", "system"),
        ]  # fmt: skip
        assert await house.stores.alerts.latest(HOSPITAL, 9) == []


async def test_the_acts_of_people_on_an_alert_are_its_lines() -> None:
    house, act = SmallChain(), event().line
    alert = Alert(hospital=HOSPITAL, id="ZF1:a", kind="a", text="x", at=MORNING, acts=(act,))
    await house.stores.alerts.raise_alert(alert)
    await house.service.append(HOSPITAL, [AuditableEvent(id="alert/ZF1:a/0", line=act)])
    [entry] = house.entries.values()
    assert await AuditedAlerts(house.stores.alerts).problem_of(entry) == ""
    assert await AuditedAlerts(house.stores.alerts).problem_of(replace(entry, by="staff:9")) != ""
