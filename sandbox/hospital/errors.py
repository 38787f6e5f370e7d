"""The HIS's refusals (docs/his-interface.md section 2)."""

from __future__ import annotations


class No(Exception):
    """Any code but OK, with words that can be shown."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code, self.message = code, message
