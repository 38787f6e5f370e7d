"""A wrong setting is one sentence: where it is, its name, what is wrong, an example. Never the value itself."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from server.app.configuration.chinese import OTHERWISE, in_chinese

Path = tuple[int | str, ...]


class SettingsError(Exception):
    """Everything that is wrong with the settings, a sentence each. Safe to print: no sentence carries a secret."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


_WRONG: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be text in quotes",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "enum": "must be {expected}",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "too_short": "must have at least {min_length} entries",
    "too_long": "must have at most {max_length} entries",
}


_IN_CHINESE: Mapping[str, str] = {
    "missing": "缺少这一项",
    "string_type": "要写成引号里的文字",
    "string_too_short": "太短",
    "string_too_long": "太长",
    "bool_type": "只能是 true 或 false",
    "bool_parsing": "只能是 true 或 false",
    "int_type": "要写整数",
    "int_parsing": "要写整数",
    "int_from_float": "要写整数",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "literal_error": "不是可选的值",
    "enum": "不是可选的值",
    "dict_type": "要写成一节",
    "model_type": "要写成一节",
    "list_type": "要写成列表",
    "tuple_type": "要写成列表",
    "too_short": "个数太少",
    "too_long": "个数太多",
    "extra_forbidden": "没有这一项设置，请检查拼写",
}
"""What ``_WRONG`` says, for who reads no English. What a check of ours says has its Chinese in `chinese`."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How the reader would type it: a place (``wechat.pay.mch_id``, ``ZHENFU_PORT``) and how a value is given to it."""

    place: Callable[[Path], str]
    gives: str = " = "


def sentences_of(error: ValidationError, model: type[BaseModel], source: str, spelling: Spelling) -> list[str]:
    """One sentence for each thing wrong; ``source`` is the file or "environment"."""
    return [
        f"{source}: {_sentence(each, model, spelling)} （{_chinese(each)}）"
        for each in error.errors(include_url=False, include_input=False)
    ]


def _chinese(detail: ErrorDetails) -> str:
    if detail["type"] == "value_error":
        return in_chinese(str(detail.get("ctx", {})["error"]))
    return _IN_CHINESE.get(detail["type"], OTHERWISE)


def _sentence(detail: ErrorDetails, model: type[BaseModel], spelling: Spelling) -> str:
    place = tuple(part for part in detail["loc"] if part != "[key]")
    name = spelling.place(place)
    context = detail.get("ctx", {})
    kind = detail["type"]
    if kind == "extra_forbidden":
        return f"{name} is no setting of Zhenfu{_what_is_known(model, place, spelling)}"
    if kind == "value_error":
        wrong = str(context["error"])
    elif kind in _WRONG:
        wrong = _WRONG[kind].format(**context)
    else:
        wrong = f"is wrong: {detail['msg']}"
    return f"{name} {wrong}." + _example(model, place, spelling)


def _what_is_known(model: type[BaseModel], place: Path, spelling: Spelling) -> str:
    owner = _model_at(model, place[:-1])
    known = list(owner.model_fields) if owner else []
    close = get_close_matches(str(place[-1]), known, n=1)
    if close:
        return f"; did you mean {spelling.place((*place[:-1], close[0]))}?"
    return f"; known here: {', '.join(known)}."


def _example(model: type[BaseModel], place: Path, spelling: Spelling) -> str:
    """The example of the nearest described setting at or above ``place``."""
    for depth in range(len(place), 0, -1):
        owner = _model_at(model, place[: depth - 1])
        field = owner.model_fields.get(str(place[depth - 1])) if owner else None
        if field:
            examples = field.examples or ()
            if not examples:
                return _example_of_section(model, place[:depth])
            return f" For example: {spelling.place(place[:depth])}{spelling.gives}{examples[0]}"
    return ""


def _example_of_section(model: type[BaseModel], place: Path) -> str:
    """What a whole section must have, on one line; nothing for what is no section."""
    section = _model_at(model, place)
    if section is None or any(isinstance(part, int) for part in place):
        return ""
    needed = [
        f"{name} = {field.examples[0]}"
        for name, field in section.model_fields.items()
        if field.is_required() and field.examples
    ]
    return f" For example: [{'.'.join(str(part) for part in place)}] with {', '.join(needed)}" if needed else ""


def _model_at(model: type[BaseModel], place: Path) -> type[BaseModel] | None:
    """The model that lies at ``place`` below ``model``, going through optionals, lists and tables by id."""
    annotation: Any = model
    for part in place:
        annotation = _unwrap(annotation)
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            field = annotation.model_fields.get(str(part))
            if field is None:
                return None
            annotation = field.annotation
        else:
            inner = [each for each in typing.get_args(annotation) if each is not Ellipsis]
            if not inner:
                return None
            annotation = inner[-1]
    annotation = _unwrap(annotation)
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _unwrap(annotation: Any) -> Any:
    """``X`` of ``X | None`` and of ``Annotated[X, …]``."""
    while True:
        origin = typing.get_origin(annotation)
        if origin in (typing.Union, types.UnionType):
            annotation = next(each for each in typing.get_args(annotation) if each is not type(None))
        elif origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        else:
            return annotation
