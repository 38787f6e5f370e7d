"""Where a phone says that it is, as a form or the API tells it. It is asked for one check-in, and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from server.core.errors import BadInput
from server.registration.rules.being_here import Position

ACCURACY_MAX_M = 1_000_000


class PositionAsked(BaseModel):
    """Degrees of WGS 84; ``accuracy``: within how many metres."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    latitude: float = Field(ge=-90, le=90, allow_inf_nan=False)
    longitude: float = Field(ge=-180, le=180, allow_inf_nan=False)
    accuracy: float = Field(ge=0, le=ACCURACY_MAX_M, allow_inf_nan=False)

    def position(self) -> Position:
        return Position(latitude=self.latitude, longitude=self.longitude, accuracy_m=self.accuracy)


def position_of(told: Mapping[str, str]) -> Position:
    """Raises BadInput, which does not say what was told."""
    try:
        return PositionAsked.model_validate(told, strict=False).position()  # a form has text
    except ValidationError:
        raise BadInput("position", user_message="没有取到位置，请扫分诊台的签到码签到。") from None
