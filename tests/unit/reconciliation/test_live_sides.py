"""Money that stands on one side for longer than the hospital's limit alarms finance, once, until it has settled itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from server.alerts.model import CAUSE_GONE, AlertState
from server.core.days import hospital_time
from server.core.history import HistoryEvent
from server.payments.model import Payment, PaymentState
from server.payments.refund_model import Refund, RefundOrigin, RefundState
from server.payments.rules.telling import ALERTS_STANDING
from server.reconciliation.live_sides import KIND
from server.reconciliation.rules.live import one_sided
from server.staff.model import Role
from tests.support.builders import HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.employees import an_employee
from tests.support.payment_fixtures import paid
from tests.support.reconciled import ReconciledApp
from tests.unit.payments.states import in_state

pytestmark = pytest.mark.asyncio


async def test_what_is_paid_and_not_booked_alarms_after_the_limit_once_and_ends_by_itself() -> None:
    days_app = ReconciledApp()
    app, live, alerts = days_app.app, days_app.live_sides, days_app.app.stores.alerts
    payment = await paid(app)
    app.clock.forward(minutes=10)
    await live.once()
    assert await alerts.live(HOSPITAL, KIND, 10) == []
    app.clock.forward(seconds=1)
    await live.once()
    await live.once()
    (alert,) = await alerts.live(HOSPITAL, KIND, 10)
    assert (alert.payment_id, alert.subject, alert.opened) == (payment.id, "not_booked", 1)
    assert [one.kind for one in await alerts.standing(HOSPITAL)] == [KIND]
    await app.work()
    assert (await app.payment(payment.id)).state is PaymentState.BOOKED
    await live.once()
    ended = await alerts.get(HOSPITAL, alert.id)
    assert ended is not None
    assert (ended.state, ended.why, ended.closed_at) == (AlertState.CLOSED, CAUSE_GONE, app.clock.now())


async def test_finance_that_was_told_hears_once_that_the_money_has_settled_itself() -> None:
    days_app = ReconciledApp()
    app, live = days_app.app, days_app.live_sides
    await an_employee(app, "5001", Role.FINANCE)
    await paid(app)
    app.clock.forward(minutes=11)
    await live.once()
    await app.alert_rounds.once()
    await app.work()
    app.clock.forward(minutes=11)
    settled_at = f"{hospital_time(app.clock.now()):%m月%d日 %H:%M}"
    for _ in range(4):
        await live.once()
        await app.alert_rounds.once()
        app.clock.forward(minutes=11)
    told = [text for _, text in app.chat_told("openid-5001")]
    assert len(told) == 2
    assert told[0].startswith("告警：1项没有处理完\n有款项只在一边 1项")
    assert told[1] == f"告警：没有待处理的\n有款项只在一边 1项，{settled_at}原因已消除，不用处理"


async def test_only_the_hospital_s_own_payments_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    days_app = ReconciledApp()
    app, asked, right = days_app.app, list[str | None](), days_app.app.stores.payments.owing

    async def owing(since: datetime, until: datetime, limit: int, hospital: str | None = None) -> Sequence[Payment]:
        asked.append(hospital)
        return await right(since, until, limit, hospital)

    await paid(app)
    app.clock.forward(minutes=11)
    monkeypatch.setattr(app.stores.payments, "owing", owing)
    await days_app.live_sides.once()
    assert set(asked) == {HOSPITAL}
    assert len(await app.stores.alerts.live(HOSPITAL, KIND, 10)) == 1


async def test_nobody_hears_of_the_end_of_what_nobody_was_told_of() -> None:
    days_app = ReconciledApp()
    app, live = days_app.app, days_app.live_sides
    await an_employee(app, "5001", Role.FINANCE)
    await paid(app)
    app.clock.forward(minutes=11)
    await live.once()
    await app.work()
    await live.once()
    app.clock.forward(minutes=11)
    await app.alert_rounds.once()
    assert app.chat_told("openid-5001") == []


async def test_a_template_says_the_end_where_the_chat_can_not() -> None:
    days_app = ReconciledApp()
    app, live = days_app.app, days_app.live_sides
    await an_employee(app, "5001", Role.FINANCE)
    app.hospital.chats["wechat"].silent = {"openid-5001"}  # type: ignore[attr-defined]
    await paid(app)
    app.clock.forward(minutes=11)
    await live.once()
    await app.alert_rounds.once()
    await app.work()
    app.clock.forward(minutes=11)
    await live.once()
    await app.alert_rounds.once()
    sent = [notice.values for _, notice, _ in app.messenger.named("send") if notice.purpose == ALERTS_STANDING]
    assert [(values["count"], values["reason"]) for values in sent] == [
        ("1", "有款项只在一边"), ("0", "有款项只在一边（已消除）"),
    ]  # fmt: skip


async def test_what_agrees_never_alarms() -> None:
    days_app = ReconciledApp()
    await paid(days_app.app)
    await days_app.app.work()
    days_app.app.clock.forward(days=1)
    await days_app.live_sides.once()
    assert await days_app.app.stores.alerts.live(HOSPITAL, KIND, 10) == []


LIMIT = timedelta(minutes=10)


def with_refund(state: RefundState, **fields: object) -> Payment:
    refund = Refund(
        id="ZH1R01", amount_fen=34, origin=RefundOrigin.STAFF, reason="other", state=state, at=MORNING, **fields,  # type: ignore[arg-type]
    )  # fmt: skip
    return replace(in_state(PaymentState.BOOKED), refunds=(refund,), history=())


@pytest.mark.parametrize(
    ("payment", "stands"),
    [
        (with_refund(RefundState.RELEASED), ["not_sent:ZH1R01"]),
        (with_refund(RefundState.SUBMITTED), []),
        (with_refund(RefundState.REQUESTED), []),
        (with_refund(RefundState.SUCCEEDED, finished_at=MORNING), ["not_written_off:ZH1R01"]),
        (with_refund(RefundState.SUCCEEDED, finished_at=MORNING, his_settled_at=MORNING), []),
        (in_state(PaymentState.PAID), ["not_booked"]),
        (in_state(PaymentState.BOOKED), []),
        (in_state(PaymentState.CLOSED), []),
    ],
)
async def test_each_side_that_money_may_stand_on(payment: Payment, stands: list[str]) -> None:
    assert list(one_sided(payment, MORNING + timedelta(hours=2), LIMIT)) == stands
    assert list(one_sided(payment, MORNING + LIMIT, LIMIT)) == []


def going_back(*states: RefundState) -> Payment:
    """Its money goes back under these refunds, of which nothing is noted since."""
    refunds = tuple(
        Refund(
            id=f"ZH1R{number:02}", amount_fen=34, origin=RefundOrigin.AUTOMATIC, reason="other", state=state, at=MORNING
        )
        for number, state in enumerate(states, start=1)
    )
    return replace(in_state(PaymentState.RETURNING), refunds=refunds, history=(), paid_at=MORNING)


@pytest.mark.parametrize(
    ("states", "stands"),
    [
        ((RefundState.APPROVED,), ["not_returned"]),
        ((RefundState.SUBMITTED,), []),
        ((RefundState.ABNORMAL,), []),
        ((RefundState.CLOSED,), ["not_returned"]),
        ((RefundState.CLOSED, RefundState.APPROVED), ["not_returned"]),
        ((RefundState.CLOSED, RefundState.SUBMITTED), []),
        ((RefundState.SUBMITTED, RefundState.APPROVED), ["not_returned"]),
        ((RefundState.WITHDRAWN, RefundState.APPROVED), ["not_returned"]),
        ((), ["not_returned"]),
    ],
)
async def test_money_that_goes_back_stands_until_the_channel_has_taken_all_of_it(
    states: tuple[RefundState, ...], stands: list[str]
) -> None:
    payment = going_back(*states)
    assert list(one_sided(payment, MORNING + LIMIT, LIMIT)) == []
    assert list(one_sided(payment, MORNING + LIMIT + timedelta(seconds=1), LIMIT)) == stands


LATER = MORNING + timedelta(minutes=30)


@pytest.mark.parametrize(
    ("payment", "stands"),
    [
        (replace(in_state(PaymentState.PAID), paid_at=LATER), "not_booked"),
        (replace(going_back(RefundState.APPROVED), paid_at=LATER), "not_returned"),
        (replace(going_back(RefundState.APPROVED), history=(HistoryEvent(at=LATER, what="refund_refused"),)), "not_returned"),
        (with_refund(RefundState.SUCCEEDED, finished_at=LATER), "not_written_off:ZH1R01"),
        (with_refund(RefundState.SUCCEEDED), "not_written_off:ZH1R01"),
        (
            replace(
                with_refund(RefundState.RELEASED),
                history=(
                    HistoryEvent(at=LATER, what="refund_released", detail={"refund": "ZH1R01"}),
                    HistoryEvent(at=LATER + LIMIT, what="refund_requested", detail={"refund": "ZH1R02"}),
                ),
            ),
            "not_sent:ZH1R01",
        ),
    ],
)  # fmt: skip
async def test_the_limit_runs_from_what_last_happened_to_the_money(payment: Payment, stands: str) -> None:
    known = [refund.finished_at or refund.at for refund in payment.refunds if refund.state is RefundState.SUCCEEDED]
    since = known[0] if known else LATER
    assert list(one_sided(payment, since + LIMIT, LIMIT)) == []
    assert list(one_sided(payment, since + LIMIT + timedelta(seconds=1), LIMIT)) == [stands]


AHEAD = MORNING + timedelta(days=3)


@pytest.mark.parametrize(
    ("payment", "stands"),
    [
        (replace(in_state(PaymentState.PAID), created_at=MORNING, paid_at=AHEAD), "not_booked"),
        (with_refund(RefundState.SUCCEEDED, finished_at=AHEAD), "not_written_off:ZH1R01"),
    ],
)
async def test_a_channel_whose_clock_is_ahead_keeps_nobody_from_being_told(payment: Payment, stands: str) -> None:
    """Our own clock counts then, as it does where the sandbox's has been moved on."""
    assert list(one_sided(payment, MORNING + LIMIT, LIMIT)) == []
    assert list(one_sided(payment, MORNING + LIMIT + timedelta(seconds=1), LIMIT)) == [stands]
