"""The console's words for the kinds of owed work (server/effects/model.py)."""

from __future__ import annotations

OWED = {
    "query": "向渠道查询支付结果",
    "close": "在渠道关闭订单",
    "book": "通知医院入账",
    "refund": "向渠道提交退费",
    "query_refund": "向渠道查询退费结果",
    "message": "发聊天消息",
    "sms": "发短信",
    "expire": "退费申请到期",
    "release": "请医院冲销",
    "notify_his": "把退费结果告诉医院",
    "tell_staff": "通知员工",
    "late_booking": "复查医院是否后来入账",
    "ask_his": "向医院系统查询账目里没有的一笔",
    "fetch_legs": "取对账的账单",
    "match_day": "对账勾兑",
    "report_day": "告知对账结果",
    "close_day": "关账",
    "refund_look": "向渠道查是否另有退费",
    "free": "释放为这笔支付保留的号源等",
    "seal": "写入审计链",
    "alert_round": "告警巡视",
    "audit_day": "审计日终",
    "refund_looks": "退费巡查",
    "open_days": "开始新一天的对账",
    "live_sides": "查看只在一边的款项",
    "retention": "保存期限到期的处理",
    "unused_cards": "解绑长期不用的就诊卡",
    "unused_people": "删除长期未登录者的身份信息",
}
