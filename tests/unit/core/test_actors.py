"""Who did something: every name carries its source, and names of before are read by the door at which they came in."""

from __future__ import annotations

import pytest

from server.core.actors import actor_of, channel_actor, cli_actor, his_actor, staff_actor, staff_number, with_source
from server.core.errors import BadInput
from server.staff.actor_texts import who

MADE = [staff_actor("1001"), his_actor("1001"), his_actor(""), cli_actor("root"), channel_actor("pay"), "system"]


def test_one_name_from_two_sources_is_two_actors() -> None:
    assert MADE == ["staff:1001", "his:1001", "his", "cli:root", "channel:pay", "system"]
    read = [actor_of(text) for text in MADE]
    assert len(set(read)) == len({who(actor) for actor in read}) == len(MADE)
    assert [str(actor) for actor in read] == MADE


@pytest.mark.parametrize("name", ["", "staff:1001", "a b", "a\nb", "a\x00", "a\u202e1", "工" * 65, "x:y"])
def test_a_name_that_could_pass_for_another_s_is_none(name: str) -> None:
    for make in (staff_actor, cli_actor, channel_actor):
        with pytest.raises(BadInput):
            make(name)
    if name:
        with pytest.raises(BadInput):
            his_actor(name)


@pytest.mark.parametrize(
    ("stored", "door", "named", "words"),
    [
        ("1001", "chat", "staff:1001", "工号1001"),
        ("1001", "console", "staff:1001", "工号1001"),
        ("1001", "", "staff:1001", "工号1001"),
        ("1001", "his", "his:1001", "医院系统（1001）"),
        ("operator", "", "cli:operator", "服务器命令行（operator）"),
        ("operator", "his", "his:operator", "医院系统（operator）"),
        ("system", "", "system", "系统"),
        ("system", "his", "his:system", "医院系统（system）"),
        ("his", "", "his", "医院系统"),
        ("his", "his", "his", "医院系统"),
        ("pay", "", "channel:pay", "渠道pay"),
        ("pay:wx1:o-1", "", "patient:payer", "付款人"),
        ("staff:1001", "his", "staff:1001", "工号1001"),
    ],
)
def test_names_of_before_are_read_by_their_door(stored: str, door: str, named: str, words: str) -> None:
    assert with_source(stored, door) == named
    assert who(actor_of(stored, door)) == words
    assert with_source(named, door) == named, "reading again changes nothing"


def test_only_staff_have_an_employee_number() -> None:
    assert [staff_number(text) for text in (*MADE, "1001", "")] == ["1001", "", "", "", "", "", "1001", ""]
