"""The files of a day or a month (section 8): a zip of two CSV in GBK, the names inside it in GBK too."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sandbox.alipay.fields import clock_text, yuan
from sandbox.world.wire import Record

TRADE_COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,"
    "支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
TRADE_SUMS = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
FUND_COLUMNS = "账务流水号,业务流水号,商户订单号,商品名称,发生时间,对方账号,收入金额（+元）,支出金额（-元）,账户余额（元）,交易渠道,业务类型,备注"
FUND_SUMS = "类型,收入笔数,收入金额（+元）,支出笔数,支出金额（-元）,总金额（元）"
TABBED = {0, 1, 2, 6, 7, 8, 9, 10, 21}


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days in China, ``last`` included."""

    first: date
    last: date
    exported: datetime
    seller_id: str

    def head(self, kind: str) -> list[str]:
        return [
            f"#支付宝{kind}查询",
            f"#账号：[{self.seller_id}0156]",
            f"#起始日期：[{_day(self.first)} 00:00:00]   终止日期：[{_day(self.last)} 24:00:00]",
        ]

    def tail(self) -> str:
        return f"#导出时间：[{self.exported:%Y年%m月%d日 %H:%M:%S}]"

    @property
    def stamp(self) -> str:
        is_day = self.first == self.last
        return f"{self.first:%Y%m%d}" if is_day else f"{self.first:%Y%m}"


def _day(day: date) -> str:
    return f"{day:%Y年%m月%d日}"


def trade_file(rows: Sequence[Record], span: Span) -> bytes:
    """bill_type ``trade``: 业务明细 and its summary."""
    paid = [row["amount_fen"] for row in rows if row["kind"] == "payment"]
    back = [row["amount_fen"] for row in rows if row["kind"] == "refund"]
    detail = [
        *span.head("业务明细"),
        f"#{'-' * 41}业务明细列表{'-' * 40}",
        TRADE_COLUMNS,
        *(_line(_trade_cells(row), TABBED) for row in rows),
        f"#{'-' * 41}业务明细列表结束{'-' * 36}",
        f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid))}元，商家优惠共0.00元",
        f"#退款合计：{len(back)}笔，商家实收退款共{yuan(-sum(back))}元，商家优惠退款共0.00元",
        span.tail(),
    ]
    sums = [len(paid), len(back), yuan(sum(paid)), yuan(sum(paid)), *["0.00"] * 5, yuan(sum(paid) - sum(back))]
    summary = [*span.head("业务汇总"), TRADE_SUMS, ",".join(map(str, ["合计", "", *sums])), span.tail()]
    return _zipped(span, "业务明细", detail, summary)


def _trade_cells(row: Record) -> list[str]:
    trade, refund = row["trade"], row.get("refund")
    amount = yuan(row["amount_fen"] if refund is None else -row["amount_fen"])
    ends = [refund["out_request_no"] if refund else "", "0.00", "0.00", refund["reason"] if refund else ""]
    return [
        trade["trade_no"], trade["out_trade_no"], "退款" if refund else "交易", trade["subject"].replace(",", "，"),
        clock_text(trade["created"]), clock_text(row["time"]), "", "", "", "", row["payer"], amount, amount,
        *["0.00"] * 5, "", "0.00", "0.00", *ends,
    ]  # fmt: skip


def fund_file(rows: Sequence[Record], span: Span) -> bytes:
    """bill_type ``signcustomer``: 账务明细 and its summary."""
    lines, balance = [], 0
    for index, row in enumerate(rows, start=1):
        refund, amount_fen = row.get("refund"), row["amount_fen"]
        balance += -amount_fen if refund else amount_fen
        moved = ["0.00", yuan(-amount_fen)] if refund else [yuan(amount_fen), "0.00"]
        cells = [
            f"{row['trade']['trade_no']}{index:04d}", row["trade"]["trade_no"], row["trade"]["out_trade_no"],
            row["trade"]["subject"].replace(",", "，"), clock_text(row["time"]), row["payer"], *moved, yuan(balance), "支付宝",
            "交易退款" if refund else "在线支付", "",
        ]  # fmt: skip
        lines.append(_line(cells, {0, 1, 2, 5}))
    paid = [row["amount_fen"] for row in rows if row["kind"] == "payment"]
    back = [row["amount_fen"] for row in rows if row["kind"] == "refund"]
    detail = [
        *span.head("账务明细"),
        f"#{'-' * 41}账务明细列表{'-' * 40}",
        FUND_COLUMNS,
        *lines,
        f"#{'-' * 41}账务明细列表结束{'-' * 36}",
        f"#支出合计：{len(back)}笔，共{yuan(-sum(back))}元",
        f"#收入合计：{len(paid)}笔，共{yuan(sum(paid))}元",
        span.tail(),
    ]
    totals = [len(paid), yuan(sum(paid)), len(back), yuan(-sum(back)), yuan(sum(paid) - sum(back))]
    summary = [*span.head("账务汇总"), FUND_SUMS, ",".join(map(str, ["合计", *totals])), span.tail()]
    return _zipped(span, "账务明细", detail, summary)


def _line(cells: Sequence[str], tabbed: set[int]) -> str:
    return ",".join(f"{cell}\t" if index in tabbed else cell for index, cell in enumerate(cells))


def _zipped(span: Span, kind: str, detail: list[str], summary: list[str]) -> bytes:
    """The summary first: who chooses by order reads the wrong one."""
    out, name = io.BytesIO(), f"{span.seller_id}_{span.stamp}_{kind}"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, lines in ((f"{name}(汇总).csv", summary), (f"{name}.csv", detail)):
            body = "".join(f"{line}\r\n" for line in lines).encode("gbk", "replace")
            archive.writestr(_GbkName(inside, span.exported.timetuple()[:6]), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _GbkName(zipfile.ZipInfo):
    """A member's name in GBK, without the flag that says UTF-8, as Alipay's own tool writes it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800
