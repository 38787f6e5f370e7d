"""``[registration]``: that the hospital takes registrations here, and under which rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from string import Formatter
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from server.app.configuration.fields import shaped
from server.app.configuration.section import Section
from server.registration.rules.hospital_rules import Rule
from server.registration.texts import WORDS


class Ages(Section):
    """Whom one department sees: from ``least`` up to and with ``most`` years."""

    least: int = Field(default=0, ge=0, le=200, strict=True, examples=["0"])
    most: int = Field(default=200, ge=0, le=200, strict=True, examples=["13"])

    @model_validator(mode="after")
    def _somebody_fits(self) -> Self:
        if self.least > self.most:
            raise ValueError("has a least age over the most")
        return self


class Most(Section):
    """A patient may take at most ``times`` numbers within ``days`` days."""

    times: int = Field(ge=1, le=100, strict=True, examples=["10"])
    days: int = Field(ge=1, le=366, strict=True, examples=["30"])


class Pause(Section):
    """Whoever does it ``times`` times within ``days`` days can't register here for ``pause_days`` days."""

    times: int = Field(ge=1, le=100, strict=True, examples=["3"])
    days: int = Field(ge=1, le=366, strict=True, examples=["180"])
    pause_days: int = Field(ge=1, le=366, strict=True, examples=["30"])


class CancelUntil(Section):
    """A number can be given back until ``at``, ``days_before`` days before the visit."""

    days_before: int = Field(ge=0, le=14, strict=True, examples=["1"])
    at: time = Field(examples=['"15:00"'])


class Hours(Section):
    """The hours of each day from ``first`` to ``last``, which may lie after midnight."""

    first: time = Field(examples=['"00:00"'])
    last: time = Field(examples=['"06:30"'])


DepartmentNo = Annotated[str, shaped(r"[0-9A-Za-z_.-]{1,64}", "the HIS's number of a department")]
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class PayAtWindow(Section):
    """A number may be taken here and paid at the ``place`` until ``before_minutes`` before its time; only of ``departments``, where some are
    named. The HIS has ``reg.reserve``.
    """

    place: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)] = Field(
        examples=['"门诊楼 1 层收费窗口"']
    )
    before_minutes: int = Field(default=30, ge=0, le=1440, strict=True, examples=["30"])
    departments: list[DepartmentNo] = Field(default_factory=list, examples=['["D01"]'])


class CheckInPlace(Section):
    """Whoever is within ``metres`` of this place (degrees of WGS 84) may check in by it; ``point`` names it to the HIS."""

    point: Annotated[str, shaped(r"[0-9A-Za-z_-]{1,32}", "up to 32 letters, digits, - and _")] = Field(
        examples=['"MAIN"']
    )
    latitude: float = Field(ge=-90, le=90, examples=["39.9"])
    longitude: float = Field(ge=-180, le=180, examples=["116.4"])
    metres: int = Field(default=300, ge=50, le=5000, strict=True, examples=["300"])


class Registration(Section):
    """预约挂号 (docs/his-interface.md section 9). ``doctors``: the HIS has ``reg.doctors``. ``waiting_lists``: it has ``reg.wait``.
    ``pay_at_window``: it has ``reg.reserve``, and the hospital lets patients pay there.
    ``ages`` by the HIS's number of the department; ``words`` by the rule.
    """

    doctors: bool = Field(default=False, examples=["true"])
    waiting_lists: bool = Field(default=False, examples=["true"])
    days_ahead: int = Field(default=7, ge=0, le=60, strict=True, examples=["7"])
    released_at: time = Field(default=time(7, 0), examples=['"07:00"'])
    closed: Hours | None = Field(default=None, examples=['{ first = "00:00", last = "06:30" }'])
    real_name: bool = Field(default=True, examples=["true"])
    one_a_day: bool = Field(default=True, examples=["true"])
    open_most: int = Field(default=0, ge=0, le=100, strict=True, examples=["3"])
    taken_most: Most | None = Field(default=None, examples=["{ times = 10, days = 30 }"])
    missed: Pause | None = Field(default=None, examples=["{ times = 3, days = 180, pause_days = 30 }"])
    cancelled: Pause | None = Field(default=None, examples=["{ times = 3, days = 30, pause_days = 30 }"])
    guardian_under: int = Field(default=0, ge=0, le=18, strict=True, examples=["14"])
    guardian_bound: bool = Field(default=False, examples=["true"])
    cancel_before_minutes: int = Field(default=120, ge=0, le=20_160, strict=True, examples=["120"])
    cancel_until: CancelUntil | None = Field(default=None, examples=['{ days_before = 1, at = "15:00" }'])
    pay_at_window: PayAtWindow | None = Field(
        default=None, examples=['{ place = "门诊楼 1 层收费窗口", before_minutes = 30, departments = [] }']
    )
    check_in_places: list[CheckInPlace] = Field(
        default_factory=list, examples=['[{ point = "MAIN", latitude = 39.9, longitude = 116.4, metres = 300 }]']
    )
    ages: Mapping[DepartmentNo, Ages] = Field(default_factory=dict, examples=["{ D04 = { most = 13 } }"])
    words: Mapping[Rule, _Words] = Field(default_factory=dict, examples=['{ real_name = "请带身份证到窗口补登记。" }'])

    @model_validator(mode="after")
    def _a_guardian_is_of_somebody_younger(self) -> Self:
        if self.guardian_bound and not self.guardian_under:
            raise ValueError("has guardian_bound without guardian_under, so it asks nobody for a guardian")
        return self

    @field_validator("words")
    @classmethod
    def _gaps_are_the_rule_s(cls, words: Mapping[Rule, str]) -> Mapping[Rule, str]:
        for rule, text in words.items():
            known = _gaps(WORDS[rule])
            try:
                unknown = _gaps(text) - known
            except ValueError:
                raise ValueError(f"has words for {rule} with a brace that is no gap") from None
            if unknown:
                raise ValueError(f"has words for {rule} with {{{min(unknown)}}}; its gaps are {sorted(known)}")
        return words


def _gaps(text: str) -> set[str]:
    """The names in braces. Raises ValueError for a brace that is none of a name."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
