"""To which number, if to any, a payer wants the SMS about a payment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SmsChoice:
    """``typed``: the number as the person typed it; without one the SMS goes to the number that is known of the cards and of the person."""

    wanted: bool = True
    typed: str = ""


NO_SMS = SmsChoice(wanted=False)
KNOWN_NUMBER = SmsChoice()


def sms_to(typed: str) -> SmsChoice:
    return SmsChoice(typed=typed)
