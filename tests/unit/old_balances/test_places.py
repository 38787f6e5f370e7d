"""Where a reader of the list goes on is a text in which no card can be read."""

from __future__ import annotations

import pytest

from server.core.errors import Forged
from server.infrastructure.sealing import Keyring
from server.old_balances.model import ListPlace
from server.old_balances.places import place_kept, place_of, place_text
from tests.support.builders import HOSPITAL

RING = Keyring("k1", {"k1": b"1" * 32}, b"2" * 32)
PLACE = ListPlace(40, "8800000001", by_card=True)


def test_a_place_is_read_again_and_names_nobody() -> None:
    text = place_text(RING, HOSPITAL, PLACE)
    assert PLACE.last not in text
    assert place_of(RING, HOSPITAL, text) == place_kept(RING, HOSPITAL, text) == PLACE
    assert (place_text(RING, HOSPITAL, None), place_of(RING, HOSPITAL, "")) == ("", ListPlace())


def test_another_hospital_s_place_and_one_that_is_none_are_refused_and_a_kept_one_begins_anew() -> None:
    for text in (place_text(RING, "other", PLACE), "40", "x"):
        with pytest.raises(Forged):
            place_of(RING, HOSPITAL, text)
        assert place_kept(RING, HOSPITAL, text) == ListPlace()
