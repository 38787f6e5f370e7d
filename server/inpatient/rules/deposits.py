"""How much may be paid in. The limit is the HIS's: the law binds a deposit to the average own part of the disease (capabilities: deposit). Pure."""

from __future__ import annotations

from server.core.errors import BadInput
from server.inpatient.model import AdmissionState, DepositQuote
from server.inpatient.texts import still_needed

LEAST_FEN = 1


def must_be_taken(state: AdmissionState, quote: DepositQuote, amount_fen: int) -> None:
    """Raises BadInput, with what is still needed and why, for a sum that the HIS would not take now."""
    if state is not AdmissionState.ADMITTED:
        raise BadInput("no longer admitted", user_message="已办理出院，不能再交预交金，请办理出院结算。")
    if amount_fen < LEAST_FEN and quote.needed_fen:
        raise BadInput("no amount", user_message="请填写要交的金额。")
    if amount_fen > quote.needed_fen or not quote.needed_fen:
        raise BadInput("more than is needed", user_message=still_needed(quote))
