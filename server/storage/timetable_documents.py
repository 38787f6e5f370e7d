"""Timetables as text: one JSON object; a MAC stands over it in the database."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import MappingProxyType

from server.effects.timetable import Timetable
from server.storage.effect_texts import effect_from_facts
from server.storage.json_text import json_text

SCHEMA = 1


def timetable_to_text(timetable: Timetable) -> str:
    """All of the timetable but ``tampered``."""
    told = {
        "schema": SCHEMA,
        "hospital": timetable.hospital,
        "version": timetable.version,
        "effects": [asdict(each) for each in timetable.effects],
        "places": dict(timetable.places),
    }
    return json_text(told)


def timetable_from_text(text: str) -> Timetable:
    """Raises whatever is wrong with a text that `timetable_to_text` did not make."""
    told = json.loads(text)
    return Timetable(
        hospital=told["hospital"],
        version=told["version"],
        effects=tuple(effect_from_facts(each) for each in told["effects"]),
        places=MappingProxyType(dict(told["places"])),
    )
