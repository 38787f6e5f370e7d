"""All hospitals of an installation together: each file by itself, then what must differ between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from server.app.configuration.database_uri import LOOPBACK
from server.app.configuration.hospital_file import HospitalFile, read_hospital_file
from server.app.configuration.sentences import SettingsError

_CALLED = ("_base", "_url", "endpoint")
DEMO_MARK = "# Written by Zhenfu's demo on this machine; rewritten at every start."


def read_hospitals(folder: Path, environment: str, environ: Mapping[str, str]) -> tuple[HospitalFile, ...]:
    """Raises SettingsError with every sentence about every file, or when there is none."""
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise SettingsError(
            [
                f"{folder}: there is no hospital's file; start from hospitals/example.toml (ZHENFU_HOSPITALS_DIR) （这里没有医院的配置文件）"
            ]
        )
    sentences = misplaced_files(folder, environment)
    hospitals: list[tuple[Path, HospitalFile]] = []
    for path in paths:
        try:
            hospitals.append((path, read_hospital_file(path, environ, production=environment == "production")))
        except SettingsError as error:
            sentences += error.sentences
    if environment == "demo":
        sentences += [sentence for path, hospital in hospitals for sentence in _leading_outside(path, hospital)]
    sentences += _collisions(hospitals)
    if sentences:
        raise SettingsError(sentences)
    return tuple(hospital for _, hospital in hospitals)


def misplaced_files(folder: Path, environment: str) -> list[str]:
    """DESIGN 5.10: the demo never runs beside a real hospital's file, and production never on the demo's."""
    sentences = []
    for path in sorted(folder.glob("*.toml")):
        of_demo = _is_of_demo(path)
        if environment == "demo" and not of_demo:
            sentences.append(
                f"{path}: this file was not written by the demo, and the demo does not start beside a real hospital. "
                "For example: ZHENFU_DATA_DIR=var-demo for the demo, or ZHENFU_ENVIRONMENT=production for the hospital "
                "（演示不能和真实医院的配置放在一起）"
            )
        if environment == "production" and of_demo:
            sentences.append(
                f"{path}: this file was written by the demo, its keys are play money; "
                "remove it or look elsewhere. For example: ZHENFU_HOSPITALS_DIR=/etc/zhenfu/hospitals "
                "（这是演示的配置，不能用于正式运行）"
            )
    return sentences


def _leading_outside(path: Path, hospital: HospitalFile) -> list[str]:
    """The demo talks to this machine alone, whatever a file says of itself in its first line."""
    return [
        f"{path}: {place} leads to {host}, and the demo never leaves this machine. "
        "For example: ZHENFU_ENVIRONMENT=production for a real hospital （演示只连接本机）"
        for place, host in _addresses(hospital.model_dump(mode="json"))
        if host not in LOOPBACK and not host.endswith(".localhost")
    ]


def _addresses(content: Mapping[str, object], above: str = "") -> list[tuple[str, str]]:
    """(place, host) of everything that is called."""
    found: list[tuple[str, str]] = []
    for name, value in content.items():
        if isinstance(value, Mapping):
            found += _addresses(value, f"{above}{name}.")
        elif isinstance(value, str) and name.endswith(_CALLED):
            found.append((f"{above}{name}", urlsplit(value).hostname or ""))
    return found


def _is_of_demo(path: Path) -> bool:
    with path.open("r", encoding="utf-8", errors="replace") as file:
        return file.readline(200).rstrip("\n") == DEMO_MARK


def _collisions(hospitals: list[tuple[Path, HospitalFile]]) -> list[str]:
    """What tells hospitals apart must differ: id (URLs), prefix (payment numbers), HIS key ids (who calls us)."""
    sentences = []
    for index, (path, one) in enumerate(hospitals):
        for other_path, other in hospitals[:index]:
            if one.id == other.id:
                sentences.append(
                    f'{path}: id is also used in {other_path.name}. For example: id = "{one.id}-2" （与另一家医院重复）'
                )
            if one.prefix.startswith(other.prefix) or other.prefix.startswith(one.prefix):
                sentences.append(
                    f"{path}: prefix can't be told from the one in {other_path.name}: none may begin with another. "
                    'For example: prefix = "RM" （单号前缀与另一家医院分不开）'
                )
            for shared in sorted(set(one.his.keys) & set(other.his.keys)):
                sentences.append(
                    f"{path}: his.keys has {shared}, which is also used in {other_path.name}: a key id names one. "
                    f"For example: {shared}-{one.id} （密钥编号与另一家医院重复）"
                )
    return sentences
