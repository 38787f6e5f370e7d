"""What the page of a discharge shows: the whole calculation before anything moves, and how far the money has come afterwards."""

from __future__ import annotations

from collections.abc import Mapping

from handlers.base.display import day, yuan
from handlers.patient.views.inpatient import who_of
from server.inpatient.discharge import Discharge
from server.inpatient.rules.allocation import Share
from server.inpatient.rules.plans import Plan
from server.inpatient.rules.standings import ShareState, Standing
from server.inpatient.texts import SHARE_STATES, WAYS
from server.payments.model import Payment, PaymentState
from server.payments.texts import ACCOUNT, FUND, TOTAL

_LOOKS: Mapping[ShareState, str] = {
    ShareState.RETURNED: "success",
    ShareState.ELSEWHERE: "success",
    ShareState.FAILED: "warn",
}
_AWAY_FROM_REST = frozenset({PaymentState.CREATED, PaymentState.PENDING, PaymentState.PAID, PaymentState.RETURNING})


def discharge_page(base: str, discharge: Discharge, phone_masked: str) -> dict[str, object]:
    plan, own = discharge.plan, f"{base}/inpatient/{discharge.known.key}"
    view: dict[str, object] = {"own_url": own, "name": who_of(discharge.known), "plan": plan is not None}
    if plan is None:
        return {**view, "refused": discharge.refused or "现在还不能结算，请稍后再试。"}
    asked, settlement = plan.presettlement, discharge.settlement
    return {
        **view,
        **_rest(plan, settlement),
        "state": _state(settlement),
        "sums": _sums(plan),
        "kinds": [{"label": kind.category, "value": yuan(kind.amount_fen)} for kind in asked.kinds],
        "progress": _progress(discharge.standing) if asked.to_return_fen else [],
        "returns": _returns(discharge, plan),
        "window": _window(plan),
        "can_settle": settlement is None,
        "settlement_no": asked.number,
        "shown_fen": asked.to_pay_fen,
        "action": f"立即支付 {yuan(asked.to_pay_fen)}" if asked.to_pay_fen else "确认结算",
        "settle_url": f"{own}/discharge",
        "payment_url": f"{base}/payments/{settlement.id}" if settlement is not None and asked.to_pay_fen else "",
        "phone": phone_masked,
    }


def _rest(plan: Plan, settlement: Payment | None) -> dict[str, str]:
    asked = plan.presettlement
    if asked.to_pay_fen:
        return {"rest_label": "还需补交" if settlement is None else "补交", "rest": yuan(asked.to_pay_fen)}
    return {"rest_label": "应退给您", "rest": yuan(asked.to_return_fen)}


def _state(settlement: Payment | None) -> str:
    if settlement is None:
        return ""
    return "正在结算" if settlement.state in _AWAY_FROM_REST else "已结算"


def _sums(plan: Plan) -> list[dict[str, object]]:
    """Total less what others pay is the own part; the deposits less that is what goes back, or the other way round."""
    asked = plan.presettlement
    lines = [
        (TOTAL, asked.total_fen),
        (FUND, asked.fund_fen),
        (ACCOUNT, asked.account_fen),
        ("自付", asked.own_fen),
    ]
    lines += [("已交预交金", asked.deposits_fen)]
    last = ("还需补交", asked.to_pay_fen) if asked.to_pay_fen else ("应退", asked.to_return_fen)
    shown = [(label, fen) for label, fen in lines if fen or label not in {FUND, ACCOUNT}]
    return [
        *({"label": label, "value": yuan(fen), "own": False} for label, fen in shown),
        {"label": last[0], "value": yuan(last[1]), "own": True},
    ]


def _progress(standing: Standing | None) -> list[dict[str, str]]:
    if standing is None:
        return []
    lines = (
        ("已退到账户", standing.returned_fen),
        ("正在退", standing.under_way_fen),
        ("到窗口领取", standing.window_fen),
        ("已用其他方式退还", standing.otherwise_fen),
    )
    return [{"label": label, "value": yuan(fen)} for label, fen in lines if fen]


def _returns(discharge: Discharge, plan: Plan) -> list[dict[str, str]]:
    states = {one.share.number: one.state for one in (discharge.standing.shares if discharge.standing else ())}
    return [
        _share(share, states.get(share.number), foreign=share.number in discharge.foreign)
        for share in plan.allocation.returns
    ]


def _share(share: Share, state: ShareState | None, *, foreign: bool) -> dict[str, str]:
    return {
        "title": WAYS.get(share.way, WAYS["other"]),
        "about": f"{day(share.paid_at)}交的",
        "payer": "他人付款，退给付款人" if foreign else "",
        "amount": yuan(share.amount_fen),
        "state": "" if state is None else SHARE_STATES[state],
        "look": "waiting" if state is None else _LOOKS.get(state, "waiting"),
    }


def _window(plan: Plan) -> list[dict[str, str]]:
    lines = [(share.stuck, share.amount_fen) for share in plan.allocation.window]
    if plan.allocation.unplaced_fen:
        lines.append(("其余", plan.allocation.unplaced_fen))
    return [{"title": title, "amount": yuan(fen)} for title, fen in lines]
