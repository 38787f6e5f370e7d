"""What staff read about a refund, in the chat and in the console; and why a lot is for the window, which patients read."""

from __future__ import annotations

from collections.abc import Mapping

from server.core.actors import Source, actor_of
from server.core.money import yuan_text
from server.payments.model import Payment
from server.payments.refund_model import REASONS, Refund
from server.payments.rules.outside_refunds import gone_fen
from server.refunds.rules.permissions import SECOND_REASONS
from server.refunds.rules.shares import ShareState
from server.staff.actor_texts import who

ASKABLE: Mapping[str, str] = {
    key: text for key, text in REASONS.items() if key not in {"window", "settlement", "balance"}
}
"""The reasons that staff may give; the others are said by the HIS's window, a stay's settlement and the return of an old balance."""
OWN_PART_ONLY = "这里只退患者自付的部分；医保支付的部分由医院退回医保。"

SHARE_STATES: Mapping[ShareState, str] = {
    ShareState.WAITING: "等待结算",
    ShareState.UNDER_WAY: "正在退",
    ShareState.RETURNED: "已退到账户",
    ShareState.ELSEWHERE: "已用其他方式退还",
    ShareState.FAILED: "没有退成，请到窗口领取",
}
PAID_BY: Mapping[str, str] = {"cash": "现金交的", "card": "银行卡交的", "insurance": "医保交的"}
"""Why a lot can't go back the way it came, by how it was paid."""
NOT_OURS = "在窗口或自助机交的"


def unnamed(payment: Payment, words: str) -> str:
    """The HIS's words for a chat, which names nobody."""
    name = payment.personal.patient_name
    return words.replace(name, "就诊人") if name else words


def decided_no(refund: Refund, words: str) -> str:
    """Who said no, and why, as one line."""
    actor = actor_of(refund.decided_by)
    return f"{who(actor)}：{words}" if actor.source in {Source.HIS, Source.STAFF} else words


def covered(payment: Payment, refund: Refund) -> str:
    """The console's refund takes the place of this one, or of a part of it."""
    gone, rest = gone_fen(payment, refund), refund.amount_fen - gone_fen(payment, refund)
    if not rest:
        return "财务已在收款平台退费，本次不再重复退。"
    return f"财务已在收款平台退费{yuan_text(gone)}元，其余{yuan_text(rest)}元继续退。"


def _why_second(refund: Refund) -> str:
    return "、".join(SECOND_REASONS[name] for name in refund.approval_reasons)


def stuck_at_window(channel_title: str) -> str:
    """Why the channel can't send it back."""
    return f"{channel_title}交的，已过能原路退回的期限"


def used_up_at_window(channel_title: str) -> str:
    """Why the channel takes no further refund of it."""
    return f"{channel_title}交的，退费次数已用完，不能再原路退回"
