"""The table [sms] of a hospital's file (docs/protocols/aliyun_sms.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from server.app.configuration.fields import PlatformUrl, Secret, at_least, shaped
from server.app.configuration.section import Section, Text, ValueName

LinkedPurpose = Literal["payment_booked", "payment_returning", "payment_returned", "refund_accepted", "refund_arrived"]
SmsPurpose = Literal[
    LinkedPurpose,
    "payment_confirmed",
    "payment_elsewhere",
    "payment_lapsed",
    "payment_not_booked",
    "payment_late",
    "booking_changed",
    "bill_issued",
    "card_code",
    "card_bound",
    "report_code",
    "report_ready",
    "number_offered",
    "low_deposit",
    "old_balance",
]


class SmsTemplate(Section):
    """短信模板: the names in ``variables`` are the template's ``${…}``, the values are names of ours. ``value_chars_max``: what
    one variable may hold, as Aliyun's console says for this account and template."""

    template_code: Annotated[str, shaped(r"SMS_[0-9]+", "SMS_ and digits")] = Field(examples=['"SMS_154950909"'])
    variables: Mapping[Text, ValueName] = Field(default_factory=dict, examples=['{ money = "amount" }'])
    value_chars_max: int = Field(default=35, ge=6, le=500, strict=True, examples=["20"])


class LinkedSmsTemplate(SmsTemplate):
    """One with a link into the mini-program: its text holds ``address``, and right behind it ``${link_variable}``."""

    address: Annotated[
        str, shaped(r"https://[a-z0-9.-]+/[0-9A-Za-z_/-]*", "https://, a host, and a path that may be /")
    ] = Field(default="https://wxaurl.cn/", examples=['"https://wxaurl.cn/"'])
    link_variable: Annotated[str, shaped(r"[A-Za-z][0-9A-Za-z_]{0,31}", "a variable of the template")] = Field(
        examples=['"path"']
    )


class Sms(Section):
    """阿里云短信. ``receipt_secret`` stands in the address that Aliyun pushes receipts to. ``linked`` is used for who pays in the
    mini-program, in place of the template of the same purpose."""

    access_key_id: Text = Field(examples=['"LTAI0123456789"'])
    access_key_secret: Secret = Field(examples=['"env:SMS_ACCESS_KEY_SECRET"'])
    sign_name: Text = Field(examples=['"示例医院"'])
    endpoint: PlatformUrl = "https://dysmsapi.aliyuncs.com"
    receipt_secret: Annotated[Secret, at_least(24)] = Field(examples=['"env:SMS_RECEIPT_SECRET"'])
    templates: Mapping[SmsPurpose, SmsTemplate] = Field(default_factory=dict)
    linked: Mapping[LinkedPurpose, LinkedSmsTemplate] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _every_link_can_be_left_out(self) -> Self:
        alone = [purpose for purpose in self.linked if purpose not in self.templates]
        if alone:
            raise ValueError(
                f"has linked.{alone[0]} without templates.{alone[0]}, which is sent where there is no link"
            )
        return self
