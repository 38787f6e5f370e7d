"""The account's approved SMS templates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.sms.errors import Business
from sandbox.world.wire import Record

SIGN_NAME = "诊付演示医院"
CODES = frozenset({"card_code", "report_code"})
"""Purposes whose SMS carries a code: a kind of its own in the limits."""
_CODE = re.compile(r"[0-9A-Za-z]{4,6}")
_MONEY = re.compile(r"[0-9]+(?:\.[0-9]{1,2})?")
_FORBIDDEN = re.compile("[【】※★☆●○◆■→←\x00-\x1f\ufe0f\u2600-\u27bf\U0001f000-\U0001faff]")
"""Brackets of a signature, symbols and emoji (docs/protocols/aliyun_sms.md, Corrections)."""
_ADDRESS = re.compile(
    r"://|(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])|[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*\.[A-Za-z]{2,}(?![0-9A-Za-z])",
    re.ASCII,
)
"""A domain or an IP address, with or without what stands before it."""
_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class SmsTemplate:
    purpose: str
    code: str
    content: str
    values: dict[str, str]

    @property
    def names(self) -> list[str]:
        return _VARIABLE.findall(self.content)

    def check(self, params: dict[str, str], chars_max: float) -> None:
        """Every variable there and filled, none too long, no address and no forbidden character in one; a code is four to six letters
        or digits. Raises Business.
        """
        for name in self.names:
            if name not in params:
                raise Business("isv.TEMPLATE_MISSING_PARAMETERS", f"模板变量中存在未传递参数的变量: {name}")
            value = params[name]
            if not value:
                raise Business("isv.TEMPLATE_PARAMS_ILLEGAL", f"变量 {name} 不能为空")
            if len(value) > chars_max:
                raise Business("isv.PARAM_LENGTH_LIMIT", f"变量 {name} 超过 {chars_max:g} 个字符")
            if _FORBIDDEN.search(value):
                raise Business("isv.TEMPLATE_PARAMS_ILLEGAL", f"变量 {name} 含有不支持的字符")
            if self.values.get(name) == "amount" and not _MONEY.fullmatch(value):
                raise Business("isv.TEMPLATE_PARAMS_ILLEGAL", f"变量 {name} 只能是数字和小数点")
            if _ADDRESS.search(value):
                raise Business("isv.PARAM_NOT_SUPPORT_URL", "变量不支持传入URL")
            if self.purpose in CODES and not _CODE.fullmatch(value):
                raise Business("isv.TEMPLATE_PARAMS_ILLEGAL", "验证码只能是四到六位字母或数字")

    def text(self, params: dict[str, str]) -> str:
        return f"【{SIGN_NAME}】" + _VARIABLE.sub(lambda match: params[match[1]], self.content)


TEMPLATES = (
    SmsTemplate(
        "payment_booked", "SMS_900000001", "${name}在${department}的费用${money}元已缴费成功，支付单号${no}。${guide}",
        {"name": "patient", "department": "departments", "money": "amount", "no": "payment", "guide": "guide"},
    ),
    SmsTemplate(
        "payment_returning", "SMS_900000002", "${name}的费用${money}元未能入账（${why}），款项将原路退回，支付单号${no}。",
        {"name": "patient", "money": "amount", "why": "reason", "no": "payment"},
    ),
    SmsTemplate(
        "payment_returned", "SMS_900000003", "${name}的费用${money}元已原路退回（${why}），支付单号${no}。",
        {"name": "patient", "money": "amount", "why": "reason", "no": "payment"},
    ),
    SmsTemplate(
        "payment_not_booked", "SMS_900000008", "${name}在${department}的缴费单无需付款，但医院未能登记，请到窗口办理，支付单号${no}。",
        {"name": "patient", "department": "departments", "no": "payment"},
    ),
    SmsTemplate(
        "payment_confirmed", "SMS_900000014", "${name}在${department}的缴费单已确认，无需付款，支付单号${no}。${guide}",
        {"name": "patient", "department": "departments", "no": "payment", "guide": "guide"},
    ),
    SmsTemplate(
        "payment_elsewhere", "SMS_900000020", "${name}在${department}的号已预约，请到窗口支付：${guide}，支付单号${no}。",
        {"name": "patient", "department": "departments", "guide": "guide", "no": "payment"},
    ),
    SmsTemplate(
        "payment_lapsed", "SMS_900000021", "${name}在${department}的号${guide}，支付单号${no}。",
        {"name": "patient", "department": "departments", "guide": "guide", "no": "payment"},
    ),
    SmsTemplate(
        "payment_late", "SMS_900000010", "${name}在${department}的费用${money}元已付款，医院正在入账，请不要重复付款，支付单号${no}。",
        {"name": "patient", "department": "departments", "money": "amount", "no": "payment"},
    ),
    SmsTemplate(
        "booking_changed", "SMS_900000016", "${name}在${department}的预约：${guide}，支付单号${no}。",
        {"name": "patient", "department": "departments", "guide": "guide", "no": "payment"},
    ),
    SmsTemplate("card_code", "SMS_900000004", "您正在绑定就诊卡，验证码${code}，10分钟内有效，请勿告诉他人。", {"code": "code"}),
    SmsTemplate("report_ready", "SMS_900000017", "${name}有新的报告，请在医院公众号或支付宝生活号里查看。", {"name": "patient"}),
    SmsTemplate(
        "number_offered", "SMS_900000019", "${name}：${guide}。请在医院公众号或支付宝生活号的我的预约里确认。",
        {"name": "patient", "guide": "guide"},
    ),
    SmsTemplate(
        "low_deposit", "SMS_900000018", "住院患者${name}的预交金不足：${guide}。可在医院公众号或支付宝生活号里交预交金。",
        {"name": "patient", "guide": "guide"},
    ),
    SmsTemplate(
        "old_balance", "SMS_900000022", "${name}的就诊卡：${guide}。可在医院公众号或支付宝生活号里查看怎么退。",
        {"name": "patient", "guide": "guide"},
    ),
    SmsTemplate("report_code", "SMS_900000015", "您正在查看报告，验证码${code}，10分钟内有效，请勿告诉他人。", {"code": "code"}),
    SmsTemplate(
        "card_bound", "SMS_900000009", "就诊卡${card}已于${time}在${client}绑定。不是本人操作，请登录后在就诊卡页解除，或到医院窗口办理。",
        {"card": "card", "time": "time", "client": "client"},
    ),
    SmsTemplate(
        "bill_issued", "SMS_900000005", "${name}在${department}有待缴费用${money}元。",
        {"name": "patient", "department": "departments", "money": "amount"},
    ),
    SmsTemplate(
        "refund_accepted", "SMS_900000006", "${name}的退费${money}元已受理，将原路退回，${arrival}，退费单号${no}。",
        {"name": "patient", "money": "amount", "arrival": "arrival", "no": "refund"},
    ),
    SmsTemplate(
        "refund_arrived", "SMS_900000007", "${name}的退费${money}元已原路退回，退费单号${no}。",
        {"name": "patient", "money": "amount", "no": "refund"},
    ),
)  # fmt: skip
ADDRESS = "https://wxaurl.cn/"
LINKED = (
    SmsTemplate(
        "payment_booked", "SMS_900000011",
        f"${{name}}在${{department}}的费用${{money}}元已缴费成功，支付单号${{no}}。${{guide}}点 {ADDRESS}${{path}} 查看",
        {"name": "patient", "department": "departments", "money": "amount", "no": "payment", "guide": "guide"},
    ),
    SmsTemplate(
        "payment_returned", "SMS_900000012", f"${{name}}的费用${{money}}元已原路退回（${{why}}）。点 {ADDRESS}${{path}} 查看",
        {"name": "patient", "money": "amount", "why": "reason"},
    ),
    SmsTemplate(
        "refund_arrived", "SMS_900000013", f"${{name}}的退费${{money}}元已原路退回。点 {ADDRESS}${{path}} 查看",
        {"name": "patient", "money": "amount"},
    ),
)  # fmt: skip
"""The address stands in the text; a variable has only what comes behind it."""
BY_CODE = {template.code: template for template in (*TEMPLATES, *LINKED)}


def published() -> Record:
    """For `/sandbox/credentials`."""
    return {t.purpose: {"template_code": t.code, "variables": t.values} for t in TEMPLATES}


def linked() -> Record:
    """Those with a link into the mini-program, for `/sandbox/credentials`."""
    return {
        t.purpose: {"template_code": t.code, "variables": t.values, "address": ADDRESS, "link_variable": "path"}
        for t in LINKED
    }


def contents() -> Record:
    """The words of every template, by code."""
    return {t.code: t.content for t in (*TEMPLATES, *LINKED)}
