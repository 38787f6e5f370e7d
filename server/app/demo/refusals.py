"""When the demo does not start: beside anything real (DESIGN 5.10), or on a port that somebody else has."""

from __future__ import annotations

from server.app.configuration.hospitals import misplaced_files
from server.app.supervision.listening import taken_port
from settings import Settings, SettingsError


def refuse_what_is_real(settings: Settings) -> None:
    """Raises SettingsError with a sentence for each real thing that the demo would stand beside."""
    sentences = misplaced_files(settings.hospitals_dir, settings.environment)
    if settings.environment != "demo":
        sentences.append(
            f"environment: ZHENFU_ENVIRONMENT is {settings.environment}, and the demo runs in no other than demo. "
            "Start the server and a worker instead: python run.py serve, python run.py work （正式运行请用 serve 和 work）"
        )
    if settings.database_uri is not None:
        sentences.append(
            "environment: ZHENFU_DATABASE_URI is set, but the demo uses no database but its own. "
            "Leave it out. For example: env -u ZHENFU_DATABASE_URI make run （演示只用自己的数据库）"
        )
    if sentences:
        raise SettingsError(sentences)


def refuse_taken_ports(settings: Settings) -> None:
    """Raises SettingsError that names the port, its setting, and how to find who holds it."""
    sentences = []
    if settings.port == settings.sandbox_port:
        sentences.append(
            f"environment: ZHENFU_PORT and ZHENFU_SANDBOX_PORT are both {settings.port}. "
            f"For example: ZHENFU_SANDBOX_PORT={settings.port % 65535 + 1} （两个端口相同）"
        )
    for variable, address, port in (
        ("ZHENFU_PORT", settings.bind_address, settings.port),
        ("ZHENFU_SANDBOX_PORT", "127.0.0.1", settings.sandbox_port),
    ):
        sentences += taken_port(variable, address, port)
    if sentences:
        raise SettingsError(sentences)
