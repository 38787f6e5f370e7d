"""门诊余额 by the API: what is left, where it goes, and asking for it once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tornado.httpclient import HTTPResponse

from server.core.errors import OutcomeUnknown
from server.core.systems import HOSPITAL_SYSTEM
from server.patients.model import BoundCard
from server.payments.model import Payment
from tests.handlers.api.conftest import KEY, BothApps, Client, told
from tests.handlers.doors import an_app
from tests.support.builders import CARD, HOSPITAL
from tests.support.in_memory_app import InMemoryApp
from tests.support.mini_program import MINI_APP, ObligingMiniProgram
from tests.support.old_balances import FaithfulOldBalances, moved
from tests.support.outside import FaithfulHis
from tests.support.payment_fixtures import paid

pytestmark = pytest.mark.gen_test
ZHANG = "openid-mini-zhang"


@pytest.fixture
def balances() -> FaithfulOldBalances:
    return FaithfulOldBalances()


@pytest.fixture
def memory_app(balances: FaithfulOldBalances, mini: ObligingMiniProgram) -> InMemoryApp:
    return an_app(his=FaithfulHis(old_balances=balances), channels={"wechat": BothApps()}, mini_program=mini)


async def bound(memory_app: InMemoryApp, client: Client) -> str:
    """The path of the balance of the person's one card."""
    await client.log_in(ZHANG)
    card = BoundCard(hospital=HOSPITAL, owner=f"wechat:{MINI_APP}:{ZHANG}", card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(card)
    [one] = told(await client.call("GET", "/balances"))["items"]
    return f"/balances/{one['balance_key']}"


async def a_payment_is_put_onto_the_card(memory_app: InMemoryApp, balances: FaithfulOldBalances) -> Payment:
    payment = await paid(memory_app)
    await memory_app.work()
    lot, known = moved(await memory_app.payment(payment.id)), balances.known[CARD]
    balances.known[CARD] = replace(known, balance_fen=known.balance_fen + lot.amount_fen, lots=(*known.lots, lot))
    return payment


async def ask_back(client: Client, own: str, amount_fen: int, key: str = KEY) -> HTTPResponse:
    return await client.call("POST", f"{own}/return", {"amount_fen": amount_fen}, Idempotency_Key=key)


async def test_the_list_says_what_is_left_and_the_balance_where_it_is_to_be_had(
    memory_app: InMemoryApp, client: Client
) -> None:
    own = await bound(memory_app, client)
    answer = await client.call("GET", "/balances")
    [line] = told(answer)["items"]
    assert (line["name_masked"], line["card_masked"], line["amount_fen"]) == ("张*试", "****0001", 10_000)
    assert told(answer)["note"] == ""
    one = await client.call("GET", own)
    balance = told(one)
    assert (balance["left_fen"], balance["place"], balance["action"]) == (10_000, "门诊 6 号窗口", "")
    assert balance["window"] == [{"label": "现金交的", "amount_fen": 10_000, "own": False}]
    assert (balance["returns"], balance["returning"], balance["returnable_fen"]) == ([], [], 0)
    for shown in (answer, one):
        assert CARD not in shown.body.decode()
        assert "张测试" not in shown.body.decode()


async def test_what_was_paid_here_is_asked_back_once_and_its_way_is_told(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, client: Client
) -> None:
    own = await bound(memory_app, client)
    payment = await a_payment_is_put_onto_the_card(memory_app, balances)
    shown = told(await client.call("GET", own))
    assert (shown["returnable_fen"], shown["action"]) == (payment.paid_fen, f"退回 ¥{payment.paid_fen / 100:.2f}")
    [lot] = shown["returns"]
    assert (lot["title"], lot["amount_fen"], lot["text"]) == ("微信支付", payment.paid_fen, "")
    assert lot["payer"] == "他人付款，退给付款人"
    first = await ask_back(client, own, payment.paid_fen)
    assert (first.code, told(first)) == (201, {"text": "已申请，医院核销后退到原付款账户。"})
    again = await ask_back(client, own, payment.paid_fen)
    assert (again.code, told(again), again.headers["Idempotency-Replayed"]) == (201, told(first), "true")
    assert len((await memory_app.payment(payment.id)).refunds) == 1
    after = told(await client.call("GET", own))
    assert (after["left_fen"], after["returns"], after["action"]) == (10_000, [], "")
    [going] = after["returning"]
    assert (going["title"], going["amount_fen"], going["text"]) == ("微信支付", payment.paid_fen, "正在退")
    another_tap = await ask_back(client, own, payment.paid_fen, key=KEY + "-2")
    assert (another_tap.code, told(another_tap)["detail"]) == (403, "现在没有可以原路退回的余额。")


async def test_of_another_sum_than_was_shown_nothing_goes_back(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, client: Client
) -> None:
    own = await bound(memory_app, client)
    payment = await a_payment_is_put_onto_the_card(memory_app, balances)
    stale = await ask_back(client, own, payment.paid_fen + 1)
    assert (stale.code, told(stale)["code"]) == (409, "bill_changed")
    assert told(stale)["detail"] == "余额有变化，请重新核对后再退。"
    assert (await memory_app.payment(payment.id)).refunds == ()
    for amount_fen in (-1, "1", None):
        assert (await ask_back(client, own, amount_fen)).code == 400  # type: ignore[arg-type]


async def test_what_was_asked_is_no_failure_where_the_his_is_silent_afterwards(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, client: Client
) -> None:
    own = await bound(memory_app, client)
    payment = await a_payment_is_put_onto_the_card(memory_app, balances)
    balances.will("balance", None, OutcomeUnknown(HOSPITAL_SYSTEM, "asleep"))
    assert (await ask_back(client, own, payment.paid_fen)).code == 201


async def test_nobody_sees_or_moves_a_balance_of_a_card_that_is_not_bound(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, client: Client
) -> None:
    own = await bound(memory_app, client)
    payment = await a_payment_is_put_onto_the_card(memory_app, balances)
    await client.log_in("openid-mini-wang")
    assert told(await client.call("GET", "/balances"))["items"] == []
    assert (await client.call("GET", own)).code == 404
    assert (await ask_back(client, own, payment.paid_fen)).code == 404
    assert (await memory_app.payment(payment.id)).refunds == ()


async def test_a_silent_his_is_not_taken_for_nothing(
    memory_app: InMemoryApp, balances: FaithfulOldBalances, client: Client
) -> None:
    own = await bound(memory_app, client)
    balances.will("balance", *(OutcomeUnknown(HOSPITAL_SYSTEM, "asleep") for _ in range(2)))
    assert (await client.call("GET", "/balances")).code >= 500
    assert (await client.call("GET", own)).code >= 500


async def test_the_first_page_leads_to_the_balance(memory_app: InMemoryApp, client: Client) -> None:
    own = await bound(memory_app, client)
    home = told(await client.call("GET", "/home"))
    assert own.removeprefix("/") in [need["page"] for need in home["needs"]]
    assert {"title": "门诊余额", "page": "balances"} in home["places"]


class TestAHospitalThatTellsOfNone:
    @pytest.fixture
    def memory_app(self, mini: ObligingMiniProgram) -> InMemoryApp:
        return an_app(channels={"wechat": BothApps()}, mini_program=mini)

    async def test_says_so(self, client: Client) -> None:
        await client.log_in()
        refused = await client.call("GET", "/balances")
        assert (refused.code, "暂未开通" in told(refused)["detail"]) == (404, True)
