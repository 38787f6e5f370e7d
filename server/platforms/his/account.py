"""How a hospital's HIS is reached and which secrets are shared with it (docs/his-interface.md section 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.core.systems import HOSPITAL_SYSTEM
from server.payments.his_ports import HisCapabilities

SYSTEM = HOSPITAL_SYSTEM
"""Label of the system in errors, breakers and logs."""
NO_DATA = "NO_DATA"
"""The code for: asked properly, nothing there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HisConfig:
    """``keys`` maps key ids to secrets: we sign with ``active_key_id`` and accept every one (two during a rotation). ``inpatient``: does it have
    the functions for inpatients (section 8)? ``old_balances``: those for old outpatient balances (section 11)?
    """

    base_url: str
    keys: Mapping[str, str] = field(repr=False)
    active_key_id: str
    capabilities: HisCapabilities = field(default_factory=HisCapabilities)
    inpatient: bool = False
    old_balances: bool = False
