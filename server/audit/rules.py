"""What people look for in the audit chain: by whom, about what, of which kind, in which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from server.audit.model import AuditEntry
from server.core.actors import actor_of
from server.core.days import hospital_day
from server.core.typed import number_key, search_words

TAIL_CHARS_MIN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditSearch:
    """Every field that is set must fit; an empty one fits everything.

    ``person``: an employee number, or a whole actor such as ``his:1001``. ``about``: a payment's number or a tail of it of four or
    more characters, an employee number, an alert's id. ``kind``: the kind of the source. Days are the hospital's, both included.
    """

    person: str = ""
    about: str = ""
    kind: str = ""
    since: date | None = None
    until: date | None = None

    def fits(self, entry: AuditEntry) -> bool:
        day = hospital_day(entry.at)
        return (
            (not self.person or self._is_by(entry))
            and (not self.about or self._is_about(entry))
            and (not self.kind or entry.source[0] == self.kind)
            and (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
        )

    def _is_by(self, entry: AuditEntry) -> bool:
        actor = actor_of(entry.by, entry.detail.get("door", ""))
        return _asked(self.person) in {number_key(actor.name), number_key(str(actor))}

    def _is_about(self, entry: AuditEntry) -> bool:
        whose, asked = number_key(entry.source[1]), _asked(self.about)
        return whose == asked or (len(asked) >= TAIL_CHARS_MIN and whose.endswith(asked))


def _asked(text: str) -> str:
    """What somebody typed or copied (``工号1001``, ``…0VY42Z``) as the numbers of entries are compared."""
    return number_key(search_words(text).lstrip("."))
