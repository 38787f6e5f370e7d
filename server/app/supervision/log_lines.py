"""How a process writes its log: one record is one line, and no line says more than those who wrote it meant (DESIGN 5.3, 5.4)."""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from structlog.processors import ExceptionRenderer
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from server.core.errors import ZhenfuError

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
CHAIN_MAX = 8
_TALKATIVE = ("pymongo", "aliyunsdkcore", "urllib3")
"""At level debug these write whole documents and requests."""
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160), 0x2028, 0x2029)}

log = logging.getLogger("zhenfu")


def start_logging(level: str) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(line_formatter())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False  # no line says which
    logging.getLogger("tornado.access").setLevel(logging.ERROR)  # its lines hold addresses; the doors write their own
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLogger().level))


def line_formatter() -> logging.Formatter:
    """Every record goes through the same processors, a library's like one of ours."""
    return ProcessorFormatter(processors=[ExceptionRenderer(_without_words), _one_line], fmt=FORMAT)


def _one_line(logger: WrappedLogger, level: str, record: EventDict) -> str:
    """The message, then what the exception left. Control characters are written out, so that nothing from outside can look like a
    line of ours.
    """
    message = str(record["event"]).translate(_CONTROL)
    return f"{message}\n{record['exception']}" if "exception" in record else message


def _without_words(exc_info: ExcInfo) -> str:
    """The kind and the places of an exception; its words only if it is one of ours, for anybody else's may hold personal data."""
    return "\n".join(_told(error) for error in _chain(exc_info[1]))


def tell_trouble(loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
    """A loop's exception handler: asyncio's own one writes the words of the exception and of what failed."""
    log.error("loop %s", context.get("message", "trouble"), exc_info=context.get("exception"))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, then what led to it."""
    for _ in range(CHAIN_MAX):
        if error is None:
            return
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _told(error: BaseException) -> str:
    words = f": {error}".translate(_CONTROL) if isinstance(error, ZhenfuError) else ""
    places = "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    return f"{type(error).__name__}{words}\n{places}".rstrip("\n")
