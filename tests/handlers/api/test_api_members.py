"""就诊人: each line of a list names the card that it is of, as the list of cards does."""

from __future__ import annotations

import pytest

from server.inpatient.model import Stay
from server.patients.model import BoundCard
from tests.handlers.api.conftest import KEY, BothApps, Client, told
from tests.handlers.doors import an_app
from tests.support import registrations
from tests.support.builders import CARD, HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.inpatients import FaithfulInpatients, an_admission
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.old_balances import FaithfulOldBalances, an_old_balance
from tests.support.outside import FaithfulHis
from tests.support.reports import FaithfulReports, a_film, a_report, an_offer

pytestmark = pytest.mark.gen_test
CHILD = "C0000002"
NAMES = {CARD: "张测试", CHILD: "李小测"}


@pytest.fixture
def memory_app(mini: ObligingMiniProgram) -> InMemoryApp:
    of_child = {"card_no": CHILD, "patient_name": NAMES[CHILD]}
    his = FaithfulHis(
        inpatient=FaithfulInpatients(an_admission(), an_admission(stay=Stay(admission_no="ZY2", count=1), **of_child)),
        old_balances=FaithfulOldBalances(an_old_balance(), an_old_balance(**of_child)),
    )
    reports = FaithfulReports(a_report(), a_film("R2", **of_child))
    return an_app(
        his=his,
        registration=registrations.an_offer(his),
        reports={HOSPITAL: an_offer(reports)},
        channels={"wechat": BothApps()},
        mini_program=mini,
    )


async def keys(memory_app: InMemoryApp, client: Client) -> dict[str, str]:
    """Of both bound cards, by their masked names."""
    await client.log_in()
    for number, name in NAMES.items():
        owner = f"wechat:{MINI_APP}:openid-mini-zhang"
        await memory_app.stores.cards.bind(BoundCard(hospital=HOSPITAL, owner=owner, card_no=number, name=name))
    items = told(await client.call("GET", "/cards"))["items"]
    return {one["name_masked"]: one["card_key"] for one in items}


@pytest.mark.parametrize("page", ["/reports", "/admissions", "/balances"])
async def test_each_line_names_its_card(memory_app: InMemoryApp, client: Client, page: str) -> None:
    cards = await keys(memory_app, client)
    lines = told(await client.call("GET", page))["items"]
    assert {line["name_masked"]: line["card_key"] for line in lines} == cards


async def test_an_appointment_names_the_card_for_which_it_is(memory_app: InMemoryApp, client: Client) -> None:
    card_key = (await keys(memory_app, client))["张*试"]
    wanted = {
        "schedule_no": registrations.SHIFT_NO,
        "slot_no": registrations.a_slot(1).slot_no,
        "card_key": card_key,
        "amount_fen": 2100,
        "phone": None,
    }
    begun = await client.call("POST", "/appointments", wanted, Idempotency_Key=KEY)
    assert begun.code == 201, begun.body
    [line] = told(await client.call("GET", "/appointments"))["items"]
    assert line["card_key"] == card_key
