"""``run.py serve`` with several processes: each listens on the same port, and the kernel shares out the connections."""

from __future__ import annotations

import sys

from server.app.supervision.children import ChildFailed, Command
from server.app.supervision.logs import SameAsOurs
from server.app.supervision.supervisor import Supervisor
from settings import ROOT, Settings


def serve_several(settings: Settings) -> int:
    """Blocks until SIGTERM or SIGINT. Exit status: 1 when a process keeps dying."""
    one = settings.model_copy(update={"serve_processes": 1, "share_port": True})
    supervisor = Supervisor(lambda text: print(text, file=sys.stderr, flush=True))
    supervisor.obey_signals()
    try:
        for number in range(1, settings.serve_processes + 1):
            words = [sys.executable, "-u", str(ROOT / "run.py"), "serve"]
            supervisor.start(Command(f"serve-{number}", words, one.for_child(), SameAsOurs()))
        supervisor.watch(lambda: None)
    except ChildFailed as failure:
        print(failure, file=sys.stderr, flush=True)
        return 1
    finally:
        supervisor.stop_all(together=True)
    return 0
