"""The files of a day or a month (section 8): a zip of two CSV in GBK, the names inside it in GBK too."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sandbox.alipay.fields import clock_text, yuan
from sandbox.world.wire import Record

TRADE_COLUMNS = (
    "支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,"
    "支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注"
)
TRADE_SUMS = "门店编号,门店名称,交易订单总笔数,退款订单总笔数,订单金额（元）,商家实收（元）,支付宝优惠（元）,商家优惠（元）,卡消费金额（元）,服务费（元）,分润（元）,实收净额（元）"
TABBED = {0, 1, 2, 6, 7, 8, 9, 10, 21}


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days in China, ``last`` included."""

    first: date
    last: date
    exported: datetime
    seller_id: str

    @property
    def account(self) -> str:
        return f"{self.seller_id}0156"

    def listed(
        self, kind: str, lines: Sequence[str], ends: Sequence[str] = (), *, dashes: tuple[int, int] = (40, 37)
    ) -> list[str]:
        """A whole file: the head, ``lines`` between the markers, ``ends`` and when it was exported. ``dashes`` stand before and after
        the words of the end marker: real files differ.
        """
        after = self.last + timedelta(days=1)
        return [
            f"#支付宝{kind}查询",
            f"#账号：[{self.account}]",
            f"#起始日期：[{_day(self.first)} 00:00:00]   终止日期：[{_day(after)} 00:00:00]",
            f"#{'-' * 41}{kind}列表{'-' * 40}",
            *lines,
            f"#{'-' * dashes[0]}{kind}列表结束{'-' * dashes[1]}",
            *ends,
            f"#导出时间：[{self.exported:%Y年%m月%d日 %H:%M:%S}]",
        ]

    @property
    def stamp(self) -> str:
        is_day = self.first == self.last
        return f"{self.first:%Y%m%d}" if is_day else f"{self.first:%Y%m}"


def _day(day: date) -> str:
    return f"{day:%Y年%m月%d日}"


def trade_file(rows: Sequence[Record], span: Span, more_fen: int = 0) -> bytes:
    """bill_type ``trade``: 业务明细 and its summary. ``more_fen``: what the total below the rows says too much."""
    paid = [row["amount_fen"] for row in rows if row["kind"] == "payment"]
    back = [row["amount_fen"] for row in rows if row["kind"] == "refund"]
    fees = -sum(row["fee_fen"] for row in rows)
    detail = span.listed(
        "业务明细",
        [TRADE_COLUMNS, *(line(_trade_cells(row), TABBED) for row in rows)],
        [
            f"#交易合计：{len(paid)}笔，商家实收共{yuan(sum(paid) + more_fen)}元，商家优惠共0.00元",
            f"#退款合计：{len(back)}笔，商家实收退款共{yuan(-sum(back))}元，商家优惠退款共0.00元",
        ],
        dashes=(41, 36),
    )
    net = sum(paid) - sum(back) + fees
    sums = [len(paid), len(back), yuan(sum(paid)), yuan(sum(paid)), *["0.00"] * 3, yuan(fees), "0.00", yuan(net)]
    summary = span.listed("业务汇总", [TRADE_SUMS, ",".join(map(str, ["合计", "", *sums]))])
    return zipped(span, "业务明细", detail, summary)


def _trade_cells(row: Record) -> list[str]:
    trade, refund = row["trade"], row.get("refund")
    amount = yuan(row["amount_fen"] if refund is None else -row["amount_fen"])
    number, reason = (refund["out_request_no"], refund["reason"]) if refund else ("", "")
    ends = [number, yuan(-row["fee_fen"]), "0.00", reason]
    return [
        trade["trade_no"], trade["out_trade_no"], "退款" if refund else "交易", trade["subject"].replace(",", "，"),
        clock_text(trade["created"]), clock_text(row["time"]), "", "", "", "", row["payer"], amount, amount,
        *["0.00"] * 5, "", "0.00", "0.00", *ends,
    ]  # fmt: skip


def line(cells: Sequence[str], tabbed: set[int]) -> str:
    return ",".join(f"{cell}\t" if index in tabbed else cell for index, cell in enumerate(cells))


def zipped(span: Span, kind: str, detail: list[str], summary: list[str]) -> bytes:
    """The summary first: who chooses by order reads the wrong one."""
    out, name = io.BytesIO(), f"{span.account}_{span.stamp}_{kind}"
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for inside, lines in ((f"{name}(汇总).csv", summary), (f"{name}.csv", detail)):
            body = "".join(f"{line}\r\n" for line in lines).encode("gbk", "replace")
            archive.writestr(_GbkName(inside, span.exported.timetuple()[:6]), body, zipfile.ZIP_DEFLATED)
    return out.getvalue()


class _GbkName(zipfile.ZipInfo):
    """A member's name in GBK, without the flag that says UTF-8, as Alipay's own tool writes it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800
