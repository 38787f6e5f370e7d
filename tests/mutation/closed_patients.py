"""As `closed`, of all that is of patients and stands before a payment: who they are, their registrations, reports and stays."""

from __future__ import annotations

PATIENTS: dict[str, tuple[str, ...]] = {
    "server.inpatient": (
        "admissions",
        "binding",
        "deposit_purpose",
        "discharge",
        "discharge_purpose",
        "lots",
        "low_deposits",
        "needs",
        "texts",
        "wristbands",
    ),
    "server.inpatient.rules": (
        "allocation",
        "deposits",
        "plans",
        "standings",
    ),
    "server.patients": (
        "accounts",
        "api_sessions",
        "card_bindings",
        "card_news",
        "card_rounds",
        "cards",
        "cards_in_use",
        "last_uses",
        "login",
        "model",
        "people_in_use",
        "persons",
        "phone_codes",
        "rules",
        "sealed_qr",
        "unused_rounds",
        "visible_cards",
    ),
    "server.registration": (
        "previewing",
        "purpose",
        "queueing",
        "texts",
    ),
    "server.registration.rules": (
        "asking",
        "clinic_changes",
        "counting",
        "hospital_rules",
        "previewing",
        "refusal",
        "searching",
    ),
    "server.reports": (
        "rules",
        "texts",
    ),
}
