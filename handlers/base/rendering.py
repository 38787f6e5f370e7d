"""Jinja2 for the pages: everything escaped, a missing value is an error, templates compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from handlers.base.assets import Assets
from server.payments.texts import NUMBER_NAMES


class Pages:
    def __init__(self, templates: Path, assets: Assets) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(templates),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=200,
        )
        self._environment.globals["asset"] = assets.url
        self._environment.globals.update(NUMBER_NAMES)

    def render(self, name: str, view: Mapping[str, object]) -> str:
        """``name`` is a path below ``templates/`` without its ending: ``bills/bill``, ``console/login``."""
        return self._environment.get_template(f"{name}.html").render(view)
