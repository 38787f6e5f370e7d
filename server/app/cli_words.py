"""What a command with words of its own says about wrong ones: one sentence, then where its help is. (`run.py` has a parser of its own,
because its help loads nothing of ours.)
"""

from __future__ import annotations

import argparse
from typing import ClassVar, NoReturn

WRONG_WORDS = 2


class WordsParser(argparse.ArgumentParser):
    """``of`` is the command whose help lists all words."""

    of: ClassVar[str]

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_WORDS, f"run.py: {message}\nAll commands: python {self.of} --help\n")
