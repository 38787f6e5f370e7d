"""What an error says of itself is read: a class attribute of another name would be text that nobody ever sees."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
READ = {"code", "retry", "user_message", "wait_seconds"}
"""The class attributes of errors that doors and logs read."""
CLASS = re.compile(r"^class (\w+)\(([\w.]+)\):\n((?:\n| {4}.*\n)*)", re.MULTILINE)
ASSIGNED = re.compile(r"^ {4}(\w+)(?:: [\w\[\]. |]+)? = ", re.MULTILINE)


def classes() -> dict[str, tuple[str, str]]:
    """Base and body of every class of the server that has one base, by its name."""
    texts = (path.read_text("utf-8") for path in sorted((ROOT / "server").rglob("*.py")))
    return {name: (base.rpartition(".")[2], body) for text in texts for name, base, body in CLASS.findall(text)}


def is_error(name: str, known: dict[str, tuple[str, str]]) -> bool:
    return name == "ZhenfuError" or (name in known and is_error(known[name][0], known))


def test_every_class_attribute_of_an_error_is_one_that_is_read() -> None:
    known = classes()
    errors = {name for name in known if is_error(name, known)}
    assert {"Refusal", "NumberReused", "BeyondReach"} <= errors
    unread = {name: set(ASSIGNED.findall(known[name][1])) - READ for name in errors}
    assert {name: names for name, names in unread.items() if names} == {}
