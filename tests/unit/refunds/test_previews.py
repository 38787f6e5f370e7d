"""What staff are shown before the proof: what they may draft or decide at all, what is kept of it, and what they read."""

from __future__ import annotations

from typing import Any

import pytest

from server.core.errors import BadInput, NotAllowed, NotFound, OutcomeUnknown
from server.payments.model import Payment
from server.payments.refund_model import RefundLine, RefundState
from server.payments.rules.refund_window import BeyondReach
from server.refunds import his as his_asked
from server.refunds.drafts import AGREE, ASK, REJECT, Draft
from server.staff.model import Role
from tests.support.employees import Employee, an_employee
from tests.support.in_memory_app import InMemoryApp
from tests.support.refund_desk import at_the_desk
from tests.support.staff_chat import SMALL

pytestmark = pytest.mark.asyncio
LINES = (RefundLine(charge_no="B1", item_no="1", amount_fen=1234),)


async def asked(memory_app: InMemoryApp, note: str = "家属要求") -> tuple[Payment, str, Employee, Employee]:
    """(payment, the number of a refund of 12 yuan that waits, who asked, who decides)."""
    payment, _, approver = await at_the_desk(memory_app)
    small = await an_employee(memory_app, "1002", limits=SMALL, name="周收费")
    drafted = await memory_app.refund_desk.draft(await small.now(), payment.id, 1200, "not_done", note)
    _, refund = await memory_app.refund_desk.confirm(await small.now(), drafted.draft.ticket, small.proof(), "chat")
    return await memory_app.payment(payment.id), refund.id, small, approver


class TestAsking:
    async def test_a_draft_is_what_was_said_and_is_kept_for_its_maker(self) -> None:
        memory_app = InMemoryApp()
        payment, cashier, approver = await at_the_desk(memory_app)
        actor = await cashier.now()
        shown = await memory_app.refund_desk.draft(actor, payment.id, 1234, "not_done", "备" * 51, LINES)
        assert shown.draft == Draft(
            ticket=shown.draft.ticket, action=ASK, number="1001", payment_id=payment.id, amount_fen=1234, reason="not_done",
            note="备" * 50, lines=LINES,
        )  # fmt: skip
        assert (shown.approval_reasons, shown.his_says, shown.his_silent) == ((), "", False)
        again = await memory_app.refund_desk.drafted(actor, shown.draft.ticket)
        assert (again.draft, again.payment.id, again.approval_reasons) == (shown.draft, payment.id, ())
        with pytest.raises(NotFound):
            await memory_app.refund_desk.drafted(await approver.now(), shown.draft.ticket)

    @pytest.mark.parametrize(("fen", "asks_fen"), [(None, 1234), (1, 1)])
    async def test_all_that_is_left_is_meant_where_no_sum_is_said(self, fen: int | None, asks_fen: int) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        shown = await memory_app.refund_desk.draft(await cashier.now(), payment.id, fen, "not_done")
        assert shown.draft.amount_fen == asks_fen

    @pytest.mark.parametrize(("said", "kept"), [("duplicate", "duplicate"), ("买错了", "other"), ("", "other")])
    async def test_a_reason_that_is_none_of_the_list_is_another_one(self, said: str, kept: str) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        assert (await memory_app.refund_desk.draft(await cashier.now(), payment.id, 1, said)).draft.reason == kept

    async def test_why_somebody_else_must_agree_is_said_and_said_again(self) -> None:
        memory_app = InMemoryApp()
        payment, _, _ = await at_the_desk(memory_app)
        actor = await (await an_employee(memory_app, "1002", limits=SMALL)).now()
        shown = await memory_app.refund_desk.draft(actor, payment.id, 1001, "not_done")
        again = await memory_app.refund_desk.drafted(actor, shown.draft.ticket)
        assert shown.approval_reasons == again.approval_reasons != ()

    async def test_what_can_not_be_done_leaves_no_draft(self) -> None:
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        admin = await (await an_employee(memory_app, "9001", Role.ADMIN, name="钱管理")).now()
        with pytest.raises(NotAllowed, match="role"):
            await memory_app.refund_desk.draft_of(admin, payment, 1, "not_done")
        with pytest.raises(NotAllowed, match="role"):
            await memory_app.refund_desk.draft(admin, payment.id, 1, "not_done")
        with pytest.raises(NotAllowed, match="more than is left"):
            await memory_app.refund_desk.draft(await cashier.now(), payment.id, 1235, "not_done")
        memory_app.clock.forward(days=366)
        with pytest.raises(BeyondReach):
            await memory_app.refund_desk.draft_of(await cashier.now(), payment, 1, "not_done")
        assert memory_app.his.named("refund_check") == []

    @pytest.mark.parametrize(
        ("behaviour", "says", "silent"),
        [(None, "药品已发出", False), (OutcomeUnknown("his"), "", True), ("hang", "", True)],
        ids=["no", "no answer", "hangs"],
    )
    async def test_what_the_his_says_of_it_or_that_it_says_nothing(
        self, behaviour: Any, says: str, silent: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(his_asked, "HIS_ASKED_S_MAX", 0.01)
        memory_app = InMemoryApp()
        payment, cashier, _ = await at_the_desk(memory_app)
        memory_app.his.forbids = "药品已发出"
        if behaviour is not None:
            memory_app.his.will("refund_check", behaviour)
        shown = await memory_app.refund_desk.draft(await cashier.now(), payment.id, 1234, "not_done", lines=LINES)
        assert (shown.his_says, shown.his_silent) == (says, silent)
        [told] = memory_app.his.named("refund_check")
        assert (told.out_trade_no, told.out_refund_no, told.amount_fen, told.lines) == (
            payment.id, f"{payment.id}R01", 1234, LINES,
        )  # fmt: skip


class TestDeciding:
    @pytest.mark.parametrize(("agree", "words", "action"), [(True, "", AGREE), (False, " 药已经发了 ", REJECT)])
    async def test_a_decision_says_who_asked_and_in_which_words(self, agree: bool, words: str, action: str) -> None:
        memory_app = InMemoryApp()
        payment, refund_id, _, approver = await asked(memory_app)
        actor = await approver.now()
        shown = await memory_app.refund_desk.draft_decision(actor, refund_id, agree=agree, words=words)
        assert shown.draft == Draft(
            ticket=shown.draft.ticket, action=action, number="2001", payment_id=payment.id, amount_fen=1200,
            refund_id=refund_id, reason="not_done", note=words.strip(),
        )  # fmt: skip
        assert (shown.asked_by, shown.asked_note) == ("周收费（工号1002）", "家属要求")
        assert shown.approval_reasons == payment.refunds[0].approval_reasons
        assert (await memory_app.refund_desk.drafted(actor, shown.draft.ticket)).draft == shown.draft
        assert (await memory_app.payment(payment.id)).refunds[0].state is RefundState.REQUESTED

    async def test_who_asked_is_named_by_the_number_where_nobody_has_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        memory_app = InMemoryApp()
        _, refund_id, _, approver = await asked(memory_app, note="")
        actor, known = await approver.now(), memory_app.stores.staff.get

        async def without_the_asker(hospital: str, number: str) -> object:
            return None if number == "1002" else await known(hospital, number)

        monkeypatch.setattr(memory_app.stores.staff, "get", without_the_asker)
        shown = await memory_app.refund_desk.draft_decision(actor, refund_id, agree=True)
        assert (shown.asked_by, shown.asked_note) == ("工号1002", "")

    async def test_a_no_has_a_reason_of_fifty_characters_at_most(self) -> None:
        memory_app = InMemoryApp()
        _, refund_id, _, approver = await asked(memory_app)
        actor = await approver.now()
        for words, told in (
            (" ", "请写明驳回的原因，发起人会看到。"),
            ("长" * 51, "驳回原因最多 50 字，请缩短后再提交。"),
        ):
            with pytest.raises(BadInput) as refused:
                await memory_app.refund_desk.draft_decision(actor, refund_id, agree=False, words=words)
            assert refused.value.user_message == told
        shown = await memory_app.refund_desk.draft_decision(actor, refund_id, agree=False, words=f" {'长' * 50} ")
        assert shown.draft.note == "长" * 50

    async def test_who_may_not_decide_is_told_before_anything_is_looked_for(self) -> None:
        memory_app = InMemoryApp()
        _, refund_id, small, _ = await asked(memory_app)
        actor = await small.now()
        before = len(actor.history)
        with pytest.raises(NotAllowed, match="role"):
            await memory_app.refund_desk.draft_decision(actor, refund_id, agree=True)
        assert len((await small.now()).history) == before

    async def test_what_is_decided_already_is_not_drafted(self) -> None:
        memory_app = InMemoryApp()
        _, refund_id, small, approver = await asked(memory_app)
        await memory_app.refund_desk.withdraw(await small.now(), refund_id)
        for agree, words in ((True, ""), (False, "药已经发了")):
            with pytest.raises(NotAllowed):
                await memory_app.refund_desk.draft_decision(await approver.now(), refund_id, agree=agree, words=words)

    async def test_one_s_own_request_is_decided_by_somebody_else(self) -> None:
        memory_app = InMemoryApp()
        payment, _, _ = await at_the_desk(memory_app)
        approver = await an_employee(memory_app, "2004", Role.APPROVER, limits=SMALL, name="郑审批")
        drafted = await memory_app.refund_desk.draft(await approver.now(), payment.id, 1200, "not_done")
        proof = approver.proof()
        _, refund = await memory_app.refund_desk.confirm(await approver.now(), drafted.draft.ticket, proof, "chat")
        for agree, told in ((True, "不能审批自己发起的退费。"), (False, "自己发起的退费请用“撤回”。")):
            with pytest.raises(NotAllowed) as refused:
                await memory_app.refund_desk.draft_decision(await approver.now(), refund.id, agree=agree, words="不退")
            assert refused.value.user_message == told

    async def test_one_s_own_money_is_decided_by_somebody_else(self) -> None:
        memory_app = InMemoryApp()
        _, refund_id, _, _ = await asked(memory_app)
        patient = await an_employee(memory_app, "2003", Role.APPROVER, name="张测试")
        with pytest.raises(NotAllowed) as told:
            await memory_app.refund_desk.draft_decision(await patient.now(), refund_id, agree=True)
        assert told.value.user_message == "不能审批与本人有关的支付。"
