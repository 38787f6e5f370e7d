"""The API's addresses, the source of the routes and of the OpenAPI document."""

from __future__ import annotations

from handlers.api import bills, payments, people
from handlers.api.door import ApiDoor

BASE = "/api/v1"
PARTS = {
    "hospital": r"[a-z0-9-]{1,40}",
    "card_key": r"[0-9a-f]{1,64}",
    "binding_key": r"[0-9a-f]{1,64}",
    "bill_no": r"[^/]{1,200}",
    "out_trade_no": r"[0-9A-Za-z]{1,32}",
}
DOORS: tuple[tuple[str, str, type[ApiDoor]], ...] = (
    ("api_session", "/session", people.SessionDoor),
    ("api_rotation", "/session/rotation", people.RotationDoor),
    ("api_me", "/me", people.MeDoor),
    ("api_phone", "/me/phone", people.PhoneDoor),
    ("api_scans", "/scans", people.ScansDoor),
    ("api_cards", "/cards", bills.CardsDoor),
    ("api_card_codes", "/cards/codes", bills.CardCodesDoor),
    ("api_card", "/cards/{card_key}", bills.CardDoor),
    ("api_bindings", "/cards/{card_key}/bindings", bills.BindingsDoor),
    ("api_binding", "/cards/{card_key}/bindings/{binding_key}", bills.BindingDoor),
    ("api_bills", "/bills", bills.BillsDoor),
    ("api_bill", "/bills/{bill_no}", bills.BillDoor),
    ("api_payments", "/payments", payments.PaymentsDoor),
    ("api_payment", "/payments/{out_trade_no}", payments.PaymentDoor),
    ("api_call", "/payments/{out_trade_no}/call", payments.CallDoor),
    ("api_notices", "/notices", people.NoticesDoor),
    ("api_subscriptions", "/subscriptions", people.SubscriptionsDoor),
)


def pattern(path: str) -> str:
    for name, shape in PARTS.items():
        path = path.replace("{" + name + "}", f"(?P<{name}>{shape})")
    return path
