"""Broken endings: what people end when no rule can."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import server.payments.rules.ending_acts
import server.payments.rules.ending_elsewhere
import server.payments.rules.ending_rest
from server.payments.model import Payment
from tests.simulation.mutants.patching import Patches


def ended_by_one_person() -> Patches:
    real = server.payments.rules.ending_acts.proposed

    def proposed(payment: Payment) -> Any:
        ending = real(payment)
        return server.payments.rules.ending_acts.replace(ending, by="staff:9999")

    return [patch.object(server.payments.rules.ending_acts, "proposed", proposed)]


def settled_beside_the_stuck_refund() -> Patches:
    return [patch.object(server.payments.rules.ending_elsewhere, "_give_way", lambda payment, *given: payment)]


def rest_refunded_beside_the_booking() -> Patches:
    return [patch.object(server.payments.rules.ending_rest, "his_word", lambda sides: None)]
