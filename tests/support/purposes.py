"""Two purposes that exist only here: a registration, whose slot is held for its payment, and an insured bill of two parts on two channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from server.core.errors import NotFound, OutsideRefusal, RefusedInWords
from server.patients.model import Session
from server.payments.his_ports import RefundAsked, RefundTold
from server.payments.his_trades import HisTrades
from server.payments.model import Booking, Payment
from server.payments.purpose import PurposeTexts, Quote, QuotedPart
from server.payments.subject import Charge, Subject
from tests.support.builders import CARD, HOSPITAL
from tests.support.clock_and_ids import MORNING
from tests.support.outside import a_hospital
from tests.support.played import Played

REGISTRATION, INSURED = "test_registration", "test_insured"
FUND, CASH = "fund", "cash"
TEXTS = PurposeTexts(title="测试用途", taken="已由{who}。", being_closed="正在取消。", contended="请稍后再试。")


def a_charge(number: str, own_fen: int) -> Charge:
    return Charge(number=number, kind="test", department="测试科", doctor="", issued_at=MORNING, own_fen=own_fen)


class Books(Played):
    """What the hospital has booked, by our number, and what of it is written off, by our refund's number. For `HisTrades` it is the HIS."""

    def __init__(self) -> None:
        super().__init__()
        self.booked: dict[str, int] = {}
        self.written_off: dict[str, tuple[str, int]] = {}
        self.refuses: Callable[[str], bool] = lambda number: False
        """Does it refuse to book this number, for good?"""

    async def book(self, payment: Payment) -> Booking:
        await self._begin("book", payment.id)
        if payment.id not in self.booked and self.refuses(payment.id):
            raise OutsideRefusal("his", "REFUSED")
        self._must_have_room(payment)
        self.booked[payment.id] = payment.amount_fen
        self._end("book")
        return Booking(his_trade_no=f"T{payment.id[-6:]}", receipt_no="R1")

    def _must_have_room(self, payment: Payment) -> None:
        """Raises OutsideRefusal for what can't be booked."""

    async def check(self, out_trade_no: str) -> Booking | None:
        await self._begin("check", out_trade_no)
        held = out_trade_no in self.booked
        return Booking(his_trade_no=f"T{out_trade_no[-6:]}", receipt_no="R1") if held else None

    async def refund_check(self, asked: RefundAsked) -> str:
        """It forbids nothing, and fails never."""
        return ""

    async def refund_release(self, asked: RefundAsked) -> str:
        await self._begin("refund_release", asked.out_refund_no)
        self.written_off[asked.out_refund_no] = (asked.out_trade_no, asked.amount_fen)
        self._end("refund_release")
        return f"W{asked.out_refund_no[-6:]}"

    async def refund_notify(self, told: RefundTold) -> None:
        """It has written off before the money went."""

    def held_fen(self, number: str) -> int:
        gone = sum(fen for whose, fen in self.written_off.values() if whose == number)
        return self.booked.get(number, 0) - gone


class Slots(Books):
    """A registration system: a slot is held under our number, booked, or free. A hold that comes after its end comes to nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[str, str] = {}
        self.ended: set[str] = set()

    async def hold(self, payment: Payment) -> None:
        await self._begin("hold", payment.id)
        slot = payment.personal.subject.facts
        if payment.id in self.ended or self.held.get(slot, payment.id) != payment.id:
            raise RefusedInWords("slots", "TAKEN", user_message="号源已被占用。")
        self.held[slot] = payment.id
        self._end("hold")

    async def free(self, payment: Payment) -> None:
        await self._begin("free", payment.id)
        if payment.id not in self.booked:
            self.ended.add(payment.id)
            self.held = {slot: number for slot, number in self.held.items() if number != payment.id}
        self._end("free")

    def _must_have_room(self, payment: Payment) -> None:
        if self.held.get(payment.personal.subject.facts) != payment.id:
            raise OutsideRefusal("slots", "REFUSED")


class _TestPurpose(HisTrades):
    texts = TEXTS

    def __init__(self, books: Books) -> None:
        super().__init__({HOSPITAL: a_hospital(his=books)})
        self._books = books

    async def book(self, payment: Payment) -> Booking:
        return await self._books.book(payment)


class RegistrationPurpose(_TestPurpose):
    name = REGISTRATION
    FEE_FEN = 2000

    def __init__(self, slots: Slots) -> None:
        super().__init__(slots)
        self._slots = slots

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        if len(chosen) != 1:
            raise NotFound("one slot", user_message="请选择一个号。")
        [slot] = chosen
        return Quote(
            parts=(QuotedPart(amount_fen=self.FEE_FEN),),
            claims=(f"slot:{slot}",),
            description="测试医院 预约挂号",
            patient_name="张测试",
            card_no=CARD,
            subject=Subject(charges=(a_charge(slot, self.FEE_FEN),), facts=slot),
            holds=True,
        )

    async def hold(self, payment: Payment) -> None:
        await self._slots.hold(payment)

    async def on_closed(self, payment: Payment) -> None:
        await self._slots.free(payment)


class InsuredPurpose(_TestPurpose):
    """The fund pays first, on a channel of its own, and is undone first; the rest is cash on the payer's channel."""

    name = INSURED
    FUND_FEN, CASH_FEN = 700, 300

    def __init__(self, books: Books, fund_channel: str) -> None:
        super().__init__(books)
        self._fund_channel = fund_channel

    async def quote(self, session: Session, chosen: Sequence[str]) -> Quote:
        total_fen = self.FUND_FEN + self.CASH_FEN
        return Quote(
            parts=(
                QuotedPart(amount_fen=self.FUND_FEN, kind=FUND, channel=self._fund_channel, undo_order=0),
                QuotedPart(amount_fen=self.CASH_FEN, kind=CASH, undo_order=1),
            ),
            claims=tuple(f"insured:{number}" for number in chosen),
            description="测试医院 医保缴费",
            patient_name="张测试",
            card_no=CARD,
            subject=Subject(charges=tuple(a_charge(number, total_fen) for number in chosen)),
        )
