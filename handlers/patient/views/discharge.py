"""What the page of a discharge shows: the whole calculation before anything moves, and how far the money has come afterwards."""

from __future__ import annotations

from handlers.base.display import day, yuan
from handlers.patient.views.inpatient import way_text, who_of
from handlers.patient.views.lots import lot_line, window_lines, with_amounts
from server.inpatient.discharge import Discharge
from server.inpatient.rules.plans import Plan
from server.payments.model import Payment, PaymentState
from server.payments.texts import ACCOUNT, FUND, TOTAL

_AWAY_FROM_REST = frozenset({PaymentState.CREATED, PaymentState.PENDING, PaymentState.PAID, PaymentState.RETURNING})


def discharge_page(base: str, discharge: Discharge, phone_masked: str) -> dict[str, object]:
    plan, own = discharge.plan, f"{base}/inpatient/{discharge.known.key}"
    view: dict[str, object] = {"own_url": own, "name": who_of(discharge.known), "plan": plan is not None}
    if plan is None:
        return {**view, "refused": refused_text(discharge)}
    asked, settlement = plan.presettlement, discharge.settlement
    rest_label, rest_fen = rest_of(plan, settlement)
    return {
        **view,
        "rest_label": rest_label,
        "rest": yuan(rest_fen),
        "state": state_text(settlement),
        "sums": [{"label": label, "value": yuan(fen), "own": own} for label, fen, own in sums_of(plan)],
        "kinds": [{"label": kind.category, "value": yuan(kind.amount_fen)} for kind in asked.kinds],
        "progress": [{"label": label, "value": yuan(fen)} for label, fen in progress_of(discharge, plan)],
        "returns": with_amounts(returns_of(discharge, plan)),
        "window": [{"title": title, "amount": yuan(fen)} for title, fen in window_lines(plan.allocation)],
        "can_settle": settlement is None,
        "settlement_no": asked.number,
        "shown_fen": asked.to_pay_fen,
        "action": settle_text(plan),
        "settle_url": f"{own}/discharge",
        "payment_url": f"{base}/payments/{settlement.id}" if settlement is not None and asked.to_pay_fen else "",
        "phone": phone_masked,
    }


def refused_text(discharge: Discharge) -> str:
    """Why there is no calculation."""
    return discharge.refused or "现在还不能结算，请稍后再试。"


def settle_text(plan: Plan) -> str:
    """The text on the button that settles."""
    to_pay_fen = plan.presettlement.to_pay_fen
    return f"立即支付 {yuan(to_pay_fen)}" if to_pay_fen else "确认结算"


def rest_of(plan: Plan, settlement: Payment | None) -> tuple[str, int]:
    """What is still to be paid or goes back, in fen: which of the two in words, never by a sign."""
    asked = plan.presettlement
    if asked.to_pay_fen:
        return ("还需补交" if settlement is None else "补交"), asked.to_pay_fen
    return "应退给您", asked.to_return_fen


def state_text(settlement: Payment | None) -> str:
    if settlement is None:
        return ""
    return "正在结算" if settlement.state in _AWAY_FROM_REST else "已结算"


def sums_of(plan: Plan) -> list[tuple[str, int, bool]]:
    """Label, fen, and whether it is the last line. Total less what others pay is the own part; the deposits less that is what goes back, or
    the other way round.
    """
    asked = plan.presettlement
    lines = [
        (TOTAL, asked.total_fen),
        (FUND, asked.fund_fen),
        (ACCOUNT, asked.account_fen),
        ("自付", asked.own_fen),
    ]
    lines += [("已交预交金", asked.deposits_fen)]
    last = ("还需补交", asked.to_pay_fen) if asked.to_pay_fen else ("应退", asked.to_return_fen)
    shown = [(label, fen, False) for label, fen in lines if fen or label not in {FUND, ACCOUNT}]
    return [*shown, (*last, True)]


def progress_of(discharge: Discharge, plan: Plan) -> list[tuple[str, int]]:
    """How far what goes back has come, in fen."""
    standing = discharge.standing
    if standing is None or not plan.presettlement.to_return_fen:
        return []
    lines = (
        ("已退到账户", standing.returned_fen),
        ("正在退", standing.under_way_fen),
        ("到窗口领取", standing.window_fen),
        ("已用其他方式退还", standing.otherwise_fen),
    )
    return [(label, fen) for label, fen in lines if fen]


def returns_of(discharge: Discharge, plan: Plan) -> list[tuple[dict[str, str], int]]:
    """The lots from which money goes back, each with its words and its fen."""
    states = {one.share.number: one.state for one in (discharge.standing.shares if discharge.standing else ())}
    return [
        (
            lot_line(
                way_text(share.way),
                f"{day(share.paid_at)}交的",
                states.get(share.number),
                foreign=share.number in discharge.foreign,
            ),
            share.amount_fen,
        )
        for share in plan.allocation.returns
    ]
