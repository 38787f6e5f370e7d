"""Which bills are paid together and what is refused in words; what a purpose quotes of them; and what a scan gives to a session."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from server.core.errors import BadInput, ChargeChanged, LoginNeeded, NotFound, OutcomeUnknown
from server.needs.model import Asked, Urgency
from server.patients.model import BoundCard, Session
from server.payments.purpose import Quote
from server.payments.purposes.bills.model import (
    Bill,
    BillStatus,
    description_of,
    settled_together,
    subject_of,
    within_limit,
)
from server.payments.purposes.bills.needs import BillNeeds
from server.payments.purposes.bills.purpose import BillsPurpose
from server.payments.purposes.bills.scans import ScanService
from server.payments.purposes.bills.service import BillService, PatientBills
from settings import ROOT
from tests.support.builders import CARD, HOSPITAL, a_bill, a_scan, a_session
from tests.support.clock_and_ids import MORNING, FakeClock
from tests.support.in_memory_app import InMemoryApp
from tests.support.outside import FaithfulHis, a_hospital

MANY = [a_bill(f"B{number}") for number in range(21)]


def test_bills_of_one_group_are_paid_in_one_sum() -> None:
    assert settled_together(MANY[:20]) == 20 * 1234
    assert settled_together([a_bill(settle_group="")]) == 1234
    assert settled_together([a_bill(own_fen=0)]) == 0


@pytest.mark.parametrize(
    ("bills", "error", "words"),
    [
        ([], NotFound, "没有可支付的缴费单。"),
        ([a_bill("B1"), a_bill("B2", card_no="C2")], BadInput, "这些缴费单不能合并支付，请分开支付。"),
        ([a_bill("B1"), a_bill("B2", settle_group="H")], BadInput, "这些缴费单不能合并支付，请分开支付。"),
        ([a_bill("B1", settle_group=""), a_bill("B2", settle_group="")], BadInput, "这些缴费单不能合并支付，请分开支付。"),
        ([a_bill("B1"), a_bill("B1")], BadInput, "同一张缴费单选了两次，请重新选择。"),
        ([a_bill("B1", own_fen=-1)], BadInput, "缴费单金额异常，请到收费窗口处理。"),
    ],
)  # fmt: skip
def test_what_is_not_paid_together_is_said(bills: list[Bill], error: type[BadInput], words: str) -> None:
    with pytest.raises(error) as told:
        settled_together(bills)
    assert told.value.user_message == words


@pytest.mark.parametrize("status", [BillStatus.PAID, BillStatus.REFUNDED, BillStatus.CANCELLED])
def test_what_is_no_longer_unpaid_is_not_paid(status: BillStatus) -> None:
    with pytest.raises(ChargeChanged, match=status):
        settled_together([a_bill(status=status)])


def test_twenty_are_the_most() -> None:
    within_limit(20)
    with pytest.raises(BadInput) as told:
        within_limit(21)
    assert told.value.user_message == "一次最多支付 20 张缴费单，请分开支付。"
    assert description_of("测试医院") == "测试医院 门诊缴费"


def test_one_place_says_how_many_are_the_most() -> None:
    texts = {path: path.read_text("utf-8") for name in ("server", "handlers") for path in (ROOT / name).rglob("*.py")}
    said = [path.relative_to(ROOT).as_posix() for path, text in texts.items() if "一次最多支付" in text]
    assert said == ["server/payments/purposes/bills/model.py"]


def test_bills_are_kept_as_their_charges_and_the_group_of_the_first() -> None:
    subject = subject_of([a_bill("B1", settle_group="G"), a_bill("B2", settle_group="H")])
    assert (subject.numbers, subject.facts, subject_of([]).facts) == (("B1", "B2"), "G", "")


# ---- what is quoted ---------------------------------------------------------------------------------------------------------------------


class Payable:
    """What may be paid: these bills, for this sum."""

    def __init__(self, amount_fen: int, *bills: Bill) -> None:
        self.told = list(bills), amount_fen

    async def payable(self, session: Session, chosen: list[str]) -> tuple[list[Bill], int]:
        assert (session.hospital, chosen) == (HOSPITAL, ["B1"])
        return self.told


async def quoted(amount_fen: int, *bills: Bill, session: Session | None = None) -> Quote:
    payable = cast("BillService", Payable(amount_fen, *bills))
    purpose = BillsPurpose({HOSPITAL: a_hospital()}, {}, payable, FakeClock())
    return await purpose.quote(session or a_session("zhang"), ["B1"])


@pytest.mark.asyncio
async def test_what_bills_cost_and_where_their_payment_began() -> None:
    first, second = a_bill("B1"), a_bill("B2", patient_name="别人")
    quote = await quoted(700, first, second, session=a_session("zhang", a_scan("B1", "B2")))
    assert ([part.amount_fen for part in quote.parts], quote.claims) == ([700], ("bill:B1", "bill:B2"))
    assert (quote.patient_name, quote.card_no, quote.description) == ("张测试", CARD, "测试医院 门诊缴费")
    assert quote.subject == subject_of([first, second])
    assert quote.origin == a_scan().origin
    assert (await quoted(0, first)).origin is None
    assert (await quoted(0, first, second, session=a_session("zhang", a_scan("B1")))).origin is None


@pytest.mark.asyncio
async def test_a_sum_below_nothing_and_bills_that_do_not_go_together_are_quoted_to_nobody() -> None:
    assert (await quoted(0, a_bill("B1"))).amount_fen == 0
    with pytest.raises(BadInput) as told:
        await quoted(-1, a_bill("B1"))
    assert told.value.user_message == "缴费单金额异常，请到收费窗口处理。"
    with pytest.raises(BadInput, match="different groups"):
        await quoted(700, a_bill("B1"), a_bill("B2", card_no="C2"))


# ---- scans ----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio
class TestScans:
    def scans(self, memory_app: InMemoryApp) -> ScanService:
        return memory_app.scans

    async def test_what_is_sealed_is_opened_and_given_to_the_session_the_newest_first(self) -> None:
        memory_app = InMemoryApp()
        session = a_session("zhang", linked=("wechat:other:zhang",))
        await memory_app.stores.sessions.put(session)
        sealed = []
        for number in range(12):
            scan = a_scan(f"B{number}", expires_at=MORNING + timedelta(hours=1, minutes=number))
            sealed.append(self.scans(memory_app).make(HOSPITAL, scan).url.rpartition("/")[2])
            opened = self.scans(memory_app).open(sealed[-1])
            assert (opened.hospital_id, opened.scanned) == (HOSPITAL, scan)
            session = await self.scans(memory_app).attach(session, sealed[-1])
        assert session.linked == ("wechat:other:zhang",)
        assert [scan.bill_nos[0] for scan in session.scans] == [f"B{number}" for number in range(11, 1, -1)]
        again = await self.scans(memory_app).attach(session, sealed[5])
        assert [scan.bill_nos[0] for scan in again.scans][:2] == ["B5", "B11"]
        assert len(again.scans) == 10
        memory_app.clock.forward(hours=1, minutes=10)
        left = await self.scans(memory_app).attach(again, sealed[11])
        assert [scan.bill_nos[0] for scan in left.scans] == ["B11"]

    async def test_not_of_another_hospital_nor_for_a_session_that_has_ended(self) -> None:
        memory_app = InMemoryApp()
        sealed = self.scans(memory_app).make(HOSPITAL, a_scan("B1")).url.rpartition("/")[2]
        with pytest.raises(NotFound):
            await self.scans(memory_app).attach(replace(a_session("zhang"), hospital="other"), sealed)
        with pytest.raises(LoginNeeded):
            await self.scans(memory_app).attach(a_session("zhang"), sealed)

    async def test_more_bills_than_one_payment_holds_are_not_printed(self) -> None:
        with pytest.raises(BadInput):
            self.scans(InMemoryApp()).make(HOSPITAL, a_scan(*(f"B{number}" for number in range(21))))


# ---- the first page ---------------------------------------------------------------------------------------------------------------------


def asked(session: Session, *card_nos: str, **fields: Any) -> Asked:
    owner = session.identity.key
    cards = tuple(BoundCard(hospital=HOSPITAL, owner=owner, card_no=card_no, name="张测试") for card_no in card_nos)
    return Asked(session=session, cards=cards, scans=session.scans, **fields)


@pytest.mark.asyncio
async def test_what_is_owed_stands_on_the_first_page_once() -> None:
    older = a_bill("B 2", 500, department="骨科", issued_at=MORNING - timedelta(hours=2))
    memory_app = InMemoryApp(a_hospital(his=FaithfulHis(a_bill("B1"), older, a_bill("C1", card_no="C0000002"))))
    needs = BillNeeds(memory_app.bills)
    session = a_session("zhang", a_scan("C1", card_no="C0000002"), a_scan("C1", card_no="C0000003"))
    told = await needs.needs(asked(session, CARD))
    of_scan, of_card = told.needs
    assert (told.is_whole, needs.places(HOSPITAL)) == (True, ())
    assert (of_scan.page, of_scan.card_no, of_scan.about) == ("bills/C1", "C0000002", ("bill:C1",))
    assert (of_card.page, of_card.about, of_card.at) == ("bills", ("bill:B1", "bill:B 2"), older.issued_at)
    assert (of_card.text, of_card.urgency) == ("骨科、测试内科", Urgency.TO_DO)
    assert "17.34" in of_card.title
    memory_app.his.will("unpaid_bills", OutcomeUnknown("his"))
    part = await needs.needs(asked(a_session("zhang"), CARD))
    assert (part.needs, part.is_whole) == ((), False)


class OnTwoCards:
    """A HIS that shows one bill on both cards of a person."""

    async def known(self, *asked_for: object) -> tuple[tuple[PatientBills, ...], tuple[()]]:
        both = ((a_bill("B1"), a_bill("B2")), (a_bill("B2"), a_bill("B1")), (a_bill("B2"), a_bill("B3")))
        return tuple(PatientBills("张*", "****0001", "key", bills, bound=True, scanned=False) for bills in both), ()


@pytest.mark.asyncio
async def test_a_bill_that_stands_on_two_cards_is_said_once() -> None:
    told = await BillNeeds(cast("BillService", OnTwoCards())).needs(asked(a_session("zhang")))
    assert [need.about for need in told.needs] == [("bill:B1", "bill:B2"), ("bill:B3",)]
