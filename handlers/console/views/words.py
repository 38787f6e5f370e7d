"""The console's words for what the code names: rooms, roles, states, events, alerts."""

from __future__ import annotations

from server.alerts.model import AlertState, CloseReason
from server.console.rules import Room
from server.payments.ending_model import EndingAct
from server.payments.texts import (
    CHANGED,
    CHARGE_NUMBER,
    NOT_TAKEN,
    PAYMENT_NUMBER,
    REFUND_NUMBER,
    TRANSACTION_NUMBER,
)
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedState
from server.staff.model import Role, StaffState

ROOM_NAMES = {
    Room.PAYMENTS: "支付与退费",
    Room.ALERTS: "告警",
    Room.MONEY: "待认领的钱",
    Room.DAYS: "对账",
    Room.FIGURES: "登记与统计",
    Room.STAFF: "员工与限额",
    Room.AUDIT: "审计",
    Room.MANUAL: "操作手册",
}
UNREACHED = "没有通知到的门诊余额"
ROLES = {Role.CASHIER: "收费员", Role.APPROVER: "审批", Role.FINANCE: "财务", Role.ADMIN: "管理员"}
STAFF_STATES = {
    StaffState.PROPOSED: "待确认邀请",
    StaffState.INVITED: "待绑定",
    StaffState.ACTIVE: "在岗",
    StaffState.LEFT: "已离岗",
}
ORIGINS = {
    "automatic": "系统自动退回",
    "staff": "员工发起",
    "his": "窗口退费",
    "merchant_console": "商户平台退费",
    "elsewhere": "用其他方式退还（两人确认，有凭证）",
}
DOORS = {"chat": "聊天", "console": "控制台", "his": "医院系统"}
ENTRANCES = {
    "official_account": "公众号",
    "life_account": "生活号",
    "mini_program": "小程序",
    "bill_qr": "扫缴费单",
    "counter": "窗口",
    "kiosk": "自助机",
}
PAYMENT_EVENTS = {
    "created": "提交支付",
    "ordered": "已向渠道下单",
    "part_paid": "一部分款项已收到",
    "part_closed": "一部分款项的订单已关闭",
    "freed": "已释放保留的号源等",
    "paid": "已收款",
    "doubted": "收到的通知与记录不符，正在向渠道核实",
    "booked": "医院已入账",
    "closing": "开始关闭支付",
    "closed": "支付已关闭",
    "giving_back": "开始取消，没有费用要退",
    "given_back": "已取消，没有费用要退",
    "not_taken_back": "医院不同意取消，仍然有效",
    "paid_elsewhere": "已在窗口支付",
    "lapsed": "到时还没有在窗口支付，开始取消",
    "refused_by_his": NOT_TAKEN,
    "booking_changed": CHANGED,
    "booking_lasts": "医院一直没有入账，告诉付款人",
    "returning": "开始自动退回",
    "refund_requested": "发起退费",
    "refund_approved": "同意退费",
    "refund_rejected": "驳回退费",
    "refund_withdrawn": "撤回退费",
    "refund_expired": "退费申请过期",
    "refund_released": "医院已冲销",
    "refund_submitted": "渠道已受理退费",
    "refund_abnormal": "退费异常",
    "refund_closed": "渠道关闭了退费",
    "refund_absent": "渠道没有这笔退费，重新提交",
    "refund_unconfirmed": "渠道一直没有确认到账，用原单号重新提交",
    "refunded_elsewhere": "渠道显示另有退费，没有通知本系统",
    "his_holds_returned": "款项已退回，医院系统仍有入账",
    "his_asked": "对账时向医院系统查询",
    "booked_again": "医院系统没有这笔入账，已按原单号重新入账",
    "written_off_again": "医院系统没有这笔冲销，已按原单号重新冲销",
    "refund_heard": "得知商户平台退费，待核对",
    "refund_at_bank": "退费已到付款人的银行卡",
    "refund_refused_by_bank": "银行卡退回失败，款项转入付款人的支付宝余额",
    "refund_succeeded": "退费到账",
    "viewed": "查看",
    "person_erased": "删除个人信息",
    "ending_proposed": "提出了结",
    "ending_agreed": "复核同意了结",
    "ending_dropped": "撤回或不同意了结",
    "tampering_accepted": "支付记录曾在数据库中被改动，两人核对后确认按现状办理",
    "booked_as_is": "按医院记录入账，金额与收款不同",
    "rest_refunded": "退回剩余款项",
    "cancelled_in_his": "确认医院系统已撤销已退回的款项",
    "settled_elsewhere": "已用其他方式退还",
    "his_told": "已通知医院退费结果",
    "console_refund_not_written_off": "商户平台退费，医院未能冲销",
}
STAFF_EVENTS = {
    "staff_invite_proposed": "提出邀请",
    "staff_invited": "邀请",
    "staff_bound": "绑定手机",
    "staff_secured": "设置PIN和动态码",
    "staff_change_proposed": "提出变更",
    "staff_changed": "确认变更",
    "staff_locked": "输错次数太多，锁定30分钟",
    "staff_left": "离岗",
    "staff_told_apart": "确认与另一工号不是同一人",
}
ENDING_ACTS = {
    EndingAct.BOOK_AS_IS: "按医院记录入账（医院系统已有这个单号，金额不同）",
    EndingAct.REFUND_REST: "退回剩余款项（医院系统没有这个单号）",
    EndingAct.SETTLED_ELSEWHERE: "已用其他方式退还（有凭证）",
    EndingAct.WRITTEN_OFF: "医院已冲销，把退费发出（医院一直不答复，有凭证）",
    EndingAct.GIVEN_UP: "医院没有冲销，放弃这笔退费（医院一直不答复，有凭证）",
    EndingAct.CANCELLED_IN_HIS: "医院系统已撤销（款项已退回，医院系统曾有入账）",
}
UNCLAIMED_ACTS = {
    UnclaimedAct.SEND_BACK: "原路退回付款人（渠道有这笔钱，本系统没有对应的支付）",
    UnclaimedAct.SETTLED_ELSEWHERE: "不用退回：属于其他系统，或已用其他方式处理（有凭证）",
    UnclaimedAct.IN_PAYMENT: "已在本系统的支付里（单号、金额相同）",
}
UNCLAIMED_STATES = {
    UnclaimedState.OPEN: "待处理",
    UnclaimedState.RETURNING: "退回中",
    UnclaimedState.SETTLED: "已了结",
}
UNCLAIMED_EVENTS = {
    "unclaimed_proposed": "待认领的钱：提出了结",
    "unclaimed_agreed": "待认领的钱：复核同意了结",
    "unclaimed_dropped": "待认领的钱：撤回或不同意了结",
    "unclaimed_returned": "待认领的钱：已退回到账",
    "unclaimed_refund_closed": "待认领的钱：渠道拒绝退回，重新待处理",
}
ALERT_STATES = {AlertState.OPEN: "未处理", AlertState.TAKEN: "处理中", AlertState.CLOSED: "已关闭"}
CLOSE_REASONS = {
    CloseReason.HANDLED: "已处理",
    CloseReason.NOT_OURS: "不属于本系统",
    CloseReason.KNOWN: "已知情况，不用处理",
    CloseReason.MISTAKE: "误报",
}
CLOSED_BY_ITSELF = {"cause_gone": "原因已消除", "lapsed": "时间已过"}
ALERT_ACTS = {"alert_taken": "接手告警", "alert_closed": "关闭告警"}
AUDITED = {
    "day_fetched": "取到对账的账单",
    "day_matched": "对账勾兑",
    "day_repaired": "对账自动处理",
    "day_closed_reconciled": "对账关账",
    "day_corrected": "对账更正",
    "day_run_again": "重新对账",
    "day_bank_told": "银行到账有变化",
    "discrepancy_decided": "处理对账差异",
    "discrepancy_agreed": "复核对账差异",
    "day_closed": "结束一天，封存校验码",
    "payments_signed": "升级：为旧支付加上防改动的校验码",
    "unclaimed_signed": "升级：为待认领的钱加上防改动的校验码",
    "staff_proved": "输入PIN和动态码，正确",
    "staff_proof_failed": "输入PIN和动态码，不正确",
    "staff_logged_out": "退出控制台",
    "staff_login_declined": "在手机上拒绝登录控制台",
    "staff_searched": "查找支付",
    "staff_exported": "导出支付列表",
    "staff_listed": "打开列表",
    "bank_file_handed_in": "上传银行流水",
    "term_over": "保存期满，去除个人信息",
    "person_exported": "导出个人信息",
    "person_erased": "删除个人信息",
    "card_relation_said": "填写或更改就诊人与绑定者的关系",
    "card_binding_cut": "解除他人对本人就诊卡的绑定",
    "unreached_listed": "导出没有通知到的门诊余额",
    "report_viewed": "查看报告",
    "report_shared": "分享报告",
    "report_unshared": "停止分享报告",
}
FOUND_BY = {
    "tail": f"按{PAYMENT_NUMBER}",
    "refund": f"按{REFUND_NUMBER}",
    "bill": f"按{CHARGE_NUMBER}",
    "receipt": "按收据号",
    "transaction": f"按{TRANSACTION_NUMBER}",
    "phone_tail": "按手机号",
    "card": "按就诊卡号",
    "number": "按号码",
    "filters": "按条件",
}
LISTS = {"waiting": "待审批", "running": "办理中", "today": "今日退费", "unreached": UNREACHED}
ASKED_FOR = {
    "login": "登录控制台",
    "refund": "办理退费",
    "staff": "员工与限额",
    "ending": "了结卡住的支付",
    "differences": "处理对账差异",
    "unreached": "导出没有通知到的门诊余额",
}
PROOF_WRONG = {"pin": "PIN不对", "totp": "动态码不对", "pin_and_totp": "两个都不对", "code_used": "动态码已用过"}
UNCLAIMED = {
    "no such payment": "没有这个单号",
    "refund of another amount": "退费金额与记录不符",
    "refund of another payment": "退费不属于这笔支付",
    "refund of another merchant": "退费不属于本商户号",
    "refunded beyond what was paid": "退费超过已付金额",
    "withdrawn, and yet the channel has it": "已撤回，但渠道有这笔退费",
}
