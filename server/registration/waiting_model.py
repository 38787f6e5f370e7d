"""候补: a patient waits for a number of a full shift, as the HIS says (docs/his-interface.md section 9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from server.registration.model import Shift, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedNumber:
    """A number that has become free, and is held for one patient ``until``."""

    slot: Slot
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """``ahead`` is how many wait before the patient; ``offered`` is None until it is the patient's turn."""

    shift: Shift
    ahead: int
    offered: OfferedNumber | None = None
