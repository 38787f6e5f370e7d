"""The cookies of the pages: each hospital its own, unreadable for scripts, and locked to https and this host wherever we are reached so."""

from __future__ import annotations

from datetime import timedelta

from tornado.web import RequestHandler

from server.payments.hospital import Hospital

APPEARANCE = "appearance"
KNOWN = "known"
LOGIN = "login"
SCAN = "scan"
SESSION = "session"
WRISTBAND = "wristband"
XSRF = "xsrf"


def is_secure(public_url: str) -> bool:
    return public_url.startswith("https://")


def full_name(name: str, public_url: str) -> str:
    """``__Host-``: the browser then takes it only over https, for this host alone, so that no neighbour can plant one."""
    return f"__Host-{name}" if is_secure(public_url) else name


def put(door: RequestHandler, hospital: Hospital, name: str, value: str, life: timedelta) -> None:
    door.set_cookie(
        full_name(f"{name}-{hospital.id}", hospital.public_url),
        value,
        expires_days=None,
        max_age=int(life.total_seconds()),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(hospital.public_url),
    )


def get(door: RequestHandler, hospital: Hospital, name: str) -> str:
    return door.get_cookie(full_name(f"{name}-{hospital.id}", hospital.public_url)) or ""


def drop(door: RequestHandler, hospital: Hospital, name: str) -> None:
    door.clear_cookie(
        full_name(f"{name}-{hospital.id}", hospital.public_url),
        path="/",
        httponly=True,
        samesite="Lax",
        secure=is_secure(hospital.public_url),
    )


def xsrf_settings(public_url: str) -> dict[str, object]:
    """Tornado's settings of its XSRF cookie."""
    secure = is_secure(public_url)
    return {
        "xsrf_cookies": True,
        "xsrf_cookie_name": full_name(XSRF, public_url),
        "xsrf_cookie_kwargs": {"httponly": True, "samesite": "Lax", "secure": secure, "path": "/"},
    }
