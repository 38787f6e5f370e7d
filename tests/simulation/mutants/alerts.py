"""Broken alerts."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import server.payments.rules.causes
from server.staff.alert_rounds import AlertRounds
from tests.simulation.mutants.patching import Patches, everywhere


def alerts_without_end() -> Patches:
    async def ended(self: AlertRounds, alert: Any) -> str:
        return ""

    return [patch.object(AlertRounds, "_ended", ended)]


def alerts_end_under_their_cause() -> Patches:
    return everywhere(server.payments.rules.causes.cause_is_gone, lambda payment, kind, subject: kind in _LASTING)


_LASTING = frozenset(server.payments.rules.causes.CAUSES)
