"""What a process reconciles with: the platforms' statements, the HIS's lists, and a folder for files."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from server.app.reconciling import ReconciliationMeans
from server.payments.hospital import Hospital
from server.platforms.alipay.pay.channel import AlipayChannel
from server.platforms.bank.statement import read_bank_file
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.reconciliation.ports import HisDayList, PartStore
from server.reconciliation.statements import StatementSource
from server.storage.further_files import FolderLeg
from server.storage.kept_files import FolderFiles
from server.storage.part_files import PartFiles


def reconciliation_means(hospitals: Mapping[str, Hospital], data_dir: Path) -> ReconciliationMeans:
    sources = {hospital.id: statement_sources(hospital) for hospital in hospitals.values()}
    lists: dict[str, HisDayList] = {
        hospital.id: hospital.his for hospital in hospitals.values() if isinstance(hospital.his, HttpJsonHis)
    }
    further = {
        hospital.id: {
            channel: FolderLeg(data_dir / "further" / hospital.id / channel) for channel in hospital.further_legs
        }
        for hospital in hospitals.values()
    }
    files = FolderFiles(data_dir / "statements")
    return ReconciliationMeans(
        sources=sources,
        lists=lists,
        further=further,
        files=files,
        room=room_on_disk,
        aside=asyncio.to_thread,
        bank_reader=read_bank_file,
    )


def statement_sources(hospital: Hospital) -> dict[str, StatementSource]:
    """By channel; a channel without statements is not in it."""
    return {
        name: channel.statements
        for name, channel in hospital.channels.items()
        if isinstance(channel, WechatPayChannel | AlipayChannel)
    }


@contextmanager
def room_on_disk() -> Iterator[PartStore]:
    """A folder that is gone after the run."""
    with tempfile.TemporaryDirectory(prefix="zhenfu-reconcile-") as folder:
        yield PartFiles(Path(folder))
