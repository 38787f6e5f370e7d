"""A short cache of the HIS's lists of unpaid bills: whoever goes to a bill and back does not ask it again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime

from server.core.newest import put_newest
from server.core.ports import Clock
from server.patients.model import Session
from server.payments.model import Payment
from server.payments.purposes.bills.model import Bill
from server.payments.purposes.bills.ports import BillSystems

CARDS_MAX = 512
_Told = dict[str, tuple[datetime, Sequence[Bill]]]
"""By the key of the identity that asked."""


class BillListCache:
    """The HIS's answers to one person about one card, each good for the hospital's ``bills_kept`` (docs/decisions/0072-cache-of-bill-lists.md).
    They are for the list alone: whoever opens a bill or pays has the HIS asked anew.

    An answer ends early when this process stores a payment for that card, and when the HIS says that the card's bills have changed. One
    that is still on its way then is kept for nobody.
    """

    def __init__(self, systems: BillSystems, clock: Clock) -> None:
        self._systems = systems
        self._clock = clock
        self._cards: OrderedDict[tuple[str, str], _Told] = OrderedDict()

    async def unpaid(self, session: Session, card_no: str) -> Sequence[Bill]:
        """As the HIS tells now, or told this person within ``bills_kept``. Raises OutsideError."""
        his, now = self._systems[session.hospital], self._clock.now()
        if not his.capabilities.bills_kept:
            return await his.unpaid_bills(card_no)
        of_card, who = self._of(session.hospital, card_no), session.identity.key
        told = of_card.get(who)
        if told is not None and now - told[0] < his.capabilities.bills_kept:
            return told[1]
        bills = await his.unpaid_bills(card_no)
        of_card[who] = now, bills  # if they have changed meanwhile, nobody looks into `of_card` any more
        return bills

    def changed(self, hospital_id: str, card_no: str) -> None:
        """The HIS has other bills of this card now."""
        self._cards.pop((hospital_id, card_no), None)

    def stored(self, payment: Payment) -> None:
        """This process has stored the payment as it is now."""
        self.changed(payment.hospital, payment.personal.card_no)

    def _of(self, hospital_id: str, card_no: str) -> _Told:
        place = (hospital_id, card_no)
        of_card = self._cards.get(place, {})
        put_newest(self._cards, place, of_card, CARDS_MAX)
        return of_card
