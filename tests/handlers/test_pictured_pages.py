"""`make screenshots` knows every page that is measured: one without a name ended it half way."""

from __future__ import annotations

from tests.handlers.clinic_pages import AT_THE_CLINIC
from tests.handlers.measured_pages import OF_REPORTS, WITH_A_CARD
from tests.screenshots.of_a_card import CHANGES, NAMES, RELATION


def test_every_measured_page_of_a_card_has_its_own_picture() -> None:
    assert set(NAMES) == {*WITH_A_CARD, *OF_REPORTS, *AT_THE_CLINIC}
    pictures = [*NAMES.values(), *CHANGES, RELATION]
    assert len(set(pictures)) == len(pictures)
