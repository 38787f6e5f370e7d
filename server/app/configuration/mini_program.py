"""The table [wechat.miniprogram] and the announcements of a hospital's file (docs/protocols/wechat_miniprogram.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, StringConstraints

from server.app.configuration.fields import PlatformUrl, Secret, shaped
from server.app.configuration.section import ChatPurpose, Section, Text, ValueName, fits_its_kind


class SubscribeTemplate(Section):
    """订阅消息: ``title`` is what people read when they are asked; which of our values stands in which keyword."""

    template_id: Text = Field(examples=['"Zq3Vn8cKx1Lm5tWb7yHd2sRf9jPg4uAe6oIiTk0vXsM"'])
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)] = Field(
        examples=['"缴费结果"']
    )
    keywords: Annotated[
        Mapping[Annotated[str, shaped(r"[a-z_]+[0-9]*", "a keyword as the template has it, like thing1")], ValueName],
        AfterValidator(fits_its_kind),
    ] = Field(min_length=1, max_length=5, examples=['{ thing1 = "hospital", amount2 = "amount" }'])


class MiniProgram(Section):
    """小程序. Its payments need [wechat.pay], bound to this app_id too (商户平台 → 产品中心 → AppID账号管理)."""

    app_id: Annotated[str, shaped(r"wx[0-9a-zA-Z]{8,30}", "wx and letters and digits")] = Field(
        examples=['"wxfedcba9876543210"']
    )
    secret: Secret = Field(examples=['"env:MINI_PROGRAM_SECRET"'])
    api_base: PlatformUrl = "https://api.weixin.qq.com"
    version: Literal["release", "trial", "develop"] = Field(default="release", examples=['"trial"'])
    templates: Mapping[ChatPurpose, SubscribeTemplate] = Field(default_factory=dict)


class Announcement(Section):
    """公告, newest first as the file has them."""

    id: Annotated[str, shaped(r"[0-9A-Za-z-]{1,40}", "1 to 40 letters, digits and -")] = Field(
        examples=['"2026-11-hours"']
    )
    title: Text = Field(examples=['"门诊缴费时间"'])
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)] = Field(
        examples=['"每天 7:30 至 20:00。"']
    )
    at: AwareDatetime = Field(examples=["2026-11-23T08:00:00+08:00"])
