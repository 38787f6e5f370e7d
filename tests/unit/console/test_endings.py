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

    def __init__(self, house: InMemoryApp, one: Employee, other: Employee) -> None:
        self.house, self.one, self.other = house, one, other

    async def propose(
        self, payment: Payment, act: EndingAct, amount_fen: int = 0, words: str = "转账凭证2026112301", mark: int = -1
    ) -> Payment:
        seen = seen_mark(payment) if mark < 0 else mark
        actor = await self.one.now()
        return await self.house.console.endings.propose(
            actor, payment.id, seen, act, amount_fen, words, self.one.proof()
        )

    async def agree(self, payment: Payment, who: Employee | None = None, proof: Proof | None = None) -> Payment:
        second = who or self.other
        actor = await second.now()
        return await self.house.console.endings.agree(actor, payment.id, seen_mark(payment), proof or second.proof())


async def finance(house: InMemoryApp) -> Pair:
    one = await an_employee(house, "3001", Role.FINANCE, WIDE, name="钱财务")
    return Pair(house, one, await an_employee(house, "3002", Role.FINANCE, WIDE, name="孙财务"))


async def at_another_amount(house: InMemoryApp) -> Payment:
    """The HIS holds our number at another amount."""
    payment = await paid(house)
    house.his.booked[payment.id] = replace(a_booking("HIS-9"), amount_fen=1000)
    house.his.will("confirm", *[OutsideRefusal("his", "AMOUNT_DIFFERS")] * 40)
    await house.live_on(3600, step=60)
    return await house.payment(payment.id)


async def refused_again_and_again(house: InMemoryApp) -> Payment:
    """The HIS refused it, 400 fen were refunded elsewhere, and the channel refuses the whole."""
    house.his.will("confirm", OutsideRefusal("his", "REFUSED"))
    payment = await paid(house)
    house.channel.will("refund", *[OutsideRefusal("wechatpay", "NOT_ENOUGH")] * 60)
    await house.live_on(6 * 3600, step=120)
    return await house.payment(payment.id)


async def test_the_his_s_record_is_accepted_by_two_people_and_the_payment_rests() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    payment = await at_another_amount(house)
    assert payment.state is PaymentState.PAID
    assert {alert.kind for alert in await house.alerts()} == {"effect_stuck"}
    waiting = await pair.propose(payment, EndingAct.BOOK_AS_IS)
    assert waiting.state is PaymentState.PAID
    await pair.agree(waiting)
    await house.live_on(600)
    house.clock.forward(300)
    await house.alert_rounds.once()
    after = await house.payment(payment.id)
    assert (after.state, after.at_rest(), after.effects) == (PaymentState.BOOKED, True, ())
    assert after.booking is not None
    assert (after.booking.his_trade_no, after.booking.amount_fen, after.paid_fen) == ("HIS-9", 1000, 1234)
    assert [alert.kind for alert in await house.alerts() if alert.live] == [], "every alert ends with its cause"
    chain = [(entry.what, entry.by) for entry in await house.stores.audit.latest(HOSPITAL, 50)]
    for line in (("ending_proposed", "staff:3001"), ("ending_agreed", "staff:3002")):
        assert line in chain


async def test_a_part_refunded_elsewhere_frees_the_rest() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    payment = await refused_again_and_again(house)
    assert payment.state is PaymentState.RETURNING
    waiting = await pair.propose(payment, EndingAct.SETTLED_ELSEWHERE, 400)
    await pair.agree(waiting)
    house.channel.next_calls.clear()
    await house.live_on(3600, step=60)
    asked = house.channel.named("refund")
    assert asked[-1] == (f"{payment.id}R02", 834)
    house.channel.settle_refund(f"{payment.id}R02")
    await house.live_on(3600, step=60)
    after = await house.payment(payment.id)
    assert (after.state, after.refunded_fen, after.at_rest()) == (PaymentState.RETURNED, 1234, True)


async def test_the_same_person_can_not_be_the_second() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    waiting = await pair.propose(await at_another_amount(house), EndingAct.BOOK_AS_IS)
    with pytest.raises(NotAllowed, match="own proposal"):
        await pair.agree(waiting, pair.one)
    assert (await house.payment(waiting.id)).state is PaymentState.PAID


async def test_a_wrong_code_changes_nothing() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    payment = await at_another_amount(house)
    actor = await pair.one.now()
    with pytest.raises(NotAllowed, match="proof"):
        await house.console.endings.propose(
            actor, payment.id, seen_mark(payment), EndingAct.BOOK_AS_IS, 0, "凭证", Proof(pin="111111", totp="000000")
        )
    assert (await house.payment(payment.id)).ending is None
    waiting = await pair.propose(payment, EndingAct.BOOK_AS_IS)
    with pytest.raises(NotAllowed, match="proof"):
        await pair.agree(waiting, proof=Proof(pin="111111", totp="000000"))
    assert (await house.payment(payment.id)).state is PaymentState.PAID


async def test_only_finance_proposes_and_only_who_decides_agrees() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    payment = await at_another_amount(house)
    for role in (Role.CASHIER, Role.APPROVER, Role.ADMIN):
        somebody = await an_employee(house, f"1{list(Role).index(role)}01", role, name=f"某{role.value}")
        with pytest.raises(NotAllowed, match="role"):
            await Pair(house, somebody, somebody).propose(payment, EndingAct.BOOK_AS_IS)
    waiting = await pair.propose(payment, EndingAct.BOOK_AS_IS)
    cashier = await an_employee(house, "1999", Role.CASHIER, name="某收费")
    with pytest.raises(NotAllowed, match="role"):
        await pair.agree(waiting, cashier)
    approver = await an_employee(house, "2999", Role.APPROVER, name="某审批")
    assert (await pair.agree(waiting, approver)).state is PaymentState.BOOKED


async def test_nobody_ends_a_payment_of_their_own() -> None:
    house = InMemoryApp()
    pair = Pair(
        house,
        await an_employee(house, "3001", Role.FINANCE, WIDE, name="张测试"),
        await an_employee(house, "3002", Role.FINANCE, WIDE, name="孙财务"),
    )
    payment = await at_another_amount(house)
    with pytest.raises(NotAllowed, match="own payment"):
        await pair.propose(payment, EndingAct.BOOK_AS_IS)
    waiting = await Pair(house, pair.other, pair.one).propose(payment, EndingAct.BOOK_AS_IS)
    with pytest.raises(NotAllowed, match="own payment"):
        await pair.agree(waiting, pair.one)


async def test_limits_hold_for_whoever_agrees() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    payment = await refused_again_and_again(house)
    waiting = await pair.propose(payment, EndingAct.SETTLED_ELSEWHERE, 1234)
    small = await an_employee(
        house, "3003", Role.FINANCE, RefundLimits(per_refund_fen=1233, per_day_fen=9999), name="李财务"
    )
    with pytest.raises(NotAllowed, match="limit"):
        await pair.agree(waiting, small)
    assert (await pair.agree(waiting)).state is PaymentState.RETURNED


async def test_a_proof_is_asked_for_and_sealed() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    payment = await at_another_amount(house)
    with pytest.raises(BadInput):
        await pair.propose(payment, EndingAct.BOOK_AS_IS, words="  ")
    waiting = await pair.propose(payment, EndingAct.BOOK_AS_IS, words="张测试的收据0042")
    assert "张测试" not in repr(waiting.ending)
    assert house.console.endings.proof_of(waiting) == "张测试的收据0042"


async def test_a_side_that_does_not_answer_allows_nothing_and_is_said() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    payment = await at_another_amount(house)
    house.his.will("check", NotSent("his"))
    with pytest.raises(NotAllowed, match="silent HIS"):
        await pair.propose(payment, EndingAct.BOOK_AS_IS)
    stuck = await refused_again_and_again(InMemoryApp())
    assert stuck.state is PaymentState.RETURNING


async def test_what_changed_since_it_was_seen_is_refused() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    payment = await at_another_amount(house)
    with pytest.raises(NotAllowed, match="changed meanwhile"):
        await pair.propose(payment, EndingAct.BOOK_AS_IS, mark=seen_mark(payment) - 1)
    del house.his.booked[payment.id]
    with pytest.raises(NotAllowed, match="not in the HIS"):
        await pair.propose(payment, EndingAct.BOOK_AS_IS)


async def test_two_who_agree_at_once_end_it_once() -> None:
    house = InMemoryApp()
    pair = await finance(house)
    third = await an_employee(house, "3003", Role.FINANCE, WIDE, name="李财务")
    payment = await refused_again_and_again(house)
    waiting = await pair.propose(payment, EndingAct.SETTLED_ELSEWHERE, 1234)
    await pair.agree(waiting)
    with pytest.raises(NotAllowed, match="no proposal"):
        await pair.agree(waiting, third)
    assert (await house.payment(payment.id)).refunded_fen == 1234
    assert (await house.staff.get(HOSPITAL, "3003")).spent_fen == 0
