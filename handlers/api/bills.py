"""Cards and bills."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel

from handlers.api import bill_models, models
from handlers.api.door import ApiDoor
from handlers.api.operation import Operation, operation
from server.domain.bills import Bill
from server.services.cards import CODE_LIFE, CardView


def _card(card: CardView) -> models.CardTold:
    return models.CardTold(card_key=card.card_key, name_masked=card.name_masked, card_masked=card.card_masked)


def bill_told(bill: Bill, *, with_items: bool) -> bill_models.BillTold:
    items = [
        bill_models.BillItemTold(
            name=item.name,
            category=item.category,
            spec=item.spec,
            unit=item.unit,
            quantity=str(item.quantity),
            unit_price_fen=item.unit_price_fen,
            amount_fen=item.amount_fen,
        )
        for item in bill.items
    ]
    return bill_models.BillTold(
        bill_no=bill.bill_no,
        department=bill.department,
        doctor=bill.doctor,
        issued_at=bill.issued_at,
        status=bill.status.value,
        total_fen=bill.total_fen,
        fund_fen=bill.fund_fen,
        account_fen=bill.account_fen,
        own_fen=bill.own_fen,
        settle_group=bill.settle_group or None,
        items=items if with_items else None,
    )


class CardsDoor(ApiDoor):
    @operation(Operation(summary="我的就诊卡", answer=models.CardPage))
    async def get(self, asked: None) -> BaseModel:
        """At most ten in each entrance, so always one page."""
        cards = await self.services.cards.mine(self.session)
        return models.CardPage(items=[_card(card) for card in cards], next=None)

    @operation(Operation(summary="绑定就诊卡", body=models.CardAsked, answer=models.CardTold, status=201))
    async def post(self, asked: models.CardAsked) -> models.CardTold:
        return _card(await self.services.cards.bind(self.session, asked.card_key, asked.code, own=asked.own))


class CardCodesDoor(ApiDoor):
    @operation(
        Operation(
            summary="发送绑卡验证码到医院登记的手机",
            body=models.CardCodeAsked,
            answer=models.CardCodeTold,
            status=201,
            refuses=(403,),
        )
    )
    async def post(self, asked: models.CardCodeAsked) -> models.CardCodeTold:
        cards = self.services.cards
        if asked.card_key is not None:
            sent = await cards.offer(self.session, asked.card_key)
        else:
            sent = await cards.send_code(self.session, asked.card_no or "", asked.name or "")
        return models.CardCodeTold(
            card_key=sent.card_key, phone_masked=sent.phone_masked, valid_seconds=int(CODE_LIFE.total_seconds())
        )


class CardDoor(ApiDoor):
    @operation(Operation(summary="解除绑定，所有入口立即生效", status=204))
    async def delete(self, asked: None) -> None:
        await self.services.cards.unbind(self.session, self.path_kwargs["card_key"] or "")


class BillsDoor(ApiDoor):
    @operation(Operation(summary="待缴费用，按就诊人", answer=bill_models.BillPage))
    async def get(self, asked: None) -> BaseModel:
        entries = await self.services.bills.unpaid(self.session)
        items = [
            bill_models.PatientBillsTold(
                card_key=entry.card_key,
                name_masked=entry.name_masked,
                from_scan=entry.scanned and not entry.bound,
                bills=[bill_told(bill, with_items=False) for bill in entry.bills],
                problem=entry.problem or None,
            )
            for entry in entries
        ]
        return bill_models.BillPage(items=items, next=None)


class BillDoor(ApiDoor):
    @operation(Operation(summary="缴费单明细", answer=bill_models.BillTold))
    async def get(self, asked: None) -> bill_models.BillTold:
        [bill], own_fen = await self.services.bills.payable(self.session, [self.path_kwargs["bill_no"] or ""])
        return bill_told(replace(bill, own_fen=own_fen), with_items=True)
