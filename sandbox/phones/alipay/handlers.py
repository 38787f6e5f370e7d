"""What the Alipay client asks its platform before it shows the cashier: is there such a trade, and is it this person's?"""

from __future__ import annotations

from tornado.routing import PathMatches, Rule
from tornado.web import HTTPError

from sandbox.phones.alipay.world import AlipayWorld
from sandbox.phones.of_phone import OfThisPhone, PageParts
from sandbox.phones.pages import AssetHandler

REASONS = {"paid": "交易已支付", "closed": "交易已关闭"}


class CashierHandler(OfThisPhone):
    """``POST /phone/alipay/cashier`` ``{tradeNO}`` → what the sheet shows, or 403 ``{message}`` in the client's words."""

    def initialize(self, world: AlipayWorld, kind: str, page: PageParts) -> None:
        super().initialize_phone(kind, page)
        self._world = world

    def post(self) -> None:
        buyer_id = self._world.user_id_of(self.number())
        if buyer_id is None:
            raise HTTPError(404, "没有这部手机")
        trade_no = self.body().get("tradeNO")
        trade = self._world.trade(trade_no) if isinstance(trade_no, str) and trade_no else None
        if trade is None:
            raise HTTPError(403, "系统繁忙，请稍后再试（ALI64：订单不存在）")
        if trade.buyer_id != buyer_id:
            raise HTTPError(403, "付款人与下单人不是同一个人")
        if trade.payable != "yes":
            raise HTTPError(403, REASONS[trade.payable])
        shown = {"amount_fen": trade.amount_fen, "payee": trade.payee, "description": trade.description}
        self.write({"trade_no": trade.trade_no, **shown})


def rules(world: AlipayWorld, kind: str, page: PageParts, static: str) -> list[Rule]:
    return [
        Rule(PathMatches(r"/phone/alipay/cashier"), CashierHandler, {"world": world, "kind": kind, "page": page}),
        Rule(PathMatches(r"/as/g/h5-lib/alipayjsapi/[0-9.]+/(alipayjsapi\.min\.js)"), AssetHandler, {"path": static}),
    ]
