"""What finance reads about differences."""

from __future__ import annotations

from server.reconciliation.day_model import DayState, DispositionAct, LegAnswer
from server.reconciliation.model import Act, Category, Leg, Reason
from server.reconciliation.rules.difference_list import Standing
from server.reconciliation.rules.live import NOT_BOOKED, NOT_RETURNED, NOT_SENT, NOT_WRITTEN_OFF
from server.reconciliation.statements import RefusalReason

LEGS = {
    Leg.OURS: "本系统",
    Leg.CHANNEL: "渠道交易账单",
    Leg.FUND: "渠道资金账单",
    Leg.HIS: "医院系统",
    Leg.BANK: "银行到账",
    Leg.RECEIPT: "电子票据",
    Leg.FURTHER: "另一方账目",
}
CATEGORIES = {
    Category.MISSING_HERE: "本系统没有",
    Category.MISSING_AT_CHANNEL: "渠道没有",
    Category.MISSING_IN_HIS: "医院系统没有",
    Category.AMOUNT: "金额不一致",
    Category.STATE: "状态不一致",
    Category.FEE: "手续费不一致",
    Category.DOUBLE: "重复",
    Category.CROSS_DAY: "跨日待勾兑",
    Category.SETTLEMENT: "资金账单不一致",
    Category.BANK_NOT_ARRIVED: "银行未到账",
    Category.RECEIPT: "票据未红冲",
    Category.UNKNOWN_KIND: "不认识的业务",
}
CAUSES = {
    Reason.NOTIFICATION_LOST: "渠道已收款，本系统没有收到通知。",
    Reason.REFUNDED_OUTSIDE: "有人在商户平台直接退费，本系统没有记录。",
    Reason.ONLY_HERE: "本系统记为已支付，渠道账单里没有这一笔。",
    Reason.ONLY_IN_HIS: "医院系统记为已收，渠道账单里没有这一笔。",
    Reason.REFUND_ONLY_HERE: "本系统记为已退费，渠道账单里没有这笔退费。",
    Reason.NOT_BOOKED: "钱已收到，医院系统没有入账。",
    Reason.NOT_WRITTEN_OFF: "钱已退回，医院系统没有冲销。",
    Reason.OTHER_SYSTEM_NOT_BOOKED: "其他系统在同一商户号收退的款，医院系统没有记录。",
    Reason.OTHER_SYSTEM_NOT_PAID: "医院系统记了其他系统的收退费，渠道账单里没有这一笔。",
    Reason.AMOUNT_AT_CHANNEL: "渠道的金额与本系统不同。",
    Reason.AMOUNT_IN_HIS: "医院系统的金额与渠道不同。",
    Reason.STATE_DIFFERS: "一方记为成功，另一方记为失败或已撤销。",
    Reason.FEE_DIFFERS: "资金账单实际扣的手续费与交易账单不同。",
    Reason.LISTED_TWICE: "同一笔在账单里出现了不止一次。",
    Reason.BOOKED_TWICE: "同一笔在医院系统里记了不止一次。",
    Reason.NEAR_MIDNIGHT: "发生在零点前后或属于退费，另一方可能记在次日。",
    Reason.NOT_IN_FUND: "交易账单里有，资金账单里没有。",
    Reason.NOT_IN_TRADES: "资金账单里有，交易账单里没有。",
    Reason.BALANCE_JUMPS: "账户的期初余额与前一天的期末余额不同，中间有资金账单没有列的进出。",
    Reason.PAYOUT_LATE: "渠道已提现，银行还没有到账。",
    Reason.PAYOUT_SHORT: "银行到账金额与提现金额不同。",
    Reason.RECEIPT_LIVES: "已退费，电子票据还没有红冲。",
    Reason.HIS_HOLDS_RETURNED: "款项已自动退回，医院系统里仍记为已收。",
    Reason.STATEMENT_LEFT_OUT: "资金账单里有这一笔，交易账单漏列。",
    Reason.KIND_UNKNOWN: "账单里有本系统不认识的业务类型。",
    Reason.NOT_IN_FURTHER: "本系统有，另一方账目里没有这一笔。",
    Reason.ONLY_IN_FURTHER: "另一方账目里有，本系统没有这一笔。",
    Reason.AMOUNT_IN_FURTHER: "另一方账目的金额与本系统不同。",
}
ACTS = {
    Act.QUERY_CHANNEL: "向渠道查询，再入账或退回",
    Act.ASK_HIS: "向医院系统查询，再入账或退回",
    Act.RECORD_REFUND: "登记这笔退费并冲销",
    Act.WAIT: "等次日账单",
    Act.CHECK_HIS: "请在医院系统里更正",
    Act.CHECK_CHANNEL: "请向渠道客服核实",
    Act.CHECK_BANK: "请向银行核实",
    Act.RED_FLUSH: "请红冲电子票据",
    Act.LOOK: "请人工核实",
}
DAY_STATES = {
    DayState.OPEN: "未关账",
    DayState.WAITING: "等账单",
    DayState.DIFFERING: "有差异",
    DayState.CLOSED: "已关账",
    DayState.SETTLED: "处理后关账",
}
LEG_ANSWERS = {
    LegAnswer.FILE: "已取到",
    LegAnswer.HEADERS_ONLY: "当天没有交易",
    LegAnswer.NONE_THAT_DAY: "当天没有交易",
    LegAnswer.NOT_OFFERED: "没有这份账单",
    LegAnswer.GIVEN_UP: "没有等到，本次对账不含",
    LegAnswer.NOT_YET: "还在生成",
    LegAnswer.EMPTY_FILE: "文件是空的，等重新生成",
    LegAnswer.REFUSED: "文件有误，等重新生成",
    LegAnswer.FAILED: "没有取到，稍后再试",
}
DISPOSITIONS = {
    DispositionAct.CONFIRM: "确认无误",
    DispositionAct.LINK: "两笔是同一笔",
    DispositionAct.RECEIVED: "已在别处收到",
    DispositionAct.CARRY: "属于另一天",
    DispositionAct.WRITE_OFF: "核销",
    DispositionAct.SEND_BACK: "退回责任方更正",
}
BANK_REFUSALS = {
    RefusalReason.RESAVED: "这个文件被表格软件重新保存过，或不是能读的格式，流水号的末几位已经丢失。请到网上银行重新下载CSV或xlsx，不要打开，直接上传。",
    RefusalReason.UNREADABLE: "这不是能识别的银行流水：要有日期、收入（或贷方）金额这样的列名。请到网上银行下载明细原文件。",
    RefusalReason.HALF: "文件不完整，可能下载中断。请重新下载。",
    RefusalReason.TOTALS: "文件的合计与明细不一致。请重新下载。",
    RefusalReason.CHAIN: "余额前后不连续，文件里少了行或改动过。请重新下载，不要删行。",
    RefusalReason.EMPTY: "文件是空的，请重新下载。",
}
WAYS = {"cash": "现金", "card": "银行卡", "insurance": "医保", "other": "其他方式", "none": "无需付款"}
"""Ways of payment that are no channel; a channel has a title of its own."""
ONE_SIDED = {NOT_BOOKED: "已收未入账", NOT_RETURNED: "该退未退", NOT_SENT: "已冲销未退", NOT_WRITTEN_OFF: "已退未冲销"}
"""What stands on one side now (`rules.live`)."""
STANDINGS = {
    Standing.OPEN: "待处理", Standing.WAITING: "等另一人复核", Standing.DECIDED: "已处理", Standing.CARRIED: "待次日",
}  # fmt: skip
LONG, SHORT, EVEN = "长款", "短款", "平"


def sign_text(difference_fen: int) -> str:
    """长款: the channel has more than the books; 短款: less."""
    return LONG if difference_fen > 0 else SHORT if difference_fen < 0 else EVEN
