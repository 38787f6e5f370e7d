"""The pages of the published version: those that ``miniprogram/app.json`` lists, read anew each time."""

from __future__ import annotations

import json
from pathlib import Path

APP = Path(__file__).resolve().parents[3] / "miniprogram" / "app.json"


def published_pages(app: Path = APP) -> frozenset[str]:
    """``pages/home/home`` …, those of sub-packages under their root."""
    told = json.loads(app.read_text("utf-8"))
    parts = told.get("subPackages", []) + told.get("subpackages", [])
    inner = (f"{part['root'].strip('/')}/{page}" for part in parts for page in part["pages"])
    return frozenset([*told["pages"], *inner])
