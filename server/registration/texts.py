"""The Chinese names of what is of registrations alone; `payments.texts` has the others."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from server.payments.purpose import PurposeTexts
from server.registration.model import HalfDay

SLOT_TAKEN = "这个号刚被别人选走了，请换一个。"
REGISTRATION_TEXTS = PurposeTexts(
    title="预约挂号",
    taken="这个号已被挂出，或就诊人当天已在这个科室挂过号，请换一个。",
    being_closed="这个号正在由他人办理，请换一个，或稍后再试。",
    contended=SLOT_TAKEN,
    charge_number="号源编号",
    charge_amount="挂号费",
)
HALF_DAYS: Mapping[HalfDay, str] = {
    HalfDay.MORNING: "上午",
    HalfDay.AFTERNOON: "下午",
    HalfDay.NIGHT: "夜间",
}
AFTERNOON, NIGHT = 12, 18
"""The hours at which they begin."""


def half_day_of(local: datetime) -> str:
    """``local`` is a moment in the hospital's time."""
    if local.hour < AFTERNOON:
        return HALF_DAYS[HalfDay.MORNING]
    return HALF_DAYS[HalfDay.AFTERNOON if local.hour < NIGHT else HalfDay.NIGHT]


WHOLE_ONLY = "挂号费只能全额退。"
