"""Which headers pass the proxy, and how they change on the way."""

from __future__ import annotations

from tornado.httputil import HTTPHeaders

from sandbox.phones.csp import open_policy
from sandbox.phones.places import Places

# RFC 9110 section 7.6.1; the proxy frames each message anew.
HOP_BY_HOP = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# What the browser claims about the way here is replaced, never passed on. Expect was answered by our own server.
_OURS_TO_SAY = frozenset(
    {"host", "content-length", "user-agent", "accept-encoding", "forwarded", "x-real-ip", "expect"}
)
_POLICIES = frozenset({"content-security-policy", "content-security-policy-report-only"})


def request_headers(
    browser: HTTPHeaders, *, places: Places, phone_origin: str, user_agent: str, client_ip: str
) -> HTTPHeaders:
    """What the app gets: its public host, the phone's user agent, an origin that is its own. Pages come uncompressed
    so that the tag can be put in.
    """
    out = HTTPHeaders()
    dropped = HOP_BY_HOP | _OURS_TO_SAY | _named_by_connection(browser)
    for name, value in browser.get_all():
        lower = name.lower()
        if lower in dropped or lower.startswith("x-forwarded-"):
            continue
        out.add(name, places.for_app(value, phone_origin) if lower in ("origin", "referer") else value)
    scheme, _, host = places.app_public.partition("://")
    out["Host"] = host
    out["User-Agent"] = user_agent
    out["Accept-Encoding"] = "identity"
    out["X-Forwarded-For"] = client_ip
    out["X-Forwarded-Host"] = host
    out["X-Forwarded-Proto"] = scheme
    out["X-Real-Ip"] = client_ip
    out["Connection"] = "close"
    return out


def response_headers(
    app: HTTPHeaders, *, places: Places, phone_origin: str, script_url: str, rewritten_body: bool
) -> HTTPHeaders:
    """What the browser gets. ``rewritten_body``: the page grows by the tag, so its length is no longer known."""
    out = HTTPHeaders()
    dropped = HOP_BY_HOP | _named_by_connection(app) | {"x-frame-options"}
    for name, value in app.get_all():
        lower = name.lower()
        if lower in dropped or (rewritten_body and lower == "content-length"):
            continue
        if lower in ("location", "content-location"):
            value = places.on_phone(value, phone_origin)
        elif lower == "set-cookie":
            value = own_cookie(value)
        elif lower in _POLICIES and not (value := open_policy(value, script_url)):
            continue
        out.add(name, value)
    return out


def own_cookie(value: str) -> str:
    """A ``Set-Cookie`` for the host that answers: without ``Domain``.

    ``Secure`` and ``__Host-`` stay: browsers count ``*.localhost`` as trustworthy, and Chromium keeps and sends both
    over http there (measured with 156).
    """
    return ";".join(part for part in value.split(";") if part.partition("=")[0].strip().lower() != "domain")


def _named_by_connection(headers: HTTPHeaders) -> frozenset[str]:
    return frozenset(name.strip().lower() for name in headers.get("Connection", "").split(",") if name.strip())
