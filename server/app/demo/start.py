"""The demo, step by step: database, sandbox, hospital's file, server and worker; then it watches until Ctrl-C."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO

from pydantic import SecretStr

from server.app.demo import folder, outside
from server.app.demo.first_bill import FirstPaidBill
from server.app.demo.first_staff import write_demo_staff
from server.app.demo.hospital import write_demo_hospital
from server.app.demo.kept_database import KeptDatabase
from server.app.demo.refusals import refuse_taken_ports, refuse_what_is_real
from server.app.supervision.children import ChildFailed, Command
from server.app.supervision.logs import ChildLog
from server.app.supervision.supervisor import Supervisor
from server.infrastructure.embedded import EmbeddedDatabaseError
from settings import ROOT, Settings, load_hospitals

STEPS = 5
READY_WITHIN_S = 60.0
CREDENTIALS = "/sandbox/credentials"
BEGAN_AT = time.time()


def say(text: str) -> None:
    """A closed terminal must not keep the demo from stopping its children."""
    with suppress(OSError):
        print(text, flush=True)


def run_demo(settings: Settings) -> int:
    """Exit status: 0 after Ctrl-C or SIGTERM, 1 when a part can't be started or keeps dying.

    Raises SettingsError before anything is started.
    """
    refuse_what_is_real(settings)
    refuse_taken_ports(settings)
    with folder.claim(settings.data_dir) as lock:
        return _Demo(settings, lock).run()


def _began_at() -> float:
    """When the person pressed Enter: `make run` says it, else it was when this process began."""
    told = os.environ.get("ZHENFU_STARTED_AT", "")
    return float(told) if told.isdecimal() else BEGAN_AT


class _Demo:
    def __init__(self, settings: Settings, lock: IO[str]) -> None:
        self._settings = settings
        self._lock = lock
        self._supervisor = Supervisor(say)
        self._step = 0
        self._invited = ""

    def run(self) -> int:
        self._supervisor.obey_signals()
        say(f"诊付 Zhenfu demo · data 数据: {self._settings.data_dir}")
        try:
            self._start()
            if not self._supervisor.stopping.is_set():
                self._greet()
            self._supervisor.watch(FirstPaidBill(self._settings.sandbox_port, _began_at(), say).look)
        except (ChildFailed, EmbeddedDatabaseError) as failure:
            say(f"\n{failure}\nThe demo stops. 演示停止")
            return 1
        finally:
            self._stop()
        return 0

    def _start(self) -> None:
        settings, supervisor = self._settings, self._supervisor
        database, sandbox = self._database(), self._command("sandbox", settings)
        with self._progress("database 数据库"):
            supervisor.start(sandbox)  # the two start side by side
            supervisor.start(database)
            folder.publish(self._lock, database.uri)
        with self._progress("sandbox 模拟环境"):
            supervisor.wait_until(
                lambda: outside.status_of(settings.sandbox_port, CREDENTIALS) == 200, [sandbox], READY_WITHIN_S
            )
        if supervisor.stopping.is_set():
            return
        with self._progress("hospital 演示医院"):
            credentials = outside.json_of(settings.sandbox_port, CREDENTIALS)
            write_demo_hospital(settings, credentials)
            people = write_demo_staff(settings, credentials)
            load_hospitals(settings)  # what the demo writes passes the same check as any hospital's file
            _ = settings.keyring  # made before two processes want it
        settings = settings.model_copy(update={"database_uri": SecretStr(database.uri)})
        serve, work, menus = (self._command(name, settings) for name in ("serve", "work", "menus"))
        invite = self._command("staff", settings, "invite", "--file", str(people))
        with self._progress("server and worker 服务"):
            supervisor.start(serve)
            supervisor.start(work)
            supervisor.begin_once(menus)
            supervisor.begin_once(invite)
            supervisor.wait_until(
                lambda: outside.status_of(settings.port, "/readyz") == 200, [serve, work], READY_WITHIN_S
            )
        with self._progress("menu and staff 公众号菜单、员工"):
            supervisor.finish_once(menus, READY_WITHIN_S)
            supervisor.finish_once(invite, READY_WITHIN_S)
            if invite.ended() == 0:
                said = self._log("staff").path
                self._invited = said.read_text("utf-8", "replace")
                said.unlink()  # codes are for the eye, not for a log

    def _command(self, name: str, settings: Settings, *more: str) -> Command:
        words = [sys.executable, "-u", str(ROOT / "run.py"), name, *more]
        return Command(name=name, words=words, environ=settings.for_child(), output=self._log(name))

    def _database(self) -> KeptDatabase:
        return KeptDatabase(self._settings.data_dir / "database", self._log("database").path)

    def _log(self, name: str) -> ChildLog:
        return ChildLog(self._settings.data_dir / "log" / f"{name}.log")

    @contextmanager
    def _progress(self, what: str) -> Iterator[None]:
        self._step += 1
        began = time.monotonic()
        yield
        if not self._supervisor.stopping.is_set():
            say(f"  [{self._step}/{STEPS}] {what}: {time.monotonic() - began:.1f} s")

    def _greet(self) -> None:
        settings = self._settings
        say(
            f"""
  Sandbox 模拟环境   http://localhost:{settings.sandbox_port}/sandbox/   ← begin here 从这里开始
  Server  服务       {settings.public_url}
  Console 控制台     {settings.public_url}/console   (staff 员工)
  Logs    日志       {settings.data_dir / "log"}

  1. Open the sandbox: a paper bill, a phone with WeChat or Alipay, an SMS inbox.  打开模拟环境：缴费单、手机（微信或支付宝）、短信收件箱
  2. Take the phone to the bill's QR code and pay.                  用手机扫缴费单上的二维码并支付
{self._staff_hint()}  Ctrl-C stops everything; the data stays. `make reset` clears it.  Ctrl-C 停止，数据保留；make reset 清除
"""
        )

    def _staff_hint(self) -> str:
        """How to become staff of the demo; nothing once everybody is bound."""
        if not self._invited:
            return ""
        lines = "".join(f"     {line}\n" for line in self._invited.splitlines())
        return f"  3. Refund as staff: on the WeChat phones of these people.         在下面各人的微信手机上办理退费\n{lines}"

    def _stop(self) -> None:
        say("\nStopping 正在停止 …")
        self._supervisor.stop_all()
        say("Stopped 已停止")
