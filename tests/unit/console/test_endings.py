"""Finance ends what no rule can: both sides asked anew, two people, PIN and TOTP, the sums kept, at rest afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import BadInput, NotAllowed, NotSent, OutsideRefusal
from server.payments.ending_model import EndingAct
from server.payments.model import Payment, PaymentState
from server.payments.rules.ending_acts import seen_mark
from server.staff.model import RefundLimits, Role
from server.staff.proofs import Proof
from tests.support.builders import HOSPITAL, a_booking
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.asyncio
WIDE = RefundLimits(per_refund_fen=1_000_000, per_day_fen=1_000_000)


class Pair:
    """Two of finance, with the desk."""

    def __init__(self, memory_app: InMemoryApp, one: Employee, other: Employee) -> None:
        self.memory_app, self.one, self.other = memory_app, one, other

    async def propose(
        self, payment: Payment, act: EndingAct, amount_fen: int = 0, words: str = "转账凭证2026112301", mark: int = -1
    ) -> Payment:
        seen = seen_mark(payment) if mark < 0 else mark
        actor = await self.one.now()
        return await self.memory_app.console.endings.propose(
            actor, payment.id, seen, act, amount_fen, words, self.one.proof()
        )

    async def agree(self, payment: Payment, who: Employee | None = None, proof: Proof | None = None) -> Payment:
        second = who or self.other
        actor = await second.now()
        return await self.memory_app.console.endings.agree(
            actor, payment.id, seen_mark(payment), proof or second.proof()
        )


async def finance(memory_app: InMemoryApp) -> Pair:
    one = await an_employee(memory_app, "3001", Role.FINANCE, WIDE, name="钱财务")
    return Pair(memory_app, one, await an_employee(memory_app, "3002", Role.FINANCE, WIDE, name="孙财务"))


async def at_another_amount(memory_app: InMemoryApp) -> Payment:
    """The HIS holds our number at another amount."""
    payment = await paid(memory_app)
    memory_app.his.booked[payment.id] = replace(a_booking("HIS-9"), amount_fen=1000)
    memory_app.his.will("confirm", *[OutsideRefusal("his", "AMOUNT_DIFFERS")] * 40)
    await memory_app.live_on(3600, step=60)
    return await memory_app.payment(payment.id)


async def refused_again_and_again(memory_app: InMemoryApp) -> Payment:
    """The HIS refused it, 400 fen were refunded elsewhere, and the channel refuses the whole."""
    memory_app.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    payment = await paid(memory_app)
    memory_app.channel.will("refund", *[OutsideRefusal("wechatpay", "NOT_ENOUGH")] * 60)
    await memory_app.live_on(6 * 3600, step=120)
    return await memory_app.payment(payment.id)


async def test_the_his_s_record_is_accepted_by_two_people_and_the_payment_rests() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment = await at_another_amount(memory_app)
    assert payment.state is PaymentState.PAID
    assert {alert.kind for alert in await memory_app.alerts()} == {"effect_stuck"}
    waiting = await pair.propose(payment, EndingAct.BOOK_AS_IS)
    assert waiting.state is PaymentState.PAID
    await pair.agree(waiting)
    await memory_app.live_on(600)
    memory_app.clock.forward(300)
    await memory_app.alert_rounds.once()
    after = await memory_app.payment(payment.id)
    assert (after.state, after.at_rest(), after.effects) == (PaymentState.BOOKED, True, ())
    assert after.booking is not None
    assert (after.booking.his_trade_no, after.booking.amount_fen, after.paid_fen) == ("HIS-9", 1000, 1234)
    assert [alert.kind for alert in await memory_app.alerts() if alert.live] == [], "every alert ends with its cause"
    chain = [(entry.what, entry.by) for entry in await memory_app.stores.audit.latest(HOSPITAL, 50)]
    for line in (("ending_proposed", "staff:3001"), ("ending_agreed", "staff:3002")):
        assert line in chain


async def test_a_part_refunded_elsewhere_frees_the_rest() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment = await refused_again_and_again(memory_app)
    assert payment.state is PaymentState.RETURNING
    waiting = await pair.propose(payment, EndingAct.SETTLED_ELSEWHERE, 400)
    await pair.agree(waiting)
    memory_app.channel.next_calls.clear()
    await memory_app.live_on(3600, step=60)
    asked = memory_app.channel.named("refund")
    assert asked[-1] == (f"{payment.id}R02", 834)
    memory_app.channel.settle_refund(f"{payment.id}R02")
    await memory_app.live_on(3600, step=60)
    after = await memory_app.payment(payment.id)
    assert (after.state, after.refunded_fen, after.at_rest()) == (PaymentState.RETURNED, 1234, True)


async def test_the_same_person_can_not_be_the_second() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    waiting = await pair.propose(await at_another_amount(memory_app), EndingAct.BOOK_AS_IS)
    with pytest.raises(NotAllowed, match="own proposal"):
        await pair.agree(waiting, pair.one)
    assert (await memory_app.payment(waiting.id)).state is PaymentState.PAID


async def test_a_wrong_code_changes_nothing() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment = await at_another_amount(memory_app)
    actor = await pair.one.now()
    with pytest.raises(NotAllowed, match="proof"):
        await memory_app.console.endings.propose(
            actor, payment.id, seen_mark(payment), EndingAct.BOOK_AS_IS, 0, "凭证", Proof(pin="111111", totp="000000")
        )
    assert (await memory_app.payment(payment.id)).ending is None
    waiting = await pair.propose(payment, EndingAct.BOOK_AS_IS)
    with pytest.raises(NotAllowed, match="proof"):
        await pair.agree(waiting, proof=Proof(pin="111111", totp="000000"))
    assert (await memory_app.payment(payment.id)).state is PaymentState.PAID


async def test_only_finance_proposes_and_only_who_decides_agrees() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment = await at_another_amount(memory_app)
    for role in (Role.CASHIER, Role.APPROVER, Role.ADMIN):
        somebody = await an_employee(memory_app, f"1{list(Role).index(role)}01", role, name=f"某{role.value}")
        with pytest.raises(NotAllowed, match="role"):
            await Pair(memory_app, somebody, somebody).propose(payment, EndingAct.BOOK_AS_IS)
    waiting = await pair.propose(payment, EndingAct.BOOK_AS_IS)
    cashier = await an_employee(memory_app, "1999", Role.CASHIER, name="某收费")
    with pytest.raises(NotAllowed, match="role"):
        await pair.agree(waiting, cashier)
    approver = await an_employee(memory_app, "2999", Role.APPROVER, name="某审批")
    assert (await pair.agree(waiting, approver)).state is PaymentState.BOOKED


async def test_nobody_ends_a_payment_of_their_own() -> None:
    memory_app = InMemoryApp()
    pair = Pair(
        memory_app,
        await an_employee(memory_app, "3001", Role.FINANCE, WIDE, name="张测试"),
        await an_employee(memory_app, "3002", Role.FINANCE, WIDE, name="孙财务"),
    )
    payment = await at_another_amount(memory_app)
    with pytest.raises(NotAllowed, match="own payment"):
        await pair.propose(payment, EndingAct.BOOK_AS_IS)
    waiting = await Pair(memory_app, pair.other, pair.one).propose(payment, EndingAct.BOOK_AS_IS)
    with pytest.raises(NotAllowed, match="own payment"):
        await pair.agree(waiting, pair.one)


async def test_limits_hold_for_whoever_agrees() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment = await refused_again_and_again(memory_app)
    waiting = await pair.propose(payment, EndingAct.SETTLED_ELSEWHERE, 1234)
    small = await an_employee(
        memory_app, "3003", Role.FINANCE, RefundLimits(per_refund_fen=1233, per_day_fen=9999), name="李财务"
    )
    with pytest.raises(NotAllowed, match="limit"):
        await pair.agree(waiting, small)
    assert (await pair.agree(waiting)).state is PaymentState.RETURNED


async def test_a_proof_is_asked_for_and_sealed() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment = await at_another_amount(memory_app)
    with pytest.raises(BadInput):
        await pair.propose(payment, EndingAct.BOOK_AS_IS, words="  ")
    waiting = await pair.propose(payment, EndingAct.BOOK_AS_IS, words="张测试的收据0042")
    assert "张测试" not in repr(waiting.ending)
    assert memory_app.console.endings.proof_of(waiting) == "张测试的收据0042"


async def test_a_side_that_does_not_answer_allows_nothing_and_is_said() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment = await at_another_amount(memory_app)
    memory_app.his.will("check", NotSent("his"))
    with pytest.raises(NotAllowed, match="silent HIS"):
        await pair.propose(payment, EndingAct.BOOK_AS_IS)
    stuck = await refused_again_and_again(InMemoryApp())
    assert stuck.state is PaymentState.RETURNING


async def test_what_changed_since_it_was_seen_is_refused() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    payment = await at_another_amount(memory_app)
    with pytest.raises(NotAllowed, match="changed meanwhile"):
        await pair.propose(payment, EndingAct.BOOK_AS_IS, mark=seen_mark(payment) - 1)
    del memory_app.his.booked[payment.id]
    with pytest.raises(NotAllowed, match="not in the HIS"):
        await pair.propose(payment, EndingAct.BOOK_AS_IS)


async def test_two_who_agree_at_once_end_it_once() -> None:
    memory_app = InMemoryApp()
    pair = await finance(memory_app)
    third = await an_employee(memory_app, "3003", Role.FINANCE, WIDE, name="李财务")
    payment = await refused_again_and_again(memory_app)
    waiting = await pair.propose(payment, EndingAct.SETTLED_ELSEWHERE, 1234)
    await pair.agree(waiting)
    with pytest.raises(NotAllowed, match="no proposal"):
        await pair.agree(waiting, third)
    assert (await memory_app.payment(payment.id)).refunded_fen == 1234
    assert (await memory_app.staff.get(HOSPITAL, "3003")).spent_fen == 0
