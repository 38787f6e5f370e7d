"""Who may do what with refunds, whatever the door. Pure; `refunds/service` is the only one that acts on it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.core.actors import his_actor
from server.core.errors import NotAllowed
from server.core.money import yuan_text
from server.payments.model import Payment
from server.payments.refund_model import SHARE_FREE, Refund
from server.staff.model import Role, Staff

SEES = (Role.CASHIER, Role.APPROVER, Role.FINANCE)
ASKS = (Role.CASHIER, Role.APPROVER, Role.FINANCE)
DECIDES = (Role.APPROVER, Role.FINANCE)
SECOND_REASONS = {
    "over_limit": "超过单笔限额",
    "over_day": "超过当日限额",
    "old": "支付时间较久",
    "own": "与本人有关",
}
"""Why one person is not enough, as staff read it."""


def must_be(actor: Staff, roles: tuple[Role, ...]) -> None:
    if actor.role not in roles:
        raise NotAllowed("role", user_message="您的岗位不能进行这个操作。")


def own_money(actor: Staff, payment: Payment) -> bool:
    """Paid from this identity, or for a patient of this name."""
    mine = actor.identity is not None and payment.owner == actor.identity.key
    return mine or payment.personal.patient_name == actor.name


def names_at_all_doors(actor: Staff) -> frozenset[str]:
    """Every name under which this person's refunds stand in payments: ours, and the HIS's operator with the same employee number,
    for what is written off at a window. A limit counts them together; a right or a message never rests on the HIS's name.
    """
    return frozenset({actor.as_actor, his_actor(actor.number)})


@dataclass(frozen=True, slots=True)
class AsOnePerson:
    """``names`` are all of one human being's at all doors, under whatever employee number; ``spent_elsewhere_fen`` is what went back
    today on their word under other numbers than the one that acts.
    """

    names: frozenset[str]
    spent_elsewhere_fen: int = 0


def on_own_word_fen(payment: Payment, names: Collection[str]) -> int:
    """What went back of this payment, or is going, on the word of whoever has these ``names``: asked for without a second person, or
    agreed to. However many refunds it was cut into.
    """
    return sum(
        refund.asked_fen
        for refund in payment.refunds
        if refund.state not in SHARE_FREE
        and ((refund.asked_by in names and not refund.approval_reasons) or refund.decided_by in names)
    )


def same_refund(payment: Payment, amount_fen: int, without: str = "") -> Refund | None:
    """The newest refund of the same amount that has gone or is going, but for the one numbered ``without``: whoever asks for another
    one, or agrees to it, may be refunding a second time.
    """
    same = [r for r in payment.refunds if r.amount_fen == amount_fen and r.state not in SHARE_FREE and r.id != without]
    return same[-1] if same else None


def second_person(
    actor: Staff, payment: Payment, amount_fen: int, now: datetime, alone: timedelta, person: AsOnePerson
) -> tuple[str, ...]:
    """The keys of SECOND_REASONS that hold; empty when one person is enough."""
    why = {
        "over_limit": on_own_word_fen(payment, person.names) + amount_fen > actor.limits.per_refund_fen,
        "over_day": actor.spent_today_fen(now) + person.spent_elsewhere_fen + amount_fen > actor.limits.per_day_fen,
        "old": now - (payment.paid_at or payment.created_at) > alone,
        "own": own_money(actor, payment),
    }
    return tuple(name for name, holds in why.items() if holds)


def must_be_allowed_to_decide(
    actor: Staff, payment: Payment, refund: Refund, *, asked_oneself: bool, perhaps_oneself: bool = False
) -> None:
    """Beside what the document itself forbids: agreeing twice, or under the number that asked. ``asked_oneself``: whoever asked, under
    whatever number, is the same human being. ``perhaps_oneself``: they share a name or a phone, and no admin has said that they are two.
    """
    must_be(actor, DECIDES)
    if asked_oneself and refund.asked_by != actor.as_actor:
        raise NotAllowed("own request", user_message="这笔退费是您用另一个工号发起的，不能由您审批。")
    if perhaps_oneself:
        raise NotAllowed("perhaps own request", user_message="您与发起人姓名或手机号相同，请管理员先确认不是同一人。")
    if own_money(actor, payment):
        raise NotAllowed("own payment", user_message="不能审批与本人有关的支付。")


def must_be_within_limits(actor: Staff, payment: Payment, refund: Refund, now: datetime, person: AsOnePerson) -> None:
    """RefundLimits are for what one agrees to; to reject moves no money."""
    must_fit_limits(actor, on_own_word_fen(payment, person.names), refund.asked_fen, now, person)


def must_fit_limits(actor: Staff, before_fen: int, amount_fen: int, now: datetime, person: AsOnePerson) -> None:
    """``before_fen`` of the same money went on this person's word before."""
    today_fen = actor.spent_today_fen(now) + person.spent_elsewhere_fen
    if today_fen + amount_fen > actor.limits.per_day_fen:
        left = yuan_text(max(0, actor.limits.per_day_fen - today_fen))
        raise NotAllowed(
            "over the approver's day limit", user_message=f"超过您的当日审批限额，今天还剩 {left}元，请由其他人员审批。"
        )
    if before_fen + amount_fen > actor.limits.per_refund_fen:
        most = yuan_text(actor.limits.per_refund_fen)
        raise NotAllowed(
            "over the approver's limit",
            user_message=f"这笔支付的退费超过您的审批限额（{most}元），请由更高权限的人员审批。",
        )


def must_not_be_cut(actor: Staff, payment: Payment, amount_fen: int, person: AsOnePerson) -> None:
    """Decide with the document in hand, because another tap, door or process may have refunded a part meanwhile."""
    if on_own_word_fen(payment, person.names) + amount_fen > actor.limits.per_refund_fen:
        raise NotAllowed("limit on this payment", user_message="这笔支付刚有其他退费，合计超过您的限额，请重新操作。")
