"""The names of fields in stored documents where the model has another one: a renamed field keeps the name that it was first stored under."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.alerts.model import Alert
from server.payments.refund_model import Refund, RefundLine
from server.staff.model import Staff
from server.storage.precision import facts_of

_STORED: Mapping[type, Mapping[str, str]] = {
    Refund: {"approval_reasons": "second", "requested_via": "door"},
    RefundLine: {"charge_no": "bill_no"},
    Alert: {"audited_lines": "sealed"},
    Staff: {"audited_lines": "sealed", "auth_events": "visits", "audited_auth_events": "visited"},
}
_READ = {model: {stored: name for name, stored in names.items()} for model, names in _STORED.items()}


def stored_facts(value: Refund | RefundLine | Alert | Staff) -> dict[str, Any]:
    """The fields of ``value``, one level deep, under the names that they are stored under."""
    names = _STORED[type(value)]
    return {names.get(name, name): fact for name, fact in facts_of(value).items()}


def model_facts(model: type[Refund | RefundLine | Alert | Staff], stored: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a stored document under the names that ``model`` has for them."""
    names = _READ[model]
    return {names.get(name, name): fact for name, fact in stored.items()}
