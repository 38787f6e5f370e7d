"""The sandbox's people with a role are invited as the demo hospital's staff; each binds by saying a code in their own chat."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from server.app.configuration.keyring import write_private
from settings import Settings

STAFF_FILE = "demo-staff.csv"
TERMS = {
    "cashier": ("1001", "500", "2000"),
    "approver": ("2001", "5000", "20000"),
    "finance": ("3001", "50000", "200000"),
    "admin": ("9001", "0", "0"),
}
"""By role: employee number, limit of one refund and of a day in yuan."""


def write_demo_staff(settings: Settings, credentials: Mapping[str, Any]) -> Path:
    """The list that `run.py staff invite --file` reads. Who is bound already is not invited again."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(("number", "name", "role", "per_refund", "per_day"))
    for person in credentials["people"]:
        role = person.get("staff_role", "")
        if role in TERMS:
            number, per_refund, per_day = TERMS[role]
            rows.writerow((number, person["name"], role, per_refund, per_day))
    path = settings.hospitals_dir / STAFF_FILE
    write_private(path, text.getvalue())
    return path
