"""A hospital with everything that the first page can tell of, and a person whose cards are bound there."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, cast

import pytest

from server.patients.model import BoundCard, Session
from server.patients.visible_cards import card_key
from server.payments.sms_choice import sms_to
from server.registration.model import QueuePlace, QueueState
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL, PHONE, a_bill
from tests.support.clock_and_ids import MORNING
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients, an_admission
from tests.support.registrations import SHIFT_NO, PlayedRegistrations, a_slot, an_offer
from tests.support.reports import FaithfulReports
from tests.support.reports import an_offer as reports_offer

HOME = "/h/demo/"
CHILD = "C0000002"
TITLE = re.compile(r'<span class="line__title">([^<]*)</span>')


@pytest.fixture
def inpatients() -> FaithfulInpatients:
    return FaithfulInpatients(an_admission(low_reason="预交金余额不足，请尽快续交"))


@pytest.fixture
def reports() -> FaithfulReports:
    return FaithfulReports()


@pytest.fixture
def memory_app(inpatients: FaithfulInpatients, reports: FaithfulReports) -> InMemoryApp:
    his = FaithfulHis(a_bill("B1", 3720), a_bill("B2", 1000, department="检验科"), inpatient=inpatients)
    return an_app(his=his, registration=an_offer(his), reports={HOSPITAL: reports_offer(reports)})


@pytest.fixture
def system(memory_app: InMemoryApp) -> PlayedRegistrations:
    return cast(PlayedRegistrations, memory_app.offers[HOSPITAL].system)


@pytest.fixture
def bound(memory_app: InMemoryApp, enter: Any) -> Any:
    async def log_in(*more: str) -> Session:
        session: Session = await enter(expires_at=MORNING + timedelta(days=2))
        for number, name in ((CARD, "张测试"), *((one, "张小测") for one in more)):
            await memory_app.stores.cards.bind(
                BoundCard(hospital=HOSPITAL, owner=session.identity.key, card_no=number, name=name)
            )
        return session

    return log_in


async def registered(memory_app: InMemoryApp, session: Session) -> str:
    """The payment of a number for tomorrow, which is today from now on."""
    chosen = [SHIFT_NO, a_slot(1).slot_no, card_key(memory_app.sealer, HOSPITAL, CARD)]
    begun = await memory_app.payments.start("registration", session, chosen, sms_to(PHONE))
    await memory_app.notifications.apply(HOSPITAL, memory_app.channel.pay(begun.payment_id))
    await memory_app.work()
    memory_app.clock.forward(hours=14, minutes=40)
    return begun.payment_id


def a_place(state: QueueState, ahead: int = 0) -> QueuePlace:
    return QueuePlace(state=state, now_number=1, ahead=ahead, place="", can_check_in=False)


def titles(page: str) -> list[str]:
    return TITLE.findall(page)
