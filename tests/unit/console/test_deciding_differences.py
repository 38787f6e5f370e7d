"""A decision in the console asks the sides once, before PIN and TOTP are used, and decides what it asked about."""

from __future__ import annotations

import pytest

from server.core.errors import BadInput, NotAllowed, NotFound, Refusal
from server.payments.model import Payment
from server.payments.sides import Sides, SidesNow
from server.reconciliation.day_model import DispositionAct
from server.reconciliation.decisions import AT_ONCE_MAX
from server.staff.model import Role
from server.staff.proofs import Proof
from tests.support.builders import HOSPITAL
from tests.support.employees import PIN, an_employee
from tests.support.reconciled import KIOSK, ReconciledApp, differing
from tests.unit.reconciliation.test_sending_back import ONE, REMARK, SEND_BACK, case, lost

pytestmark = pytest.mark.asyncio


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The payments about which the channel and the HIS are asked."""
    asked: list[str] = []
    right = SidesNow.of

    async def of(self: SidesNow, payment: Payment) -> Sides:
        asked.append(payment.id)
        return await right(self, payment)

    monkeypatch.setattr(SidesNow, "of", of)
    return asked


async def test_a_day_s_decision_asks_the_sides_once(asked: list[str]) -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    one = await an_employee(days_app.app, "5001", Role.FINANCE)
    room = days_app.app.services.console.days
    after = await room.decide(await one.now(), day.id, [case(payment)], SEND_BACK, REMARK, one.proof())
    decided = after.disposition(case(payment))
    assert decided is not None
    assert (decided.sends, decided.needs_second, asked) == (payment.id, True, [payment.id])


async def test_a_decision_about_several_days_asks_the_sides_once(asked: list[str]) -> None:
    days_app = ReconciledApp()
    payment, day = await lost(days_app)
    one = await an_employee(days_app.app, "5001", Role.FINANCE)
    room = days_app.app.services.console.differences
    done = await room.decide(await one.now(), [(day.id, case(payment))], SEND_BACK, REMARK, one.proof())
    assert (done, asked) == (1, [payment.id])


async def test_a_wrong_pin_decides_nothing() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    one = await an_employee(days_app.app, "5001", Role.FINANCE)
    wrong = Proof(pin=PIN[::-1], totp=one.proof().totp)
    rooms = days_app.app.services.console
    with pytest.raises(Refusal):
        await rooms.days.decide(await one.now(), day.id, [KIOSK], DispositionAct.CONFIRM, REMARK, wrong)
    assert (await days_app.day()).dispositions == ()


async def test_what_cannot_be_decided_uses_no_totp_up() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    one = await an_employee(days_app.app, "5001", Role.FINANCE)
    rooms, actor, proof = days_app.app.services.console, await one.now(), one.proof()
    confirm = DispositionAct.CONFIRM
    for ids, remark in (([], REMARK), ([KIOSK], " "), (["payment:nobody's"], REMARK)):
        with pytest.raises((BadInput, NotFound)):
            await rooms.days.decide(actor, day.id, ids, confirm, remark, proof)
        with pytest.raises((BadInput, NotFound)):
            await rooms.differences.decide(actor, [(day.id, each) for each in ids], confirm, remark, proof)
    many = [(day.id, f"payment:{number}") for number in range(AT_ONCE_MAX + 1)]
    with pytest.raises(BadInput):
        await rooms.differences.decide(actor, many, confirm, REMARK, proof)
    await rooms.days.decide(actor, day.id, [KIOSK], confirm, REMARK, proof)
    assert [each.discrepancy for each in (await days_app.day()).dispositions] == [KIOSK]


async def test_what_somebody_has_decided_meanwhile_is_not_decided_again() -> None:
    days_app = ReconciledApp()
    day = await differing(days_app)
    decisions = days_app.days.decisions
    proposal = await decisions.proposed(HOSPITAL, day.id, [KIOSK], DispositionAct.CONFIRM, ONE)
    await days_app.decide(day, [KIOSK], DispositionAct.CARRY, "staff:3002", REMARK)
    with pytest.raises((NotFound, NotAllowed)):
        await decisions.record(proposal, REMARK)
    assert [each.by for each in (await days_app.day()).dispositions] == ["staff:3002"]
