"""Reconciliation in words, for the console."""

from __future__ import annotations

from server.reconciliation.day_model import DayState, DispositionAct, LegAnswer

STATE_LOOKS = {DayState.DIFFERING: "bad", DayState.CLOSED: "good", DayState.SETTLED: "good"}
LEG_ANSWERS = {
    LegAnswer.FILE: "已取得",
    LegAnswer.HEADERS_ONLY: "已取得，当天没有",
    LegAnswer.NONE_THAT_DAY: "当天没有",
    LegAnswer.NOT_OFFERED: "不提供",
    LegAnswer.GIVEN_UP: "等不到，已略过",
    LegAnswer.NOT_YET: "还没有生成",
    LegAnswer.EMPTY_FILE: "文件是空的",
    LegAnswer.REFUSED: "文件不能用",
    LegAnswer.FAILED: "没有应答",
}
DISPOSITIONS = {
    DispositionAct.CONFIRM: "核实无误",
    DispositionAct.RECEIVED: "已在别处收到",
    DispositionAct.CARRY: "属于另一天",
    DispositionAct.WRITE_OFF: "核销",
    DispositionAct.SEND_BACK: "退回责任方更正",
}
"""What several differences may be decided as. Linking two rows is a decision about one, made elsewhere."""
