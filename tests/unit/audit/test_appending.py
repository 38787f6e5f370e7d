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
from tests.support.clock_and_ids import MORNING
from tests.support.small_chain import SmallChain, event

pytestmark = pytest.mark.asyncio
ERASED = "wechat:app:erased-1"


@pytest.mark.parametrize(
    ("what", "was", "said"), [("entry_renamed", "", 0), ("seen", "", 1), ("entry_renamed", "x", 1)]
)
async def test_a_renaming_is_believed_by_its_kind_and_all_that_it_tells(what: str, was: str, said: int) -> None:
    """Under its id stands another line of ours: it says nothing of this entry."""
    small_chain = await SmallChain().begun()
    after = replace(small_chain.entries[(HOSPITAL, 1)], by=ERASED)
    told = renaming(after, mac_of(small_chain.sealer, after), MORNING)
    detail = {**told.line.detail, "was": was or told.line.detail["was"]}
    small_chain.entries[(HOSPITAL, 1)] = after
    await small_chain.service.append(HOSPITAL, [replace(told, line=replace(told.line, what=what, detail=detail))])
    changed = [one for one in (await small_chain.said()).problems if "made without the key" in one]
    assert len(changed) == said


async def test_an_examination_rests_too() -> None:
    small_chain = SmallChain()
    examination = Examination(AuditReport(HOSPITAL), small_chain.stores.audit, small_chain.clock)
    for seconds in (5, 2):
        small_chain.clock.forward(seconds)
        await examination.rest()
    assert small_chain.clock.slept == [5.0, 2.0]


async def test_lines_have_an_hour_to_come_unless_their_document_counts_them() -> None:
    small_chain = await SmallChain().begun()
    report = AuditReport(HOSPITAL)
    examination = Examination(report, small_chain.stores.audit, small_chain.clock)
    lines = [event(which) for which in (0, 7, 8)]
    small_chain.clock.forward(3600 - 1)
    await examination.all_in(lines, 2)
    assert report.problems == ["thing/1/7 (seen) is not in the chain: its entry is missing"]
    small_chain.clock.forward(1)
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
        small_chain = await SmallChain().begun()
        await small_chain.service.append(HOSPITAL, [event(1), event(2, "changed")])
        assert len(small_chain.entries) == 3
        [alert] = await small_chain.stores.alerts.latest(HOSPITAL, 9)
        assert (alert.hospital, alert.id, alert.kind, alert.at) == (
            HOSPITAL, "audit_differs:thing/1/2", "audit_differs", small_chain.clock.now(),
        )  # fmt: skip
        assert alert.text == "thing/1/2 is not what audit entry 3 says"

    async def test_a_race_that_is_always_lost_ends_after_fifty(self, monkeypatch: pytest.MonkeyPatch) -> None:
        small_chain, tries = SmallChain(), list[AuditEntry]()

        async def lost(entry: AuditEntry) -> None:
            tries.append(entry)
            raise AlreadyStored(entry.id)

        monkeypatch.setattr(small_chain.stores.audit, "append", lost)
        with pytest.raises(NotSent, match="audit: the end of the chain moves too fast"):
            await small_chain.service.append(HOSPITAL, [event()])
        assert len(tries) == 50

    async def test_a_renaming_leaves_what_somebody_else_did(self) -> None:
        small_chain = await SmallChain().begun()
        before = dict(small_chain.entries)
        await small_chain.service.rename(HOSPITAL, "thing/1/0", "wechat:a:b", ERASED)
        await small_chain.service.rename(HOSPITAL, "thing/1/9", "staff:1001", ERASED)
        assert small_chain.entries == before

    async def test_a_renaming_is_told_first_and_once(self) -> None:
        small_chain = SmallChain()
        by_payer = HistoryEvent(at=MORNING, what="asked", by="wechat:app:openid-1")
        await small_chain.service.append(HOSPITAL, [AuditableEvent(id="thing/1/0", line=by_payer)])
        broken_off = small_chain.entries[(HOSPITAL, 1)]
        for _ in range(2):
            small_chain.entries[(HOSPITAL, 1)] = broken_off
            await small_chain.service.rename(HOSPITAL, "thing/1/0", by_payer.by, ERASED)
            small_chain.clock.forward(60)
        assert [(one.what, one.by) for one in small_chain.entries.values()] == [
            ("asked", ERASED), ("entry_renamed", "system"),
        ]  # fmt: skip
        assert await small_chain.stores.alerts.latest(HOSPITAL, 9) == []


async def test_the_acts_of_people_on_an_alert_are_its_lines() -> None:
    small_chain, act = SmallChain(), event().line
    alert = Alert(hospital=HOSPITAL, id="ZF1:a", kind="a", text="x", at=MORNING, acts=(act,))
    await small_chain.stores.alerts.raise_alert(alert)
    await small_chain.service.append(HOSPITAL, [AuditableEvent(id="alert/ZF1:a/0", line=act)])
    [entry] = small_chain.entries.values()
    assert await AuditedAlerts(small_chain.stores.alerts).problem_of(entry) == ""
    assert await AuditedAlerts(small_chain.stores.alerts).problem_of(replace(entry, by="staff:9")) != ""
