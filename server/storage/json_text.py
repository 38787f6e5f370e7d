"""Documents as JSON text, for those that are kept as one text under a MAC (`bank_documents`, `day_documents`, `timetable_documents`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any


def json_text(facts: Mapping[str, Any]) -> str:
    """``facts`` with their names in order; dates and moments as ISO 8601. Raises TypeError for a value that is none of JSON's types."""
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, default=_iso)


def _iso(value: object) -> str:
    if isinstance(value, date):  # a datetime is one, too
        return value.isoformat()
    raise TypeError(type(value).__name__)
