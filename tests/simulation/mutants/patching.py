"""How Zhenfu is broken while it runs."""

from __future__ import annotations

import sys
from typing import Any
from unittest.mock import patch

Patches = list[Any]


def everywhere(original: Any, replacement: Any) -> Patches:
    """``original`` replaced in every module of the app that has imported it by name."""
    return [
        patch.object(module, name, replacement)
        for module_name, module in sorted(sys.modules.items())
        if module_name.startswith("server.")
        for name, value in list(vars(module).items())
        if value is original
    ]
