"""One person in several entrances."""

from __future__ import annotations

from server.patients.model import PayerIdentity, Session
from tests.support.builders import CARD, a_bill, a_session, an_identity
from tests.support.hospital_systems import FaithfulHis
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.outside import a_hospital


def an_app() -> InMemoryApp:
    return InMemoryApp(a_hospital(mini_program=ObligingMiniProgram(), his=FaithfulHis(a_bill("B1"))))


def on_page(subject: str = "page-zhang") -> Session:
    return a_session(subject)


def in_mini_program(subject: str = "mini-zhang") -> Session:
    return a_session(subject, identity=an_identity(subject, app_id=MINI_APP))


def in_alipay(subject: str = "2088zhang") -> Session:
    return a_session(subject, identity=PayerIdentity(channel="alipay", app_id="2021000000000001", subject=subject))


async def bound(memory_app: InMemoryApp, session: Session, card_no: str = CARD, *, own: bool = True) -> str:
    """``own``: whoever binds it says that they are the patient."""
    patient = memory_app.his.patients[card_no]
    sent = await memory_app.cards.send_code(session, card_no, patient.name)
    card = await memory_app.cards.bind(session, sent.card_key, memory_app.sms.sent[-1][1].values["code"], own=own)
    return card.card_key


async def owners(memory_app: InMemoryApp, session: Session) -> set[str]:
    return set((await memory_app.people.whole(session)).owners) - {session.identity.key}
