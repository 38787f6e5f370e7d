"""Who may do what with refunds, whatever the door. Pure; `services/refund_desk` is the only one that acts on it."""

from __future__ import annotations

from datetime import datetime, timedelta

from server.domain.errors import NotAllowed
from server.domain.payment import Payment
from server.domain.refund import Refund
from server.domain.staff import Role, Staff

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
        raise NotAllowed("role", person="您的岗位不能进行这个操作。")


def own_money(actor: Staff, payment: Payment) -> bool:
    """Paid from this identity, or for a patient of this name."""
    mine = actor.identity is not None and payment.owner == actor.identity.key
    return mine or payment.personal.patient_name == actor.name


def second_person(actor: Staff, payment: Payment, amount_fen: int, now: datetime, alone: timedelta) -> tuple[str, ...]:
    """The keys of SECOND_REASONS that hold; empty when one person is enough."""
    why = {
        "over_limit": amount_fen > actor.limits.per_refund_fen,
        "over_day": actor.spent_today_fen(now) + amount_fen > actor.limits.per_day_fen,
        "old": now - (payment.paid_at or payment.created_at) > alone,
        "own": own_money(actor, payment),
    }
    return tuple(name for name, holds in why.items() if holds)


def must_be_allowed_to_decide(actor: Staff, payment: Payment, refund: Refund, *, asked_oneself: bool) -> None:
    """Beside what the document itself forbids: agreeing twice, or under the number that asked. ``asked_oneself``: whoever asked, under
    whatever number, is the same human being.
    """
    must_be(actor, DECIDES)
    if asked_oneself and refund.asked_by != actor.as_actor:
        raise NotAllowed("own request", person="这笔退费是您用另一个工号发起的，不能由您审批。")
    if own_money(actor, payment):
        raise NotAllowed("own payment", person="不能审批与本人有关的支付。")


def must_be_within_limits(actor: Staff, refund: Refund, now: datetime) -> None:
    """Limits are for what one agrees to; to reject moves no money."""
    if refund.amount_fen > actor.limits.per_refund_fen:
        raise NotAllowed("over the approver's limit", person="超过您的审批限额，请由更高权限的人员审批。")
    if actor.spent_today_fen(now) + refund.amount_fen > actor.limits.per_day_fen:
        raise NotAllowed("over the approver's day limit", person="超过您的当日审批限额，请由其他人员审批。")
