"""Who uses the command line, and what they type unseen."""

from __future__ import annotations

import getpass
import re
import sys

from server.core.actors import cli_actor

LOGIN_CHARS_MAX = 32


def operator() -> str:
    """Who acts here: the login under which the command runs."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        login = ""
    return cli_actor(re.sub(r"[^0-9A-Za-z_.@-]", "-", login)[:LOGIN_CHARS_MAX] or "operator")


def typed_unseen(prompt: str) -> str:
    """What is typed at a terminal without being shown; from a pipe, the next line."""
    return (getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline()).strip()
