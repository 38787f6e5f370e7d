"""The login page, and the page on the phone that lets a computer in."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.base.display import clock_time
from handlers.console.views.words import ROLES
from server.console.login import Asking
from server.patients.model import mask_name
from server.staff.model import Staff

_BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("OPR/", "Opera"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Windows", "Windows"), ("Mac OS", "macOS"), ("Android", "Android"), ("Linux", "Linux"))


def browser_name(user_agent: str) -> str:
    """``Edge（Windows）``: known words only, so that nobody writes on somebody else's phone what they like."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "浏览器")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return f"{browser}（{system}）" if system else browser


def spaced(code: str) -> str:
    return f"{code[:4]} {code[4:]}"


def login_page(asking: Asking, name: str, clients: Sequence[str], png: str, problem: str) -> dict[str, object]:
    return {
        "code": spaced(asking.code),
        "image": f"data:image/png;base64,{png}" if png else "",
        "clients": "或".join(clients),
        "confirmed_by": mask_name(name) if asking.number else "",
        "problem": problem,
        "again_url": f"/console/login?hospital={asking.hospital}&again=1",
        "own_url": f"/console/login?hospital={asking.hospital}",
    }


def phone_page(staff: Staff, asking: Asking, own_url: str) -> dict[str, object]:
    return {
        "person": f"{staff.name}（{ROLES[staff.role]}，工号{staff.number}）",
        "code": spaced(asking.code),
        "place": asking.place,
        "time": clock_time(asking.asked_at),
        "own_url": own_url,
    }
