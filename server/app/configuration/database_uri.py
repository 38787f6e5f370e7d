"""What production asks of the way to its database: encrypted, and with a login, unless it does not leave this machine."""

from __future__ import annotations

from urllib.parse import parse_qsl, unquote, urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_YES = "true"
_WITHOUT_PASSWORD = frozenset({"MONGODB-X509", "MONGODB-AWS", "GSSAPI"})
_UNCHECKED = ("tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "ssl_cert_reqs")


def is_on_this_machine(uri: str) -> bool:
    """Every host is a name of this machine."""
    return uri.startswith("mongodb://") and all(urlsplit(f"//{host}").hostname in LOOPBACK for host in _hosts(uri))


def check_database_uri(uri: str) -> None:
    """Raises ValueError in words that repeat nothing of the address."""
    if _never_leaves(uri):
        return
    options = {name.lower(): value for name, value in parse_qsl(uri.partition("?")[2], keep_blank_values=True)}
    is_encrypted = options.get("tls", options.get("ssl", _YES if uri.startswith("mongodb+srv://") else "")) == _YES
    if not is_encrypted:
        raise ValueError("leads over the network in clear; add tls=true")
    if any(options.get(name, "false") not in ("false", "CERT_REQUIRED") for name in _UNCHECKED):
        raise ValueError("leads to a server whose certificate nobody checks; name its authority with tlsCAFile instead")
    login = uri.partition("://")[2].partition("/")[0].rpartition("@")[0]
    has_password = bool(login.partition(":")[2])
    if not has_password and options.get("authmechanism", "") not in _WITHOUT_PASSWORD:
        raise ValueError("has no login; give the database a user for Zhenfu and name it here with its password")


def _never_leaves(uri: str) -> bool:
    """Names of this machine and sockets only."""
    return uri.startswith("mongodb://") and all(
        urlsplit(f"//{host}").hostname in LOOPBACK or unquote(host).endswith(".sock") for host in _hosts(uri)
    )


def _hosts(uri: str) -> list[str]:
    return uri.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2].split(",")
