"""The Chinese words of old outpatient balances."""

from __future__ import annotations

TITLE = "门诊余额"
TO_GIVE_BACK = "有余额可以退还"
AT_WINDOW = "门诊收费窗口"
"""Where the rest is paid out, of a hospital whose HIS does not say."""
NOT_OFFERED = "医院暂未开通门诊余额查询，请到门诊收费窗口办理。"
NOT_FOUND = "没有找到这张就诊卡的余额，请从门诊余额列表进入。"
ASKED = "已申请，医院核销后退到原付款账户。"
CHANGED = "余额有变化，请重新核对后再退。"
NOTHING = "现在没有可以原路退回的余额。"
