"""What a check of a setting says in English has its own Chinese: an IT person learns from either what is wrong and what to do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ValidationError

from server.app.configuration.chinese import OTHERWISE, in_chinese
from server.app.configuration.fields import shaped
from server.app.configuration.sentences import Spelling, sentences_of
from settings import ROOT

FILES = [ROOT / "settings.py", *sorted((ROOT / "server" / "app" / "configuration").glob("*.py"))]
GAP = "X7"
"""Stands for a name or number in a sentence."""


def texts(node: ast.AST, names: Any) -> Iterator[str]:
    """Every sentence that an expression may come to; ``names`` are those of its module."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in node.values)
    elif isinstance(node, ast.Name) and isinstance(vars(names).get(node.id), str):
        yield vars(names)[node.id]
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name):
        yield from vars(names)[node.value.id].values()
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from texts(argument, names)


def sentences(file: Path) -> list[str]:
    module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
    names = import_module(module.removesuffix(".__init__"))
    raised = [
        node.args[0]
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ValueError" and node.args
    ]
    return [text for argument in raised for text in texts(argument, names)]


def test_there_are_sentences() -> None:
    assert sum(len(sentences(file)) for file in FILES) > 50


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_sentence_of_a_check_has_its_chinese(file: Path) -> None:
    assert [text for text in sentences(file) if in_chinese(text) == OTHERWISE] == []


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("must have 32 characters, but has 31", "要有 32 个字符，现在有 31 个"),
        ("must be 8 to 12 digits", "写法不对，请对照例子"),
        ("points to the file /etc/a.pem, which does not exist", "指向的文件 /etc/a.pem 不存在"),
        ('has amount2 = "name", but WeChat takes only amount there', "amount2 不能填 name，微信只接受 amount"),
        ("says something new", OTHERWISE),
    ],
)
def test_names_and_numbers_are_kept(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese


def test_the_chinese_stands_behind_the_english() -> None:
    class Asked(BaseModel):
        key: Annotated[str, shaped(r"[0-9]{2}", "two digits")]
        text: str

    with pytest.raises(ValidationError) as told:
        Asked.model_validate({"key": "x", "text": 7})
    spelling = Spelling(place=lambda place: ".".join(map(str, place)))
    assert sentences_of(told.value, Asked, "a.toml", spelling) == [
        "a.toml: key must be two digits. （写法不对，请对照例子）",
        "a.toml: text must be text in quotes. （要写成引号里的文字）",
    ]
