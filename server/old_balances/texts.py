"""The Chinese words of old outpatient balances."""

from __future__ import annotations

from server.messages.chat_pages import ChatPage
from server.old_balances.model import WhyNot

TITLE = "门诊余额"
IN_CHAT = ChatPage(  # 余额 alone may be that of a stay: the help names both
    key="balances",
    pattern=r"(我要)?((查|看|查看|查询|退|退还)?(门诊|就诊卡|卡里|卡上)的?(余额|余款)|(退|退还)(余额|余款)|(查|退)?门诊(预交金|押金|预存款))(查询)?",
    word="门诊余额",
    use="查看和退还",
    path="balances",
    link="点这里查看门诊余额",
    more="门诊预交金只退不收：在这里付过的原路退回，其余的写明在哪里领取。",
)
TO_GIVE_BACK = "有余额可以退还"
AT_WINDOW = "门诊收费窗口"
"""Where the rest is paid out, of a hospital whose HIS does not say."""
NOT_OFFERED = "医院暂未开通门诊余额查询，请到门诊收费窗口办理。"
NOT_FOUND = "没有找到这张就诊卡的余额，请从门诊余额列表进入。"
ASKED = "已申请，医院核销后退到原付款账户。"
CHANGED = "余额有变化，请重新核对后再退。"
NOTHING = "现在没有可以原路退回的余额。"
NOT_RETURNED = "没有退成"
"""Of a lot that gave nothing back. Where its money is had now the rest of the page says, which has it once more."""
WHY_NOT = {
    WhyNot.NOBODY_BOUND: "没有人绑定这张卡",
    WhyNot.NOT_TOLD: "有人绑定，还没有发出消息",
    WhyNot.NO_PHONE: "聊天消息没有送到，医院没有登记手机号",
    WhyNot.NO_SMS: "聊天消息没有送到，没有开通短信",
    WhyNot.REFUSED: "聊天消息没有送到，短信被拒绝",
    WhyNot.NOT_DELIVERED: "已发出，平台回报没有送达",
}
