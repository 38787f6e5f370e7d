"""A refusal names its rule and has the words that the patient reads: the hospital's own, else ours. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from server.registration.rules.hospital_rules import RegistrationRules, Rule
from server.registration.texts import WORDS


@dataclass(frozen=True, slots=True)
class Refusal:
    rule: Rule
    words: str


def refusal_by(rules: RegistrationRules, rule: Rule, **values: object) -> Refusal:
    """``values`` fill the gaps of the words."""
    return Refusal(rule, rules.words.get(rule, WORDS[rule]).format(**values))
