"""The package as a developer uploads it to WeChat: the files of ``miniprogram/``. Only read, never imported: what runs is what is there."""

from __future__ import annotations

from pathlib import Path

UPLOADED = Path(__file__).resolve().parents[4] / "miniprogram"
KINDS = {".js", ".json", ".wxml", ".wxss"}
THE_TOOLS_OWN = "project."  # project.config.json, project.private.config.json: settings of the developer tools


def files_of(folder: Path = UPLOADED) -> dict[str, str]:
    """Path below ``folder`` → text, for what WeChat's own tools would upload."""
    found = (path for path in sorted(folder.rglob("*")) if path.suffix in KINDS and path.is_file())
    uploaded = (path for path in found if not path.name.startswith(THE_TOOLS_OWN))
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in uploaded}
