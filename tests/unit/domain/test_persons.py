"""Who is one person: the platform's word joins, a proof joins only where there is no doubt."""

from __future__ import annotations

import pytest

from server.domain.persons import KnownIdentity, same_person

UNION, OTHER_UNION, PROOF, CHILD = "account:1", "account:2", "proof:1", "proof:child"


def known(key: str, app: str, *marks: str) -> KnownIdentity:
    return KnownIdentity(key=key, app=app, marks=frozenset(marks))


ME = known("me", "wechat:mini", UNION, PROOF)


def test_the_platform_s_word_joins_apps() -> None:
    assert same_person(ME, [ME, known("h5", "wechat:h5", UNION)]) == ("h5",)


def test_a_proof_joins_where_nothing_speaks_against_it() -> None:
    assert same_person(ME, [ME, known("alipay", "alipay:app", PROOF)]) == ("alipay",)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(known("x", "wechat:h5", OTHER_UNION, PROOF), id="the platform says they are two"),
        pytest.param(known("x", "wechat:mini", PROOF), id="one app knows a person once"),
        pytest.param(known("x", "wechat:h5", CHILD), id="nothing shared"),
    ],
)
def test_people_who_may_be_two_are_not_joined(other: KnownIdentity) -> None:
    assert same_person(ME, [ME, other]) == ()


def test_a_father_and_a_mother_who_bound_their_child_s_card_stay_two() -> None:
    mother_mini = known("mother-mini", "wechat:mini", CHILD)
    mother, father = known("mother", "wechat:h5", CHILD), known("father", "wechat:h5", CHILD)
    assert same_person(mother_mini, [mother_mini, mother]) == ("mother",)
    everyone = [mother_mini, mother, father]
    for one in everyone:
        assert same_person(one, everyone) == ()
