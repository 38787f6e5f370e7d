"""Unpaid bills on the first page: those of bound cards, and those of a scan."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from server.needs.model import Asked, Need, Place, Told, Urgency
from server.payments.purposes.bills.model import BILLS, Bill, claim_of
from server.payments.purposes.bills.service import BillService
from server.payments.purposes.bills.texts import to_pay_text


class BillNeeds:
    name = BILLS

    def __init__(self, bills: BillService) -> None:
        self._bills = bills

    def places(self, hospital: str) -> Sequence[Place]:
        """None: the bills stand among the tabs of every page."""
        return ()

    async def needs(self, asked: Asked) -> Told:
        entries, failed = await self._bills.known(asked.session, asked.cards, asked.scans)
        told: set[str] = set()
        needs = []
        for entry in entries:
            bills = [bill for bill in entry.bills if bill.bill_no not in told]
            told.update(bill.bill_no for bill in bills)
            if bills:
                needs.append(_need(bills))
        return Told(tuple(needs), is_whole=not failed)


def _need(bills: Sequence[Bill]) -> Need:
    [first, *others] = sorted(bills, key=lambda bill: bill.issued_at)
    return Need(
        about=tuple(claim_of(bill.bill_no) for bill in bills),
        card_no=first.card_no,
        title=to_pay_text(len(bills), sum(bill.own_fen for bill in bills)),
        text="、".join(dict.fromkeys(bill.department for bill in (first, *others))),
        page="bills" if others else f"bills/{quote(first.bill_no, safe='')}",
        urgency=Urgency.TO_DO,
        at=first.issued_at,
    )
