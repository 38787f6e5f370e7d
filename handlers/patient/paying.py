"""What every page that begins a payment does, whatever it is for."""

from __future__ import annotations

from handlers.base.page import Page
from handlers.patient.views.payments import is_code, started
from server.core.errors import BadInput
from server.core.typed import plain
from server.payments.answers import Started
from server.payments.sms_choice import KNOWN_NUMBER, NO_SMS, SmsChoice, sms_to


def sms_choice(choice: str, typed: str) -> SmsChoice:
    """What the form says about the SMS. Raises BadInput for another number that is not filled in."""
    if choice == "none":
        return NO_SMS
    if choice == "known":
        return KNOWN_NUMBER
    number = plain(typed)
    if choice == "other" and not number:
        raise BadInput("no phone number", user_message="请填写接收短信的手机号，或选择不接收短信。")
    return sms_to(number)


SHOWN_DIGITS_MAX = 12


def shown_fen(text: str) -> int | None:
    """The sum on the button that was pressed, so that nobody pays another one unseen."""
    if text and not (text.isascii() and text.isdigit() and len(text) <= SHOWN_DIGITS_MAX):
        raise BadInput("shown_fen is no amount")
    return int(text) if text else None


class Paying(Page):
    """Begins a payment of any purpose."""

    def answer(self, begun: Started, *, instead: str = "") -> None:
        """The script gets what opens the cashier. Where the script is not there (yet), the payment's own page follows,
        which opens the cashier as soon as it can. ``instead``: the page that follows in the place of the payment's own.
        """
        if self.wants_json:
            self.send_json({**started(self.base, begun), **({"url": instead} if instead else {})})
        elif instead:
            self.redirect(instead, status=303)
        else:
            own = f"{self.base}/payments/{begun.payment_id}"
            self.redirect(f"{own}/code" if is_code(begun) else f"{own}?begun=1", status=303)
