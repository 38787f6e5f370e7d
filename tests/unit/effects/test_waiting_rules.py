"""What has failed, what waits for a system, what is set aside or remembered: to the second and to the try."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from server.effects.model import Effect, EffectKind
from server.effects.remembered import Remembered
from server.effects.rules import failed_at_last, system_waited_for, waits, was_waiting, woken
from server.effects.set_aside import Aside
from server.effects.timetable import Timetable
from tests.support.clock_and_ids import MORNING

SECOND = timedelta(seconds=1)
BOOK = Effect(kind=EffectKind.BOOK, due_at=MORNING)
SMS = Effect(kind=EffectKind.SMS, subject="a", due_at=MORNING)
LEASED = replace(BOOK, lease="T", tries=10)
FAR = replace(BOOK, due_at=MORNING + timedelta(minutes=9), last_error="OutcomeUnknown his", tries=9)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (LEASED, replace(BOOK, tries=10, last_error="NotSent his"), True),
        (LEASED, replace(BOOK, tries=10), False),
        (LEASED, replace(LEASED, lease="U", tries=11), True),
        (LEASED, LEASED, False),
        (replace(LEASED, lease=None), replace(LEASED, lease="U", tries=11), False),
        (replace(LEASED, lease=None), replace(BOOK, last_error="NotSent his"), False),
        (replace(LEASED, tries=9), replace(BOOK, tries=9, last_error="NotSent his"), False),
        (replace(SMS, lease="T", tries=99), replace(BOOK, last_error="NotSent his"), False),
    ],
    ids=["given back", "waits", "abandoned", "at work", "taken", "not leased", "one try before", "new"],
)
def test_what_fails_at_the_slowest_pace_needs_a_person(old: Effect, new: Effect, told: bool) -> None:
    assert list(failed_at_last((old,), (new,))) == (["book"] if told else [])


@pytest.mark.parametrize(
    ("error", "system"),
    [
        ("NotSent his", "his"),
        ("OutcomeUnknown wechatpay", "wechatpay"),
        ("OutsideRefusal BUSY", ""),
        ("ABANDONED", ""),
        ("NotSent", ""),
        (None, ""),
    ],
)
def test_for_whom_an_effect_waits(error: str | None, system: str) -> None:
    effect = replace(FAR, last_error=error)
    assert (system_waited_for(effect), waits(effect, MORNING)) == (system, system)


@pytest.mark.parametrize(("tries", "system"), [(3, ""), (4, "his")])
def test_it_was_an_outage_where_it_failed_more_often_than_a_hiccup(tries: int, system: str) -> None:
    assert was_waiting(replace(FAR, tries=tries)) == system


def test_what_is_due_soon_or_worked_at_waits_for_nobody() -> None:
    soon = replace(FAR, due_at=MORNING + 30 * SECOND)
    assert waits(soon, MORNING) == waits(replace(FAR, lease="T"), MORNING) == ""
    assert waits(replace(soon, due_at=MORNING + 31 * SECOND), MORNING) == "his"


def test_what_waits_for_a_system_is_made_due_and_nothing_is_made_later() -> None:
    of_another = replace(SMS, due_at=FAR.due_at, last_error="NotSent sms")
    before = (FAR, of_another)
    assert woken(before, "his", MORNING, MORNING + SECOND) == (replace(FAR, due_at=MORNING + SECOND), of_another)
    for due_at in (FAR.due_at, FAR.due_at + SECOND):
        assert woken(before, "his", MORNING, due_at) is before
    assert woken(before, "wechatpay", MORNING, MORNING) is before


# ---- set aside, remembered ------------------------------------------------------------------------------------------------------------


def test_what_can_not_be_read_is_set_aside_twice_as_long_each_time_up_to_an_hour() -> None:
    aside, now, pauses = Aside(), MORNING, []
    for _ in range(9):
        is_new = aside.put(("demo", "P1"), now)
        pause = next(s for s in range(1, 4000) if not aside.waiting(now + s * SECOND))
        pauses.append((is_new, pause))
        assert aside.waiting(now + (pause - 1) * SECOND) == ["P1"]
    assert pauses == [(True, 30), (False, 60), (False, 120), (False, 240), (False, 480), (False, 960), (False, 1920),
                      (False, 3600), (False, 3600)]  # fmt: skip
    aside.forget(("demo", "P1"))
    assert (aside.waiting(now), aside.put(("demo", "P1"), now)) == ([], True)


def test_a_thousand_are_set_aside_and_the_first_of_them_goes_first() -> None:
    aside = Aside()
    for number in range(1000):
        aside.put(("demo", f"P{number}"), MORNING)
    aside.put(("demo", "P0"), MORNING)
    assert len(aside.waiting(MORNING)) == 1000
    aside.put(("demo", "new"), MORNING)
    kept = aside.waiting(MORNING)
    assert (len(kept), "P1" in kept, "P0" in kept, "new" in kept) == (1000, False, True, True)


def a_document(number: int, version: int = 1) -> Timetable:
    return Timetable(hospital=f"h{number}", version=version)


def test_the_newest_version_is_remembered_for_twenty_minutes() -> None:
    kept, document = Remembered[Timetable](), a_document(1, version=7)
    for other in (a_document(1, version=6), document, a_document(1, version=5)):
        kept.put(other, MORNING)
    last = MORNING + timedelta(minutes=20)
    assert kept.get("h1", document.id, last) is document
    assert kept.get("h1", document.id, last + SECOND) is None
    assert kept.get("h2", document.id, MORNING) is None
    equal = a_document(1, version=7)
    kept.put(equal, MORNING)
    assert kept.get("h1", document.id, MORNING) is document, "the first of one version"
    kept.forget(document)
    assert kept.get("h1", document.id, MORNING) is None


def test_256_are_remembered_and_what_is_too_old_goes() -> None:
    kept = Remembered[Timetable]()
    for number in range(256):
        kept.put(a_document(number), MORNING)
    assert kept.get("h0", a_document(0).id, MORNING) is not None
    kept.put(a_document(256), MORNING)
    assert kept.get("h0", a_document(0).id, MORNING) is None
    assert kept.get("h1", a_document(1).id, MORNING) is not None
    kept.put(a_document(300), MORNING + timedelta(minutes=20))
    assert len(vars(kept)["_documents"]) == 256
    kept.put(a_document(300), MORNING + timedelta(minutes=20) + SECOND)
    assert len(vars(kept)["_documents"]) == 1
