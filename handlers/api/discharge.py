"""出院结算: the whole calculation, settling it, and what has become of the money."""

from __future__ import annotations

from handlers.api import inpatient_models as models
from handlers.api.bill_models import StartedTold
from handlers.api.inpatient import OfAdmissionHandler, admission_told
from handlers.api.lot_models import SumTold, lot_told
from handlers.api.operation import Operation, operation
from handlers.api.payments import started_told
from handlers.patient.views import discharge as words
from handlers.patient.views.lots import window_lines
from server.inpatient.discharge import Discharge
from server.inpatient.model import DISCHARGE
from server.inpatient.rules.plans import Plan
from server.payments.sms_choice import sms_to


def _settlement(discharge: Discharge, plan: Plan) -> models.SettlementTold:
    asked, begun = plan.presettlement, discharge.settlement
    rest_label, rest_fen = words.rest_of(plan, begun)
    return models.SettlementTold(
        settlement_no=asked.number,
        rest_label=rest_label,
        rest_fen=rest_fen,
        to_pay_fen=asked.to_pay_fen,
        text=words.state_text(begun),
        sums=[SumTold(label=label, amount_fen=fen, own=own) for label, fen, own in words.sums_of(plan)],
        kinds=[SumTold(label=kind.category, amount_fen=kind.amount_fen) for kind in asked.kinds],
        progress=[SumTold(label=label, amount_fen=fen) for label, fen in words.progress_of(discharge, plan)],
        returns=[lot_told(share, fen) for share, fen in words.returns_of(discharge, plan)],
        window=[SumTold(label=title, amount_fen=fen) for title, fen in window_lines(plan.allocation)],
        can_settle=begun is None,
        action=words.settle_text(plan),
        out_trade_no=begun.id if begun is not None and asked.to_pay_fen else None,
    )


class DischargeHandler(OfAdmissionHandler):
    @operation(
        Operation(summary="The calculation at discharge, before and after it is settled", answer=models.DischargeTold)
    )
    async def get(self, asked: None) -> models.DischargeTold:
        found = await self.services.discharges.view(self.session, self.key)
        return models.DischargeTold(
            admission=admission_told(self, found.known),
            settlement=None if found.plan is None else _settlement(found, found.plan),
            refused=words.refused_text(found) if found.plan is None else "",
        )

    @operation(
        Operation(
            summary="Settle: pay the rest, or have it sent back; call is null where nothing is to be paid",
            body=models.SettlementAsked,
            answer=StartedTold,
            status=201,
            creates=True,
            refuses=(403, 409),
        )
    )
    async def post(self, asked: models.SettlementAsked) -> StartedTold:
        chosen = [self.key, asked.settlement_no]
        begun = await self.services.payments.start(
            DISCHARGE, self.session, chosen, sms_to(asked.phone or ""), shown_fen=asked.amount_fen
        )
        return started_told(self, begun)
