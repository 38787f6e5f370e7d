"""``[registration]``: that the hospital takes registrations here, and under which rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Self

from pydantic import Field, model_validator

from server.app.configuration.fields import shaped
from server.app.configuration.section import Section


class Ages(Section):
    """Whom one department sees: from ``least`` up to and with ``most`` years."""

    least: int = Field(default=0, ge=0, le=200, strict=True, examples=["0"])
    most: int = Field(default=200, ge=0, le=200, strict=True, examples=["13"])

    @model_validator(mode="after")
    def _somebody_fits(self) -> Self:
        if self.least > self.most:
            raise ValueError("has a least age over the most")
        return self


class Registration(Section):
    """预约挂号 (docs/his-interface.md section 9). ``ages`` by the HIS's number of the department."""

    days_ahead: int = Field(default=7, ge=0, le=60, strict=True, examples=["7"])
    released_at: time = Field(default=time(7, 0), examples=['"07:00"'])
    one_a_day: bool = Field(default=True, examples=["true"])
    cancel_before_minutes: int = Field(default=120, ge=0, le=20_160, strict=True, examples=["120"])
    ages: Mapping[Annotated[str, shaped(r"[0-9A-Za-z_.-]{1,64}", "the HIS's number of a department")], Ages] = Field(
        default_factory=dict, examples=["{ D04 = { most = 13 } }"]
    )
