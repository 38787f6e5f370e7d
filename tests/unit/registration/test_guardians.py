"""A child's number is taken by its guardian, where the hospital wants that said at the binding of the cards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server.core.errors import NotAllowed
from server.patients.model import BoundCard, Session
from server.patients.relations import Relation
from server.registration.rules.asking import bound_by_guardian
from server.registration.rules.hospital_rules import RegistrationRules
from tests.support.builders import CARD, HOSPITAL, a_patient
from tests.support.registering import OTHER_CARD, RegistrationWorld
from tests.support.registrations import SHIFT_NO

OWN = ("own:1", "self:1")
SAID = RegistrationRules(guardian_under=14, guardian_bound=True)


def a_card(card_no: str, family: Relation | None = None, proofs: tuple[str, ...] = ()) -> BoundCard:
    return BoundCard(
        hospital=HOSPITAL, owner="o", card_no=card_no, name="张测试", family=family, identity_proofs=proofs
    )


@pytest.mark.parametrize(
    ("child", "other", "allowed"),
    [
        (a_card(CARD, Relation.CHILD), a_card(OTHER_CARD, proofs=OWN), True),
        (a_card(CARD, Relation.WARD), a_card(OTHER_CARD, proofs=OWN), True),
        (a_card(CARD, Relation.OTHER), a_card(OTHER_CARD, proofs=OWN), False),
        (a_card(CARD, Relation.PARENT), a_card(OTHER_CARD, proofs=OWN), False),
        (a_card(CARD), a_card(OTHER_CARD, proofs=OWN), False),
        (a_card(CARD, Relation.CHILD), a_card(OTHER_CARD, Relation.PARENT), False),
        (a_card(CARD, Relation.CHILD), a_card(OTHER_CARD), False),
        (a_card("C9", Relation.CHILD), a_card(OTHER_CARD, proofs=OWN), False),
    ],
)
def test_a_guardian_has_said_whose_the_card_is_and_has_proven_who_they_are(
    child: BoundCard, other: BoundCard, allowed: bool
) -> None:
    assert bound_by_guardian([child, other], CARD) is allowed
    assert bound_by_guardian([other, child], CARD) is allowed


class Family(RegistrationWorld):
    def __init__(self, rules: RegistrationRules = SAID) -> None:
        super().__init__(rules)
        self.memory_app.his.patients[CARD] = a_patient(birth_date="2018-01-01")

    async def zhang(self) -> Session:
        session = await self.person()
        await self.says(session, OTHER_CARD)
        return session

    async def says(self, session: Session, card_no: str, **fields: object) -> None:
        card = replace(a_card(card_no), owner=session.identity.key, **fields)  # type: ignore[arg-type]
        await self.memory_app.stores.cards.bind(card)


@pytest.mark.asyncio
async def test_a_child_s_number_waits_for_both_words() -> None:
    world = Family()
    zhang = await world.zhang()
    for card_no, fields in ((CARD, {"family": Relation.CHILD}), (OTHER_CARD, {"identity_proofs": OWN})):
        with pytest.raises(NotAllowed, match="guardian_bound") as raised:
            await world.begin(zhang)
        await world.says(zhang, card_no, **fields)
    assert raised.value.user_message == (
        "就诊人 8 岁，未满 14 岁由监护人挂号。请监护人绑定本人的卡（勾选“这是我本人的卡”），再重新绑定就诊人的卡，"
        "与您的关系选“子女”或“被监护人”。"
    )
    assert await world.begin(zhang)


@pytest.mark.asyncio
async def test_nobody_waits_for_a_child_s_number_without_being_its_guardian() -> None:
    world = Family()
    zhang = await world.zhang()
    with pytest.raises(NotAllowed, match="guardian_bound"):
        await world.registration.waiting.join(zhang, SHIFT_NO, world.chosen()[2])


@pytest.mark.asyncio
@pytest.mark.parametrize(
    "rules",
    [replace(SAID, guardian_bound=False), replace(SAID, guardian_under=8), RegistrationRules(guardian_bound=True)],
)
async def test_an_adult_s_card_is_enough_where_the_hospital_says_no_more(rules: RegistrationRules) -> None:
    world = Family(rules)
    assert await world.begin(await world.zhang())


@pytest.mark.asyncio
async def test_the_rule_asks_the_his_about_no_other_card() -> None:
    """What is said at the binding is known here."""
    world = Family()
    zhang = await world.zhang()
    await world.says(zhang, CARD, family=Relation.WARD)
    await world.says(zhang, OTHER_CARD, identity_proofs=OWN)
    world.memory_app.his.patients.pop(OTHER_CARD)
    assert await world.begin(zhang)
