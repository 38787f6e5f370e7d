"""Mutants that no test can or need notice, each with its reason (argued.toml)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.operators import Mutant
from tests.mutation.suites import source_of

TABLE = Path(__file__).with_name("argued.toml")


@dataclass(frozen=True, slots=True)
class Argued:
    module: str
    was: str
    now: str
    why: str
    line: str = ""
    """The text of the source line, where the same place stands elsewhere in the module, too."""

    def is_about(self, mutant: Mutant) -> bool:
        if (self.module, self.was, self.now) != (mutant.module, mutant.was, mutant.now):
            return False
        return not self.line or self.line == source_of(mutant.module).splitlines()[mutant.line - 1].strip()


def argued() -> list[Argued]:
    return [Argued(**entry) for entry in tomllib.loads(TABLE.read_text("utf-8")).get("argued", [])]
