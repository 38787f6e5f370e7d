"""What phones load of our styles."""

from __future__ import annotations

from pathlib import Path

from handlers.base.assets import Assets
from settings import ROOT


def test_comments_of_styles_stay_here_and_licences_go_along(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("/*! MIT */\na { b: c } /* why,\nat length */\nd { e: f }\n", "utf-8")
    assert Assets(tmp_path).get("a.css").plain == b"/*! MIT */\na { b: c }\nd { e: f }\n"


def test_no_rule_of_ours_is_lost_with_the_comments() -> None:
    assets = Assets(ROOT / "static")
    for name in ("css/pages.css", "css/console.css", "css/registration.css", "css/api.css"):
        written = (ROOT / "static" / name).read_text("utf-8")
        assert assets.get(name).plain.decode().count("{") == written.count("{"), name
