"""What the console says of the messages to a payer: what each was about, what became of it, and why it did not arrive."""

from __future__ import annotations

from handlers.base.display import clock_time
from server.core.history import HistoryEvent
from server.messages.delivery_reports import MESSAGE_LOST
from server.payments.model import Payment
from server.payments.texts import MESSAGES

TELLINGS = {
    "message_sent": "聊天消息已发出",
    "message_unreachable": "聊天消息无法送达（未关注或没有模板）",
    "message_refused": "聊天消息被平台拒绝",
    "message_not_delivered": "聊天消息未送达",
    "message_overtaken": "聊天消息已过时，没有再发",
    "sms_sent": "短信已提交",
    "sms_unreachable": "没有发短信",
    "sms_refused": "短信被平台拒绝",
    "sms_overtaken": "短信已过时，没有再发",
    "sms_delivered": "短信已送达",
    "sms_not_delivered": "短信未送达",
}
WHY_LOST = {"blocked": "对方不接收公众号的消息", "failed": "微信发送失败"}
"""The reasons of docs/protocols/wechat_official.md section 3.3."""
SMS_CODES = {
    "MOBILE_NOT_ON_SERVICE": "号码停机、关机或不在服务区",
    "MOBILE_SEND_LIMIT": "这个号码收到的短信太多，被限制",
    "MOBILE_ACCOUNT_ABNORMAL": "号码账户异常",
    "MOBILE_IN_BLACK": "号码在短信平台的黑名单中",
    "MOBILE_TERMINAL_ERROR": "手机收不下短信",
    "USER_REJECT": "对方拒收短信",
    "INVALID_NUMBER": "号码不对",
    "CONTENT_KEYWORD": "短信内容被拦截",
    "CONTENT_ERROR": "短信内容有误",
    "EXPIRED": "运营商超时没有回报",
    "NO_ROUTE": "短信平台送不到这个号码",
}
"""The codes of docs/protocols/aliyun_sms.md section 7; the carriers' own codes are shown as they are."""
NO_SMS = "没有同时发短信"


def messages_of(payment: Payment) -> list[dict[str, str]]:
    """What became of each message to the payer, newest first."""
    return [_telling(line, payment) for line in reversed(payment.history) if line.what in TELLINGS]


def _telling(line: HistoryEvent, payment: Payment) -> dict[str, str]:
    purpose, _, which = line.detail.get("about", "").partition(".")
    why = _why(line)
    became = f"{TELLINGS[line.what]}（{why}）" if why else TELLINGS[line.what]
    about = f"{MESSAGES.get(purpose, purpose)}{f' {which}' if which else ''}"
    instead = f"；{_by_sms(line, payment)}" if line.what == MESSAGE_LOST else ""
    return {"time": clock_time(line.at), "text": f"{became}：{about}{instead}", "by": ""}


def _why(line: HistoryEvent) -> str:
    """Why it did not arrive, as the platform said; empty where it is not known, or it did."""
    if line.what == MESSAGE_LOST:
        return WHY_LOST.get(line.detail.get("why", ""), "")
    code = line.detail.get("code", "") if line.what == "sms_not_delivered" else ""
    return SMS_CODES.get(code, code)


def _by_sms(lost: HistoryEvent, payment: Payment) -> str:
    """What became of the SMS that says the same as the message that was ``lost``."""
    about = lost.detail.get("about")
    said = [one.what for one in payment.history if one.what.startswith("sms_") and one.detail.get("about") == about]
    return TELLINGS[said[-1]] if said else NO_SMS
