"""The console's two cookies: who is logged in, and which computer waits to be. They end with the browser, whatever else ends them."""

from __future__ import annotations

from tornado.web import RequestHandler

from handlers.base.cookies import full_name, is_secure

SESSION = "console"
LOGIN = "console-login"


def get(door: RequestHandler, name: str) -> str:
    return door.get_cookie(full_name(name, _public_url(door))) or ""


def put(door: RequestHandler, name: str, value: str) -> None:
    """``SameSite=Strict``: no page of anybody else ever sends it."""
    public_url = _public_url(door)
    door.set_cookie(
        full_name(name, public_url),
        value,
        expires_days=None,
        path="/",
        httponly=True,
        samesite="Strict",
        secure=is_secure(public_url),
    )


def drop(door: RequestHandler, name: str) -> None:
    public_url = _public_url(door)
    door.clear_cookie(
        full_name(name, public_url), path="/", httponly=True, samesite="Strict", secure=is_secure(public_url)
    )


def _public_url(door: RequestHandler) -> str:
    return str(door.application.settings["public_url"])
