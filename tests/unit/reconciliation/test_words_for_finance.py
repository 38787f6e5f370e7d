"""What finance reads about differences, word for word."""

from __future__ import annotations

import pytest

from server.reconciliation import texts
from server.reconciliation.texts import sign_text
from tests.support.words import spoken

WORDS = """\
LEGS:
  ours: 本系统
  channel: 渠道交易账单
  fund: 渠道资金账单
  his: 医院系统
  bank: 银行到账
  receipt: 电子票据
  further: 另一方账目
CATEGORIES:
  missing_here: 本系统没有
  missing_at_channel: 渠道没有
  missing_in_his: 医院系统没有
  amount: 金额不一致
  state: 状态不一致
  fee: 手续费不一致
  double: 重复
  cross_day: 跨日待勾兑
  settlement: 资金账单不一致
  bank_not_arrived: 银行未到账
  receipt: 票据未红冲
  unknown_kind: 不认识的业务
CAUSES:
  notification_lost: 渠道已收款，本系统没有收到通知。
  refunded_outside: 有人在商户平台直接退费，本系统没有记录。
  only_here: 本系统记为已支付，渠道账单里没有这一笔。
  only_in_his: 医院系统记为已收，渠道账单里没有这一笔。
  refund_only_here: 本系统记为已退费，渠道账单里没有这笔退费。
  not_booked: 钱已收到，医院系统没有入账。
  not_written_off: 钱已退回，医院系统没有冲销。
  other_system_not_booked: 其他系统在同一商户号收退的款，医院系统没有记录。
  other_system_not_paid: 医院系统记了其他系统的收退费，渠道账单里没有这一笔。
  amount_at_channel: 渠道的金额与本系统不同。
  amount_in_his: 医院系统的金额与渠道不同。
  state_differs: 一方记为成功，另一方记为失败或已撤销。
  fee_differs: 资金账单实际扣的手续费与交易账单不同。
  listed_twice: 同一笔在账单里出现了不止一次。
  booked_twice: 同一笔在医院系统里记了不止一次。
  near_midnight: 发生在零点前后或属于退费，另一方可能记在次日。
  not_in_fund: 交易账单里有，资金账单里没有。
  not_in_trades: 资金账单里有，交易账单里没有。
  balance_jumps: 账户的期初余额与前一天的期末余额不同，中间有资金账单没有列的进出。
  payout_late: 渠道已提现，银行还没有到账。
  payout_short: 银行到账金额与提现金额不同。
  receipt_lives: 已退费，电子票据还没有红冲。
  his_holds_returned: 款项已自动退回，医院系统里仍记为已收。
  statement_left_out: 资金账单里有这一笔，交易账单漏列。
  kind_unknown: 账单里有本系统不认识的业务类型。
  not_in_further: 本系统有，另一方账目里没有这一笔。
  only_in_further: 另一方账目里有，本系统没有这一笔。
  amount_in_further: 另一方账目的金额与本系统不同。
ACTS:
  query_channel: 向渠道查询，再入账或退回
  ask_his: 向医院系统查询，再入账或退回
  record_refund: 登记这笔退费并冲销
  wait: 等次日账单
  check_his: 请在医院系统里更正
  check_channel: 请向渠道客服核实
  check_bank: 请向银行核实
  red_flush: 请红冲电子票据
  look: 请人工核实
DAY_STATES:
  open: 未关账
  waiting: 等账单
  differing: 有差异
  closed: 已关账
  settled: 处理后关账
LEG_ANSWERS:
  file: 已取到
  headers_only: 当天没有交易
  none_that_day: 当天没有交易
  not_offered: 没有这份账单
  given_up: 没有等到，本次对账不含
  not_yet: 还在生成
  empty_file: 文件是空的，等重新生成
  refused: 文件有误，等重新生成
  failed: 没有取到，稍后再试
DISPOSITIONS:
  confirm: 确认无误
  link: 两笔是同一笔
  received: 已在别处收到
  carry: 属于另一天
  write_off: 核销
  send_back: 退回责任方更正
BANK_REFUSALS:
  resaved: 这个文件被表格软件重新保存过，或不是能读的格式，流水号的末几位已经丢失。请到网上银行重新下载CSV或xlsx，不要打开，直接上传。
  unreadable: 这不是能识别的银行流水：要有日期、收入（或贷方）金额这样的列名。请到网上银行下载明细原文件。
  half: 文件不完整，可能下载中断。请重新下载。
  totals: 文件的合计与明细不一致。请重新下载。
  chain: 余额前后不连续，文件里少了行或改动过。请重新下载，不要删行。
  empty: 文件是空的，请重新下载。
WAYS:
  cash: 现金
  card: 银行卡
  insurance: 医保
  other: 其他方式
  none: 无需付款
ONE_SIDED:
  not_booked: 已收未入账
  not_returned: 该退未退
  not_sent: 已冲销未退
  not_written_off: 已退未冲销
STANDINGS:
  open: 待处理
  waiting: 等另一人复核
  decided: 已处理
  carried: 待次日
LONG: 长款
SHORT: 短款
EVEN: 平"""
NAMES = [line.partition(":")[0] for line in WORDS.splitlines() if not line.startswith(" ")]


def test_the_words() -> None:
    assert spoken(texts, *NAMES) == WORDS


@pytest.mark.parametrize(("fen", "sign"), [(1, "长款"), (0, "平"), (-1, "短款")])
def test_more_at_the_channel_is_long_and_less_is_short(fen: int, sign: str) -> None:
    assert sign_text(fen) == sign
