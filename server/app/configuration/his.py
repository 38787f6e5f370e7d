"""The section of the hospital's own system."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import Field, model_validator

from server.app.configuration.fields import HisUrl, Secret, at_least, strong
from server.app.configuration.section import Section, Text


class His(Section):
    """The hospital's own system (docs/his-interface.md). We sign with ``key_id`` and accept every key of ``keys``."""

    base_url: HisUrl = Field(examples=['"https://his.example.org/zhenfu"'])
    key_id: Text = Field(examples=['"zhenfu-2026"'])
    keys: Mapping[Text, Annotated[Secret, at_least(16), strong()]] = Field(
        min_length=1, examples=['{ zhenfu-2026 = "env:HIS_KEY" }']
    )
    presettle: bool = Field(default=False, examples=["true"])
    inpatient: bool = Field(default=False, examples=["true"])
    old_balances: bool = Field(default=False, examples=["true"])
    longest_call_seconds: int = Field(default=300, ge=60, le=86_400, strict=True, examples=["300"])
    told_after_minutes: int = Field(default=10, ge=1, le=1440, strict=True, examples=["10"])
    bills_kept_seconds: int = Field(default=0, ge=0, le=30, strict=True, examples=["5"])

    @model_validator(mode="after")
    def _key_is_there(self) -> Self:
        if self.key_id not in self.keys:
            raise ValueError("has a key_id that is not among its keys")
        return self
