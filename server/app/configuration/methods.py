"""``[[methods]]``: by which channel and method people may pay, by how they are logged in and where they began."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from server.app.configuration.fields import shaped
from server.app.configuration.section import Section

METHODS = {
    "wechat": frozenset({"jsapi", "miniprogram", "native"}),
    "alipay": frozenset({"jsapi", "wap", "precreate"}),
}
IN_ITS_CLIENT = frozenset({"jsapi", "miniprogram"})
"""These name the payer to the channel, so only whoever is logged in there can use them."""


class MethodRow(Section):
    """支付方式: one row. An empty login or entrance is every one; of several fitting rows the first is preferred."""

    login: Literal["", "wechat", "alipay"] = Field(default="", examples=['"wechat"'])
    entrance: Annotated[str, shaped(r"[a-z_]{0,32}", "the name of an entrance, like bill_qr")] = Field(
        default="", examples=['"bill_qr"']
    )
    channel: Literal["wechat", "alipay"] = Field(examples=['"alipay"'])
    method: Literal["jsapi", "miniprogram", "native", "wap", "precreate"] = Field(examples=['"wap"'])

    @model_validator(mode="after")
    def _can_be_paid(self) -> Self:
        if self.method not in METHODS[self.channel]:
            known = ", ".join(sorted(METHODS[self.channel]))
            raise ValueError(f"has the method {self.method}, which {self.channel} does not have: it has {known}")
        if self.method in IN_ITS_CLIENT and self.login != self.channel:
            raise ValueError(
                f'has the method {self.method} and needs login = "{self.channel}": it is paid in that client'
            )
        return self


def must_exist(rows: Collection[MethodRow], channels: Collection[str]) -> None:
    """Raises ValueError for a row of a channel that the hospital does not have."""
    for row in rows:
        if row.channel not in channels:
            raise ValueError(f"has [[methods]] with the channel {row.channel}, which this file does not describe")
