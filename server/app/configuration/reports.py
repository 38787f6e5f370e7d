"""``[reports]``: that the hospital shows reports here, and under which rules."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from server.app.configuration.section import Section, Text


class Reports(Section):
    """报告查询 (docs/his-interface.md section 10). What is sensitive is shown only after a code to the phone that the HIS holds."""

    days_back: int = Field(default=180, ge=1, le=3650, strict=True, examples=["180"])
    new_days: int = Field(default=7, ge=1, le=60, strict=True, examples=["7"])
    shared_hours: int = Field(default=72, ge=1, le=168, strict=True, examples=["72"])
    sensitive_kinds: tuple[Literal["lab", "exam", "pathology"], ...] = Field(default=(), examples=['["pathology"]'])
    announced: bool = Field(default=True, examples=["false"])
    sensitive_words: tuple[Text, ...] = Field(
        default=("HIV", "人类免疫缺陷病毒", "艾滋", "梅毒"), max_length=100, examples=['["HIV", "梅毒"]']
    )
