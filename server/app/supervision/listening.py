"""Can one listen there: asked before anything is started, so that the answer is a sentence and no half-started system."""

from __future__ import annotations

import errno
import socket


def taken_port(variable: str, address: str, port: int) -> list[str]:
    """A sentence that names port, setting, and how to find who holds it; none when one can listen there now."""
    reason, another = _why_not(address, port), port + 100 if port < 65000 else port - 100
    if not reason:
        return []
    return [
        f"environment: port {port} of {variable} {reason}. See who holds it: ss -ltnp 'sport = :{port}' "
        f"(macOS: lsof -i :{port}), or take another. For example: {variable}={another} （端口已被占用）"
    ]


def _why_not(address: str, port: int) -> str:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return "is taken by another program"
            if error.errno == errno.EACCES:
                return "may not be used by this user"
            return f"can't be listened on at {address}"
    return ""
