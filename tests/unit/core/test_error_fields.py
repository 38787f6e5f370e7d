"""What an error says of itself is read: a class attribute of another name would be text that nobody ever sees."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
READ = {"code", "retry", "user_message", "wait_seconds"}
"""The class attributes of errors that doors and logs read."""
CLASS = re.compile(r"^class (\w+)\(([\w.]+)\):\n((?:\n| {4}.*\n)*)", re.MULTILINE)
ASSIGNED = re.compile(r"^ {4}(\w+)(?:: [\w\[\]. |]+)? = ", re.MULTILINE)


def errors() -> list[tuple[str, str]]:
    """Name and body of every class of the server whose base is an error of ours, over however many steps."""
    texts = (path.read_text("utf-8") for path in sorted((ROOT / "server").rglob("*.py")))
    classes = [(name, base.rpartition(".")[2], body) for text in texts for name, base, body in CLASS.findall(text)]
    known, before = {"ZhenfuError"}, 0
    while before != len(known):
        before = len(known)
        known |= {name for name, base, _ in classes if base in known}
    return [(name, body) for name, base, body in classes if base in known]


def test_every_class_attribute_of_an_error_is_one_that_is_read() -> None:
    found = errors()
    assert {"Refusal", "NumberReused", "BeyondReach"} <= {name for name, _ in found}
    unread = {name: set(ASSIGNED.findall(body)) - READ for name, body in found}
    assert {name: names for name, names in unread.items() if names} == {}
