"""Who is one person: the platform's word joins, a proof joins only where there is no doubt."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.patients.rules import KnownIdentity, is_grown_up, same_person

UNION, OTHER_UNION = "account:1", "account:2"
OWN, SELF, OTHER_OWN, OTHER_SELF = "own:1", "self:1", "own:2", "self:2"


def known(key: str, app: str, *marks: str) -> KnownIdentity:
    return KnownIdentity(key=key, app=app, identity_proofs=frozenset(marks))


ME = known("me", "wechat:mini", UNION, OWN, SELF)


def test_the_platform_s_word_joins_apps() -> None:
    assert same_person(ME, [ME, known("h5", "wechat:h5", UNION)]) == ("h5",)


def test_who_is_the_same_card_s_own_holder_is_joined_where_nothing_speaks_against_it() -> None:
    assert same_person(ME, [ME, known("alipay", "alipay:app", OWN, SELF)]) == ("alipay",)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(known("x", "wechat:h5", OTHER_UNION, OWN, SELF), id="the platform says they are two"),
        pytest.param(known("x", "wechat:mini", OWN, SELF), id="one app knows a person once"),
        pytest.param(known("x", "wechat:h5", OTHER_OWN, OTHER_SELF), id="nothing shared"),
        pytest.param(known("x", "wechat:h5", OWN, SELF, OTHER_OWN, OTHER_SELF), id="says to be two patients"),
        pytest.param(known("x", "wechat:h5", OWN), id="does not say who"),
        pytest.param(known("x", "wechat:h5", "proof:1"), id="only had a code, by the rule of before"),
    ],
)
def test_people_who_may_be_two_are_not_joined(other: KnownIdentity) -> None:
    assert same_person(ME, [ME, other]) == ()


def test_two_who_say_in_one_app_to_be_the_same_patient_part_everybody() -> None:
    first, second = known("first", "wechat:h5", OWN, SELF), known("second", "wechat:h5", OWN, SELF)
    mini = known("mini", "wechat:mini", OWN, SELF)
    assert same_person(mini, [mini, first]) == ("first",)
    everyone = [mini, first, second]
    for one in everyone:
        assert same_person(one, everyone) == ()


def test_two_whom_the_platform_tells_apart_part_everybody_who_says_to_be_the_same_patient() -> None:
    """A husband in the account and his wife in the mini-program both say that her card is their own: which of them is in the other app?"""
    husband, wife = known("husband", "wechat:h5", OTHER_UNION, OWN, SELF), ME
    third = known("third", "alipay:app", OWN, SELF)
    everyone = [husband, wife, third]
    for one in everyone:
        assert same_person(one, everyone) == ()


def test_who_says_to_be_the_patient_with_the_phone_of_before_parts_everybody_too() -> None:
    """He bound her card before the hospital changed its phone, she afterwards; the other app has two cards of hers, one from each time."""
    husband, wife = known("husband", "wechat:h5", OTHER_OWN, SELF), known("wife", "wechat:h5", OWN, SELF)
    third = known("third", "alipay:app", OWN, OTHER_OWN, SELF)
    everyone = [husband, wife, third]
    for one in everyone:
        assert same_person(one, everyone) == ()
    assert same_person(third, [wife, third]) == ("wife",)


def test_ids_of_two_platforms_are_no_two_people() -> None:
    """Each platform counts people in its own way: only two ids of one platform say that they are two."""
    other = known("alipay", "alipay:app", OTHER_UNION, OWN, SELF)
    assert same_person(ME, [ME, other]) == ("alipay",)


def test_what_the_platform_has_joined_speaks_for_one_person() -> None:
    """His own card in the mini-program, hers in the account: whoever that is, it is not surely she."""
    account, mini = (
        known("account", "wechat:h5", UNION, OWN, SELF),
        known("mini", "wechat:mini", UNION, OTHER_OWN, OTHER_SELF),
    )
    hers = known("hers", "alipay:app", OWN, SELF)
    everyone = [account, mini, hers]
    assert same_person(hers, everyone) == ()
    assert same_person(account, everyone) == ("mini",)


def test_a_card_bound_at_one_entrance_joins_all_that_the_platform_has_joined_with_it() -> None:
    """Nobody binds a second time what the other app shows already. Nearest first, and a card's holder before whom it brings."""
    account, mini = known("account", "wechat:h5", UNION, OWN, SELF), known("mini", "wechat:mini", UNION)
    alipay = known("alipay", "alipay:app", OWN, SELF)
    everyone = [account, mini, alipay]
    assert same_person(account, everyone) == ("mini", "alipay")
    assert same_person(mini, everyone) == ("account", "alipay")
    assert same_person(alipay, everyone) == ("account", "mini")


def test_two_whom_an_app_knows_are_two_wherever_they_say_it() -> None:
    """He says it in the account and she in the mini-program, which knows them both."""
    his = [known("his", "wechat:h5", OTHER_UNION, OWN, SELF), known("his-mini", "wechat:mini", OTHER_UNION)]
    hers = [known("her-mini", "wechat:mini", OWN, SELF), known("her-alipay", "alipay:app", OWN, SELF)]
    everyone = [*his, *hers]
    assert same_person(hers[0], everyone) == same_person(hers[1], everyone) == ()
    assert same_person(hers[0], hers) == ("her-alipay",)


WECHAT, ALIPAY = (UNION, OTHER_UNION, "none"), ("account:3", "none")
APPS = st.sampled_from(
    [
        (app, union)
        for app, unions in (("wechat:h5", WECHAT), ("wechat:mini", WECHAT), ("alipay:app", ALIPAY))
        for union in unions
    ]
)
CARDS = st.lists(st.sampled_from([(OWN, SELF), (OTHER_OWN, SELF), ("own:3", OTHER_SELF)]), max_size=2).map(
    chain.from_iterable
)


@given(st.lists(st.tuples(APPS, CARDS), min_size=1, max_size=6))
def test_a_person_is_the_same_from_every_entrance_and_never_two(
    drawn: list[tuple[tuple[str, str], Iterable[str]]],
) -> None:
    everyone = [known(str(place), app, union, *cards) for place, ((app, union), cards) in enumerate(drawn)]
    persons = {one.key: frozenset({one.key, *same_person(one, everyone)}) for one in everyone}
    for one in everyone:
        assert set(same_person(one, everyone[::-1])) == persons[one.key] - {one.key}
        for other in (other for other in everyone if other.key in persons[one.key] and other is not one):
            assert persons[other.key] == persons[one.key]
            if not one.of("account:") & other.of("account:"):
                patients = {mark for key in persons[one.key] for mark in everyone[int(key)].of("self:")}
                assert len(patients) == 1
                same_platform = one.app.partition(":")[0] == other.app.partition(":")[0]
                assert one.app != other.app
                assert not (same_platform and one.of("account:") and other.of("account:"))


@pytest.mark.parametrize(
    ("id_no", "grown_up"),
    [
        ("11010119900101000X", True),
        ("110101200811230014", True),
        ("110101200811240014", False),
        ("110101202001010014", False),
        ("H12345678", False),
        ("", False),
    ],
)
def test_only_an_adult_s_resident_id_says_who_binds_the_card(id_no: str, grown_up: bool) -> None:
    assert is_grown_up(id_no, date(2026, 11, 23)) is grown_up
