"""The part of the OpenAPI document that the mini-program uses, as JSON: ``python -m tests.miniprogram.described`` (scripts/miniprogram-types)."""

from __future__ import annotations

import json
import re
from typing import Any

from handlers.api.document import document

PREFIX = "/api/v1/{hospital}/"


def described() -> dict[str, Any]:
    """What the HIS asks has other readers; its changes are none of the client's."""
    whole = document()
    paths = {path: told for path, told in whole["paths"].items() if path.startswith(PREFIX)}
    schemas = whole["components"]["schemas"]
    named = _referred(paths) | _referred(whole["components"]["responses"])
    while more := {name for known in named for name in _referred(schemas[known])} - named:
        named |= more
    kept = {name: schemas[name] for name in sorted(named)}
    return {**whole, "paths": paths, "components": {**whole["components"], "schemas": kept}}


def _referred(told: Any) -> set[str]:
    return set(re.findall(r"#/components/schemas/(\w+)", json.dumps(told)))


if __name__ == "__main__":
    print(json.dumps(described(), ensure_ascii=False))
