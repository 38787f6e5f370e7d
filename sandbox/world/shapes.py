"""What the types of fields share: codes and words that a type carries, and limits in bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic_core import ErrorDetails, PydanticCustomError

from sandbox.world.wire import split_address

Shape = TypeVar("Shape", bound=BaseModel)
ABSENT: Any = None
"""The default of a field that must be there: it doesn't fit, so that the field's own code is told."""


class Asked(BaseModel):
    """An object of exact types. Fields that are not asked about are let pass. A type is built when it first reads a body."""

    model_config = ConfigDict(strict=True, validate_default=True, defer_build=True)


def first_fault(error: ValidationError) -> ErrorDetails:
    return error.errors(include_url=False)[0]


def code_of(fault: ErrorDetails) -> str:
    """The code that a type carried; empty for what pydantic found itself, whose kinds are words in small letters."""
    return "" if fault["type"].islower() else fault["type"]


def refuse(code: str, words: str = "") -> NoReturn:
    """For a check whose refusal has a code of its own."""
    raise PydanticCustomError(code, words or "refused")


def coded(code: str, words: str = "") -> WrapValidator:
    """What doesn't fit is refused by ``code``, unless something inside it has a code of its own."""

    def check(value: Any, fits: ValidatorFunctionWrapHandler) -> Any:
        try:
            return fits(value)
        except ValidationError as error:
            fault = first_fault(error)
            refuse(*((own, fault["msg"]) if (own := code_of(fault)) else (code, words)))

    return WrapValidator(check)


def worded(words: str) -> WrapValidator:
    """What doesn't fit is told in ``words`` of the field, such as "a whole number from 1"."""
    return coded("shape", words)


def sentence(error: ValidationError, otherwise: str) -> str:
    """``count is a whole number from 1``: about the first field that doesn't fit, in its type's words. A type with a code of its
    own tells the whole sentence; of what is no object at all, ``otherwise`` is told.
    """
    fault = first_fault(error)
    if code_of(fault):
        return fault["msg"]
    return f"{fault['loc'][-1]} is {fault['msg']}" if fault["loc"] else otherwise


def fits(holds: Callable[[str], bool], issue: str = "does not fit") -> AfterValidator:
    """A text for which ``holds`` is true."""

    def check(text: str) -> str:
        if not holds(text):
            raise ValueError(issue)
        return text

    return AfterValidator(check)


def bytes_max(most: int, encoding: str = "utf-8") -> AfterValidator:
    return fits(lambda text: len(text.encode(encoding, "replace")) <= most, f"is longer than {most}")


NULL_AS_EMPTY = BeforeValidator(lambda items: items or [])
"""Before the type of a list: null, like anything else that is empty, is read as an empty list."""
ADDRESS = fits(lambda text: split_address(text) is not None)
"""An absolute http(s) URL."""
