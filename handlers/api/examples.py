"""An example of every request of the API, for the OpenAPI document: invented people and numbers. A test reads each by its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BODIES: Mapping[str, Mapping[str, Any]] = {
    "LoginAsked": {"code": "0b3Ysa000ZsB1S1xYz200abcde3Ysa0W"},
    "RotationAsked": {"refresh_token": "the refresh_token of the last answer"},
    "PhoneAsked": {"code": "e31968a7f94cc5ee25fafc2aef2773f0bb8c3937b22520eb8ee345274d00c144"},
    "SubscriptionsAsked": {"results": {"ZFsubBooked0000000000000000000000000000001": "accept"}},
    "ScanAsked": {"content": "https://pay.example.org/s/AbCdEf012345"},
    "CardCodeAsked": {"card_no": "8800000001", "name": "张甜甜"},
    "CardAsked": {"card_key": "70cc1973af0e3ae7832d", "code": "291417", "own": True},
    "CardRelationAsked": {"family": "child"},
    "NumberAsked": {
        "schedule_no": "S20261124D01A",
        "slot_no": "S20261124D01A-07",
        "card_key": "70cc1973af0e3ae7832d",
        "amount_fen": 2100,
        "phone": None,
    },
    "WaitAsked": {"schedule_no": "S20261124D01A", "card_key": "70cc1973af0e3ae7832d"},
    "AdmissionCodeAsked": {"admission_no": "ZY20261120", "name": "张甜甜"},
    "TopUpAsked": {"amount": "500.00", "phone": None},
    "WristbandAsked": {"content": "https://pay.example.org/w/sealed"},
    "WristbandDepositAsked": {"content": "https://pay.example.org/w/sealed", "amount": "500.00", "phone": None},
    "SettlementAsked": {"settlement_no": "YJ20261125001", "amount_fen": 0, "phone": None},
    "BalanceReturnAsked": {"amount_fen": 3720},
    "ReportOpeningAsked": {"code": "291417"},
    "CheckInAsked": {"content": "https://pay.example.org/h/demo/check-in/A1"},
    "PaymentAsked": {"bill_nos": ["B20261123001"], "amount_fen": 9760, "phone": "13800138000"},
}
