"""The rules of registration as a hospital's file writes them, and what is said of words with wrong gaps."""

from __future__ import annotations

import tomllib
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from server.app.cli_rules import NAMES, UNSAID, lines_of
from server.app.configuration.registration import Registration
from server.app.registration_offers import registration_rules
from server.registration.rules.hospital_rules import Most, Pause, RegistrationRules, Rule
from server.registration.rules.previewing import Counted, Preview
from settings import ROOT


def test_without_a_word_the_rules_are_ours() -> None:
    assert registration_rules(Registration()) == RegistrationRules()


def test_the_example_s_rules_are_read() -> None:
    section = tomllib.loads((Path(ROOT) / "hospitals/example.toml").read_text("utf-8"))["registration"]
    rules = registration_rules(Registration.model_validate(section))
    assert rules.closed == (time(0), time(6, 30))
    assert (rules.open_most, rules.taken_most, rules.guardian_under) == (3, Most(times=10, days=30), 14)
    assert rules.missed == Pause(times=3, days=180, pause_days=30)
    assert rules.cancelled == Pause(times=3, days=30, pause_days=30)
    assert rules.looks_back == timedelta(days=210)
    assert "急诊请到窗口" in rules.words[Rule.MISSED]


def test_a_guardian_is_asked_for_more_where_the_hospital_says_so() -> None:
    section = {"guardian_under": 14, "guardian_bound": True}
    expected = RegistrationRules(guardian_under=14, guardian_bound=True)
    assert registration_rules(Registration.model_validate(section)) == expected
    with pytest.raises(ValidationError, match="guardian_bound without guardian_under"):
        Registration(guardian_bound=True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"missed": "{name}爽约"}, "has words for missed with {name}; its gaps are ['days', 'times', 'until']"),
        ({"missed": "{days"}, "has words for missed with a brace that is no gap"),
        ({"perhaps": "x"}, "Input should be"),
        ({"missed": " "}, "at least 1 character"),
    ],
)
def test_words_that_do_not_fit_are_told(words: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Registration.model_validate({"words": words})
    assert sentence in str(raised.value)


def test_what_the_preview_prints() -> None:
    today, others = (
        Counted(refused={Rule.MISSED: 1}, unsaid=0),
        Counted(refused={Rule.MISSED: 3, Rule.OPEN_MOST: 2}, unsaid=4),
    )
    told = Preview(looked_at=12, unknown=1, today=today, others=others)
    head, *rules, last = lines_of(told, 31)
    assert head.startswith("registrations of the last 31 days 近 31 天的挂号: 12 (of 1 more")
    assert rules == [
        "  未就诊的号数 (open_most): now 现在 0, changed 改后 2",
        "  爽约暂停 (missed): now 现在 1, changed 改后 3",
        f"  {UNSAID}: now 现在 0, changed 改后 4",
    ]
    assert "looser rules show nothing" in last
    assert set(NAMES) == set(Rule)
    none = Counted(refused={}, unsaid=0)
    assert "没有规则会拒绝" in lines_of(Preview(looked_at=0, unknown=0, today=none, others=none), 7)[1]
