"""The console has words for every event, alert and kind of owed work; a new one without words fails here."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pytest

from handlers.console.views.actors import by_whom
from handlers.console.views.owed_words import OWED
from handlers.console.views.telling_words import SMS_CODES, TELLINGS, WHY_LOST
from handlers.console.views.words import (
    ASKED_FOR,
    AUDITED,
    ORIGINS,
    PAYMENT_EVENTS,
    ROLES,
    ROOM_NAMES,
    STAFF_EVENTS,
    STAFF_STATES,
    UNCLAIMED_ACTS,
    UNCLAIMED_EVENTS,
    UNCLAIMED_STATES,
)
from server.alerts.texts import ALERTS
from server.audit.model import PAYMENTS_SIGNED, UNCLAIMED_SIGNED
from server.console.rules import Room
from server.effects.model import EffectKind
from server.patients.contact_ports import BLOCKED, FAILED
from server.payments.model import PaymentState
from server.payments.refund_model import RefundOrigin, RefundState
from server.payments.rules import telling
from server.payments.rules.unclaimed_acts import AGREED, DROPPED, PROPOSED
from server.payments.rules.unclaimed_returns import MONEY, REFUSED, RETURNED, STUCK, TAMPERED, UNCLAIMED, WAITS
from server.payments.texts import MESSAGES, PAYMENT_STATES, REFUND_STATES
from server.payments.unclaimed_model import UnclaimedAct, UnclaimedState
from server.reconciliation.rules.days import CLOSED, CORRECTED, REPAIRED
from server.staff.model import Role, StaffState
from server.staff.rules.auth_events import LOGGED_OUT, LOGIN_DECLINED, PROOF_FAILED, PROVED, Asked

SERVER = Path(__file__).resolve().parents[2] / "server"
FOR_STAFF = {telling.REFUND_WAITING, telling.REFUND_RESULT, telling.AUDIT_HEAD, telling.ALERTS_STANDING}


@cache
def calls_of_names() -> Mapping[str, Sequence[ast.Call]]:
    """Every call in the server of what is called by a bare name."""
    found: dict[str, list[ast.Call]] = defaultdict(list)
    for path in sorted(SERVER.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                found[node.func.id].append(node)
    return found


def calls(name: str) -> Sequence[ast.Call]:
    return calls_of_names()[name]


def constants(nodes: Iterator[ast.expr]) -> set[str]:
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def test_every_event_of_a_payment_and_of_staff_has_words() -> None:
    named = constants(call.args[1] for call in calls("changed") if len(call.args) > 1)
    assert {"paid", "booked", "refund_requested"} <= named
    assert named - {*PAYMENT_EVENTS, *TELLINGS} == set()
    of_staff = constants(call.args[1] for call in calls("stepped") if len(call.args) > 1)
    assert "staff_bound" in of_staff
    assert of_staff - set(STAFF_EVENTS) == set()
    lines = constants(word.value for call in calls("HistoryEvent") for word in call.keywords if word.arg == "what")
    assert lines - {*PAYMENT_EVENTS, *STAFF_EVENTS, *AUDITED} == set()


def test_every_event_of_a_reconciliation_day_has_words() -> None:
    named = constants(call.args[1] for call in calls("advanced") if len(call.args) > 1)
    assert {"day_matched", "discrepancy_decided"} <= named
    assert {*named, REPAIRED, CLOSED, CORRECTED} - set(AUDITED) == set()


def test_every_visit_of_staff_has_words() -> None:
    assert {LOGGED_OUT, LOGIN_DECLINED, PROOF_FAILED, PROVED} <= set(AUDITED)
    assert set(ASKED_FOR) == {str(asked) for asked in Asked}


def test_every_alert_has_words() -> None:
    kinds = constants(word.value for call in calls("Alert") for word in call.keywords if word.arg == "kind")
    alarms = ast.parse((SERVER / "payments" / "rules" / "alarms.py").read_text("utf-8"))
    for node in ast.walk(alarms):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "append":
            pair = node.args[0]
            assert isinstance(pair, ast.Tuple)
            kinds |= constants(iter(pair.elts[:1]))
    assert {"unclaimed_money", "effect_stuck"} <= kinds
    assert kinds | {"refund_abnormal", "refund_closed", "payment_unreadable", "payment_tampered"} <= set(ALERTS)
    assert {MONEY, WAITS, STUCK, TAMPERED, f"{UNCLAIMED}_unreadable"} <= set(ALERTS)


def test_every_event_and_act_of_unclaimed_money_has_words() -> None:
    assert set(UNCLAIMED_EVENTS) == {PROPOSED, AGREED, DROPPED, RETURNED, REFUSED}
    assert PAYMENTS_SIGNED in AUDITED
    assert UNCLAIMED_SIGNED in AUDITED


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (EffectKind, OWED),
        (PaymentState, PAYMENT_STATES),
        (RefundState, REFUND_STATES),
        (RefundOrigin, ORIGINS),
        (Role, ROLES),
        (StaffState, STAFF_STATES),
        (Room, ROOM_NAMES),
        (UnclaimedAct, UNCLAIMED_ACTS),
        (UnclaimedState, UNCLAIMED_STATES),
    ],
)
def test_every_state_and_kind_has_words(kinds: type, words: dict[str, str]) -> None:
    assert [kind for kind in kinds if kind not in words] == []  # type: ignore[attr-defined]


def test_every_purpose_of_a_message_to_patients_has_words() -> None:
    purposes = {value for name, value in vars(telling).items() if name.isupper() and isinstance(value, str)}
    assert purposes - FOR_STAFF == set(MESSAGES)


def test_nobody_s_identity_on_a_platform_is_shown() -> None:
    assert by_whom("wechat:wx1:openid-1") == "付款人"
    assert by_whom("patient:holder") == "持卡患者本人"
    assert (by_whom("1001"), by_whom("system")) == ("工号1001", "系统")


def test_why_a_message_did_not_arrive_is_said_in_words_for_every_reason_that_the_protocol_pages_name() -> None:
    assert set(WHY_LOST) == {BLOCKED, FAILED}
    page = Path("docs/protocols/aliyun_sms.md").read_text()
    [named] = [line for line in page.splitlines() if line.startswith("Receipt err_code values: ")]
    codes = set(re.findall(r"\b[A-Z][A-Z_]+\b", named.partition(":")[2]))
    assert set(SMS_CODES) == codes - {"DELIVERED", "SP_NOT_BY_INTER_SMS", "SP_UNKNOWN_ERROR", "REQUEST_SUCCESS"}
