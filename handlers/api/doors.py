"""The API's addresses, the source of the routes and of the OpenAPI document."""

from __future__ import annotations

from handlers.api import bills, needs, payments, people
from handlers.api.door import ApiHandler

BASE = "/api/v1"
PARTS = {
    "hospital": r"[a-z0-9-]{1,40}",
    "card_key": r"[0-9a-f]{1,64}",
    "binding_key": r"[0-9a-f]{1,64}",
    "bill_no": r"[^/]{1,200}",
    "out_trade_no": r"[0-9A-Za-z]{1,32}",
}
DOORS: tuple[tuple[str, str, type[ApiHandler]], ...] = (
    ("api_session", "/session", people.SessionHandler),
    ("api_rotation", "/session/rotation", people.RotationHandler),
    ("api_me", "/me", people.MeHandler),
    ("api_phone", "/me/phone", people.PhoneHandler),
    ("api_home", "/home", needs.HomeHandler),
    ("api_member_home", "/home/{card_key}", needs.HomeHandler),
    ("api_scans", "/scans", people.ScansHandler),
    ("api_cards", "/cards", bills.CardsHandler),
    ("api_card_codes", "/cards/codes", bills.CardCodesHandler),
    ("api_card", "/cards/{card_key}", bills.CardHandler),
    ("api_bindings", "/cards/{card_key}/bindings", bills.BindingsHandler),
    ("api_binding", "/cards/{card_key}/bindings/{binding_key}", bills.BindingHandler),
    ("api_bills", "/bills", bills.BillsHandler),
    ("api_bill", "/bills/{bill_no}", bills.BillHandler),
    ("api_payments", "/payments", payments.PaymentsHandler),
    ("api_payment", "/payments/{out_trade_no}", payments.PaymentHandler),
    ("api_call", "/payments/{out_trade_no}/call", payments.CallHandler),
    ("api_notices", "/notices", people.NoticesHandler),
    ("api_subscriptions", "/subscriptions", people.SubscriptionsHandler),
)


def pattern(path: str) -> str:
    for name, shape in PARTS.items():
        path = path.replace("{" + name + "}", f"(?P<{name}>{shape})")
    return path
