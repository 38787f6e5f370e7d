"""Each way in which staff say a command, a reason, a yes or a no: one that is dropped from the list is a person who is not understood."""

from __future__ import annotations

import pytest

from server.refunds.chat.words import Said, choice, gives_up, heard, nearest, reason_said, says_yes

COMMANDS = {
    "撤回": "退费撤回 撤回退费 撤回 撤销",
    "进度": "退费进度 进度",
    "驳回": "驳回退费 驳回 不同意 拒绝",
    "同意": "同意退费 同意",
    "待办": "待办 待审批",
    "今日": "今日 今天",
    "查单": "查单 查询 查找 查一下",
    "确认": "确认退费 确认",
    "帮助": "帮助 命令 菜单",
    "退费": "我要退费 退费 退款",
    "绑定": "绑定 绑订",
}
REASONS = {
    "duplicate": "重复缴费 重复付费 重复支付 重复 多交 多缴 交了两次 缴了两次",
    "wrong_item": "开错项目 开错 错开 录错",
    "not_done": "项目未做 未做 没做 不做了 未检查 没检查",
    "out_of_stock": "药品缺货 缺货 没药 无药 缺药",
}


@pytest.mark.parametrize(("command", "way"), [(name, way) for name, ways in COMMANDS.items() for way in ways.split()])
def test_a_command_may_be_said_so(command: str, way: str) -> None:
    for text in (way, f"{way} A1B2C3", " ".join(way), f"请{way}"):
        said = heard(text)
        assert said is not None
        assert said.command == command, text


@pytest.mark.parametrize(("reason", "way"), [(name, way) for name, ways in REASONS.items() for way in ways.split()])
def test_a_reason_may_be_said_so(reason: str, way: str) -> None:
    assert reason_said(way) == (reason, "")
    assert reason_said(f"原因：{way}") == (reason, "")
    assert reason_said(f"因为{way}") == (reason, f"因为{way}")


@pytest.mark.parametrize("picture", ["🙏", "👍🏻", "[捂脸]", "☺️"])
def test_a_picture_is_no_reason_and_hides_no_yes(picture: str) -> None:
    said = heard(f"退费 8QK2MX{picture}")
    assert said is not None
    assert (said.number, said.reason, said.note) == ("8QK2MX", "", "")
    named = heard(f"退费 8QK2MX {picture}开错项目了{picture}")
    assert named is not None
    assert named.reason == "wrong_item"
    assert reason_said(picture) == ("", "")
    assert says_yes(f"好的{picture}")
    assert gives_up(f"{picture}算了")


def test_other_words_are_another_reason_and_none_is_none() -> None:
    assert reason_said("患者 要求") == ("other", "患者 要求")
    assert reason_said("原因：患者要求") == ("other", "患者要求")
    assert [reason_said(text) for text in ("", "。", "好的", "原因")] == [("", "")] * 4


@pytest.mark.parametrize(
    "yes",
    [
        "好",
        "好的",
        "可以",
        "是",
        "是的",
        "对",
        "对的",
        "行",
        "嗯",
        "嗯嗯",
        "OK",
        "yes",
        "没问题",
        "继续",
        "好了",
        "可以吧",
        "行啊",
        "好。",
    ],
)
def test_a_yes_is_no_reason(yes: str) -> None:
    assert says_yes(yes)
    assert reason_said(yes) == ("", "")


@pytest.mark.parametrize("text", ["不好", "好像重复", "可以退吗", "", "是谁"])
def test_other_words_are_no_yes(text: str) -> None:
    assert not says_yes(text)


@pytest.mark.parametrize(
    "text", ["算了", "取消", "不退", "不退了", "不用", "不用了", "不要", "不要了", "没事", "没事了", "算了。"]
)
def test_so_one_gives_up(text: str) -> None:
    assert gives_up(text)


@pytest.mark.parametrize("text", ["", "取消退费", "不同意", "算了吧", "退"])
def test_so_one_does_not(text: str) -> None:
    assert not gives_up(text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *[(text, 2) for text in ("2", "２、", "第2笔", "选2", "2.", "2:", "2个", "2条", "2项", "第 2 笔")],
        ("1", 1), ("9", 9), ("0", None), ("10", None), ("2元", None), ("退费 2", None), ("", None),
    ],
)  # fmt: skip
def test_a_line_is_chosen_by_its_number(text: str, number: int | None) -> None:
    assert choice(text) == number


@pytest.mark.parametrize("word", ["", "PIN ", "totp:", "动态码", "密码 ", "验证码：", "PIN和动态码 654321 "])
def test_six_digits_alone_are_secrets(word: str) -> None:
    assert heard(f"{word}123456") == Said(command="", secrets=True)


@pytest.mark.parametrize("no", ["不要", "别", "不用", "先不", "暂不", "不要 "])
def test_what_shall_not_be_done_is_not_done(no: str) -> None:
    for text in (f"{no}退费 A1B2C3", f"{no}确认", f"患者{no}退费"):
        said = heard(text)
        assert said is not None
        assert said.command == "帮助", text
    assert heard("退费不了").command == "帮助"  # type: ignore[union-attr]


@pytest.mark.parametrize(("text", "items"), [("明细", True), ("按明细", True), ("按 明 细", True), ("明白", False)])
def test_items_are_asked_for_by_a_word(text: str, items: bool) -> None:
    said = heard(f"退费 A1B2C3 {text}")
    assert said is not None
    assert (said.items, said.number) == (items, "A1B2C3")
    assert said.note == ("" if items else text)


@pytest.mark.parametrize(
    ("text", "commands", "meant"),
    [
        ("差单 A1B2C3", ("查单", "退费"), "查单 A1B2C3"),
        ("退飞A1B2C3", ("查单", "退费"), "退费A1B2C3"),
        ("退飞", ("查单",), ""),
        ("差单", ("查单",), "查单"),
        ("差", ("查单",), ""),
        ("A1B2C3 差单", ("查单",), ""),
        ("天气很好", ("查单", "退费"), ""),
    ],
)
def test_what_was_perhaps_meant(text: str, commands: tuple[str, ...], meant: str) -> None:
    assert nearest(text, commands) == meant


@pytest.mark.parametrize(
    ("text", "secrets", "number"),
    [
        ("确认 123456", True, "123456"),
        ("确认 12345", False, "12345"),
        ("退费 123456", False, "123456"),
        ("退费 A1B2C3 123456", True, "A1B2C3"),
        ("退费 A1B2C3 123456元", False, "A1B2C3"),
        ("退费 A1B2C3 123456 块", False, "A1B2C3"),
        ("退费 A1B2C3 1234567", False, "A1B2C3"),
    ],
)
def test_six_digits_beside_a_number_are_secrets(text: str, secrets: bool, number: str) -> None:
    said = heard(text)
    assert said is not None
    assert (said.secrets, said.number) == (secrets, number)


def test_the_longest_figure_is_the_number_and_the_first_command_counts() -> None:
    said = heard("查单 88 8800000001 同意")
    assert said is not None
    assert (said.command, said.number, said.rest) == ("查单", "8800000001", "88 8800000001 同意")
    assert heard("查单 2026-11-23 12/5").rest == "2026-11-23 12/5"  # type: ignore[union-attr]
    assert heard("进度 A1B2 同意").command == "进度"  # type: ignore[union-attr]


def test_an_amount_is_no_number_where_money_goes_back_and_may_be_one_where_it_is_looked_for() -> None:
    said = heard("退费 12345元 8888")
    assert said is not None
    assert (said.number, said.amount_fen) == ("8888", 1_234_500)
    assert heard("查单 88888元 1234").number == "88888"  # type: ignore[union-attr]
