#!/usr/bin/env python3
"""One command line for everything: `python run.py --help`. The commands stand in `server/app/cli.py`."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

FAILED = 1


def _play_sandbox() -> int:
    """The outside world for the demo: WeChat, WeChat Pay, Alipay, SMS, a hospital, a bank."""
    from sandbox.main import main as play
    from settings import load_settings

    os.environ.update(load_settings().for_child())  # the sandbox knows nothing of settings.py, only of the environment
    play()
    return 0


def main(words: Sequence[str] | None = None) -> int:
    """Exit status: 0 done, 1 failed, 2 wrong words or settings."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Chinese shows question marks, not a traceback
    try:
        from server.app import cli  # imports click, which is not there outside the environment

        cli.run_py.command("sandbox")(_play_sandbox)  # added here, because the app doesn't know the sandbox
        return cli.answer(sys.argv[1:] if words is None else words)
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] in ("server", "sandbox", "handlers", "settings"):
            raise  # a part of our own is not there: that is a bug, not an environment without packages
        why = f"the package {missing.name} is not installed here; `make run` makes the environment and starts the demo."
        print(f"run.py: {why}", file=sys.stderr)
        return FAILED


if __name__ == "__main__":
    sys.exit(main())
