"""Which bills a session may see: those of bound cards, and those that a QR scanned in this session names."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from server.core.errors import NotFound, OutsideError, OutsideRefusal
from server.core.ports import Clock, Sealer
from server.patients.model import BoundCard, ScannedBills, Session, mask_card, mask_name
from server.patients.ports import CardStore
from server.patients.visible_cards import bound_cards, card_key, live_scans, scan_of
from server.payments.ports import PaymentStore
from server.payments.purposes.bills.bill_list_cache import BillListCache
from server.payments.purposes.bills.model import Bill, BillStatus, claim_of, settled_together, within_limit
from server.payments.purposes.bills.ports import BillSystem, BillSystems
from server.payments.rules.claim_holders import ClaimHolder, claim_holders


@dataclass(frozen=True, slots=True)
class PatientBills:
    """The bills of one card: ``bills`` are still to be paid, ``settled`` are not, though the HIS or a scan still shows them.

    ``payments``: what our own payments say of any of them, by bill number. ``card_key`` names the card in addresses without telling
    its number; ``problem`` is the HIS's word, for the person, on a card whose bills it does not give.
    """

    name_masked: str
    card_masked: str
    card_key: str
    bills: tuple[Bill, ...]
    bound: bool
    scanned: bool
    problem: str = ""
    settled: tuple[Bill, ...] = ()
    payments: Mapping[str, ClaimHolder] = field(default_factory=dict)


async def _bill_or_why_not(his: BillSystem, card_no: str, bill_no: str) -> Bill | OutsideError | None:
    """A card of which the HIS does not speak may stand beside the one that has the bill."""
    try:
        return await his.bill(card_no, bill_no)
    except OutsideError as error:
        return error


def _sorted_out(entry: PatientBills, held: Mapping[str, ClaimHolder]) -> PatientBills:
    """``entry`` with the bills that nobody needs to pay any more set apart."""
    payments = {bill.bill_no: held[bill.bill_no] for bill in entry.bills if bill.bill_no in held}
    taken = {bill_no for bill_no, payment in payments.items() if payment.has_money}
    to_pay: list[Bill] = []
    settled: list[Bill] = []
    for bill in entry.bills:
        is_open = bill.status is BillStatus.UNPAID and bill.bill_no not in taken
        (to_pay if is_open else settled).append(bill)
    return replace(entry, bills=tuple(to_pay), settled=tuple(settled), payments=payments)


class BillService:
    """Asks the HIS, always within what the session may see."""

    def __init__(
        self,
        systems: BillSystems,
        lists: BillListCache,
        cards: CardStore,
        payments: PaymentStore,
        sealer: Sealer,
        clock: Clock,
    ) -> None:
        self._systems = systems
        self._lists = lists
        self._cards = cards
        self._payments = payments
        self._sealer = sealer
        self._clock = clock

    async def unpaid(self, session: Session, bound: tuple[BoundCard, ...] | None = None) -> tuple[PatientBills, ...]:
        """One entry per visible card, scanned ones first; an entry may have no bills. A card that the HIS refuses hides no other's.

        A bill of which the channel holds the money is ``settled``, whatever the HIS says, and so is a scanned bill that is paid. ``bound``:
        the person's cards, where they have been read.
        """
        cards = await bound_cards(self._cards, session, bound)
        entries, failed = await self.known(session, cards, live_scans(session, self._clock))
        if failed:
            raise failed[0]
        return entries

    async def known(
        self, session: Session, bound: Sequence[BoundCard], scans: Sequence[ScannedBills]
    ) -> tuple[tuple[PatientBills, ...], Sequence[OutsideError]]:
        """`unpaid`, of these cards and scans, and the errors of those whose bills can't be known now: they have no entry."""
        bound_numbers = {card.card_no for card in bound}
        scanned_numbers = dict.fromkeys(scan.card_no for scan in scans)
        only_scanned = [number for number in scanned_numbers if number not in bound_numbers]
        asked = await asyncio.gather(
            *(self._of_scans(session, number, [s for s in scans if s.card_no == number]) for number in only_scanned),
            *(self._of_card(session, card, card.card_no in scanned_numbers) for card in bound),
            return_exceptions=True,
        )
        found, failed = [], []
        for one in asked:
            if isinstance(one, PatientBills):
                found.append(one)
            elif isinstance(one, OutsideError):
                failed.append(one)
            else:
                raise one
        held = await self.payments_of(session, [bill.bill_no for entry in found for bill in entry.bills])
        entries = sorted((_sorted_out(entry, held) for entry in found), key=lambda entry: not entry.scanned)
        return tuple(entries), failed

    def changed(self, hospital_id: str, card_no: str) -> None:
        """The HIS says that it has other bills of this card now."""
        self._lists.changed(hospital_id, card_no)

    async def payments_of(self, session: Session, bill_nos: Sequence[str]) -> Mapping[str, ClaimHolder]:
        """The live payments that hold these bills, by bill number, as this person may know them."""
        claims = [claim_of(bill_no) for bill_no in bill_nos]
        live = await self._payments.by_claims(session.hospital, claims) if claims else ()
        return claim_holders(live, session.owners)

    async def one(self, session: Session, bill_no: str) -> Bill:
        """The bill with its items, paid ones too. Raises NotFound for one that this session may not see."""
        return await self._one(session, bill_no, await self._cards_for(session, [bill_no]))

    async def _cards_for(self, session: Session, bill_nos: Collection[str]) -> tuple[BoundCard, ...]:
        """Read once for all of these bills; not at all where a scan has named each of them."""
        is_scanned = all(scan_of(session, [bill_no], self._clock) is not None for bill_no in bill_nos)
        return () if is_scanned else await bound_cards(self._cards, session)

    async def _one(self, session: Session, bill_no: str, bound: Sequence[BoundCard]) -> Bill:
        his, scan = self._systems[session.hospital], scan_of(session, [bill_no], self._clock)
        numbers = [scan.card_no] if scan is not None else [card.card_no for card in bound]
        found = await asyncio.gather(*(_bill_or_why_not(his, number, bill_no) for number in numbers))
        for told in found:
            if isinstance(told, Bill):
                return told
        for told in found:
            if isinstance(told, OutsideError):
                raise told
        raise NotFound("bill", user_message="没有找到这张缴费单，请重新扫码或从列表进入。")

    async def payable(self, session: Session, bill_nos: Sequence[str]) -> tuple[Sequence[Bill], int]:
        """The bills, paid ones too, and what the person pays for them together: their own parts, or what the HIS makes of them
        now where it settles with the insurance first. Raises NotFound, BadInput, OutsideError.
        """
        chosen = dict.fromkeys(bill_nos)
        within_limit(len(chosen))
        bound = await self._cards_for(session, chosen)
        bills = await asyncio.gather(*(self._one(session, bill_no, bound) for bill_no in chosen))
        his = self._systems[session.hospital]
        if not his.capabilities.presettle or any(bill.status is not BillStatus.UNPAID for bill in bills) or not bills:
            return bills, sum(bill.own_fen for bill in bills)
        settled_together(bills)
        return bills, await his.presettle(bills[0].card_no, list(chosen))

    async def _of_scans(self, session: Session, card_no: str, scans: Sequence[ScannedBills]) -> PatientBills:
        his = self._systems[session.hospital]
        bill_nos = dict.fromkeys(number for scan in scans for number in scan.bill_nos)
        found = await asyncio.gather(*(his.bill(card_no, number) for number in bill_nos))
        told = tuple(bill for bill in found if bill is not None)
        return self._entry(session, card_no, scans[0].name, told, bound=False, scanned=True)

    async def _of_card(self, session: Session, card: BoundCard, scanned: bool) -> PatientBills:
        bills: tuple[Bill, ...] = ()
        problem = ""
        try:
            bills = tuple(await self._lists.unpaid(session, card.card_no))
        except OutsideRefusal as refusal:
            problem = refusal.user_message
        entry = self._entry(session, card.card_no, card.name, bills, bound=True, scanned=scanned)
        return replace(entry, problem=problem)

    def _entry(
        self, session: Session, card_no: str, name: str, bills: tuple[Bill, ...], *, bound: bool, scanned: bool
    ) -> PatientBills:
        key = card_key(self._sealer, session.hospital, card_no)
        return PatientBills(mask_name(name), mask_card(card_no), key, bills, bound, scanned)
