"""``[menu]``: the menu of the hospital's accounts (docs/protocols/wechat_official.md 10)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from server.app.configuration.fields import one_to
from server.app.configuration.section import Section, Text


def _at_most_bytes(value: str, limit: int, what: str) -> None:
    if len(value.encode()) > limit:
        raise ValueError(f"has a {what} of more than {limit} bytes (a Chinese character has 3)")


class SubButton(Section):
    """A line of an opened menu (wechat_official.md 10). ``url`` may hold ``{public_url}`` and ``{hospital}``."""

    name: Text = Field(examples=['"帮助"'])
    type: Literal["click", "view"] | None = Field(default=None, examples=['"click"'])
    key: str | None = Field(default=None, examples=['"help"'])
    url: str | None = Field(default=None, examples=['"{public_url}/h/{hospital}/bills"'])

    @model_validator(mode="after")
    def _as_wechat_wants_it(self) -> Self:
        _at_most_bytes(self.name, self._name_bytes(), "name")
        _at_most_bytes(self.key or "", 128, "key")
        _at_most_bytes(self.url or "", 1024, "url")
        if self.type == "click" and not self.key:
            raise ValueError('has type = "click" and needs a key')
        if self.type == "view" and not self.url:
            raise ValueError('has type = "view" and needs a url')
        if self.type is None and not self._opens():
            raise ValueError('needs type = "click" or "view"')
        return self

    def _name_bytes(self) -> int:
        return 60

    def _opens(self) -> bool:
        return False


class MenuButton(SubButton):
    """A button of the menu: acts itself, or opens up to five lines."""

    sub_button: Annotated[tuple[SubButton, ...], one_to(5)] = ()

    def _name_bytes(self) -> int:
        return 16

    def _opens(self) -> bool:
        return bool(self.sub_button)


class Menu(Section):
    button: Annotated[tuple[MenuButton, ...], one_to(3)]
