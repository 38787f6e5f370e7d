"""The doors of what a hospital may offer beside bills: stays, old balances, registration, reports."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.base.page import Page
from handlers.patient import balances, inpatient, registration_doors, reports


def doors(prefix: str) -> Sequence[tuple[str, str, type[Page]]]:
    """Each door's name for logs and metrics, its pattern below ``prefix``, and its handler."""
    return [door for offered in (inpatient, balances, registration_doors, reports) for door in offered.doors(prefix)]
