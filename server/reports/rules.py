"""Which reports a patient sees, and which only after a code. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from server.core.typed import name_key
from server.reports.model import Flag, Report, ReportHead, ReportKind, ReportState

SHOWN = frozenset({ReportState.AUDITED, ReportState.AMENDED})
FINE = frozenset({Flag.NONE, Flag.NORMAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRules:
    """``days_back`` reports are listed; ``new_for`` a report that nobody opened stands on the first page. A report of ``sensitive_kinds``, or
    with one of ``sensitive_words`` in its title or in the name of an item, is shown only after a code. A shared link lives for ``shared_for``.
    ``announced``: the HIS says by itself when a report is ready.
    """

    days_back: int = 180
    new_for: timedelta = timedelta(days=7)
    shared_for: timedelta = timedelta(hours=72)
    sensitive_kinds: frozenset[ReportKind] = frozenset()
    sensitive_words: tuple[str, ...] = ()
    announced: bool = True


def is_shown(head: ReportHead) -> bool:
    """Only what the hospital has audited; a report without the time of it is not."""
    return head.state in SHOWN and head.audited_at is not None


def first_day(rules: ReportRules, today: date) -> date:
    return today - timedelta(days=rules.days_back)


def is_sensitive(rules: ReportRules, head: ReportHead, item_names: Iterable[str] = ()) -> bool:
    """Full-width letters, blanks and case make no difference to the words."""
    if head.is_sensitive or head.kind in rules.sensitive_kinds:
        return True
    texts = [name_key(text) for text in (head.title, *item_names)]
    return any(name_key(word) in text for word in rules.sensitive_words for text in texts if name_key(word))


def is_report_sensitive(rules: ReportRules, report: Report) -> bool:
    """By its values, too: a panel with a plain name may have a sensitive one in it."""
    return is_sensitive(rules, report.head, (item.name for item in report.items))


def is_new(rules: ReportRules, head: ReportHead, now: datetime) -> bool:
    return head.audited_at is not None and now - head.audited_at <= rules.new_for


def newest_first(heads: Iterable[ReportHead]) -> Sequence[ReportHead]:
    """The reports that are shown, by the time of their audit."""
    shown = [(head.audited_at, head) for head in heads if is_shown(head) and head.audited_at is not None]
    return tuple(head for _, head in sorted(shown, key=lambda one: (one[0], one[1].report_no), reverse=True))


def abnormal_count(report: Report) -> int:
    return sum(item.flag not in FINE for item in report.items)
