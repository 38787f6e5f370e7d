"""`run.py balances unreached`: the list as a file for spreadsheets that only its owner reads."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from server.app import cli_balances
from server.core.errors import BadInput, NotFound
from server.patients.model import BoundCard
from tests.support.builders import CARD, HOSPITAL, an_identity
from tests.support.commands import acted
from tests.support.in_memory_app import InMemoryApp
from tests.support.old_balances import FaithfulOldBalances, an_old_balance
from tests.support.outside import FaithfulHis, a_hospital

pytestmark = pytest.mark.asyncio


async def test_the_file_has_a_line_each_with_the_reason_and_nothing_that_acts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = an_old_balance(card_no="990000000001", patient_name="=李测试", balance_fen=5)
    memory_app = InMemoryApp(a_hospital(his=FaithfulHis(old_balances=FaithfulOldBalances(an_old_balance(), other))))
    card = BoundCard(hospital=HOSPITAL, owner=an_identity().key, card_no=CARD, name="张测试")
    await memory_app.stores.cards.bind(card)
    file = tmp_path / "unreached.csv"
    await acted(cli_balances.balances, ["unreached", "--out", str(file)], memory_app)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    head, bound, unbound, _ = file.read_bytes().decode("utf-8").split("\r\n")
    assert head == "\ufeff就诊卡号,姓名,登记的手机号,余额（元）,为什么没有通知到,从哪天起"
    assert bound == f"{CARD},张测试,13800000001,100.00,有人绑定，还没有发出消息,"
    assert unbound == "990000000001\t,'=李测试,13800000001,0.05,没有人绑定这张卡,"
    assert "2张就诊卡，共100.05元没有通知到。" in capsys.readouterr().out


async def test_nothing_is_left_of_a_list_that_could_not_be_made(tmp_path: Path) -> None:
    file = tmp_path / "unreached.csv"
    with pytest.raises(NotFound):
        await acted(cli_balances.balances, ["unreached", "--out", str(file)], InMemoryApp())
    assert not file.exists()
    file.write_text("kept")
    with pytest.raises(BadInput):
        await acted(cli_balances.balances, ["unreached", "--out", str(file)], InMemoryApp())
    assert file.read_text() == "kept"
