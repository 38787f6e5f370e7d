"""Keys and the hospital's file, made once in a process. Real signatures of real keys; 1,024 bits, because RSA is what a run costs.

Nothing is skipped: every signature is made and checked, and every text that can show in a trace is the same on every machine.
"""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

import sandbox.world.keys as their_keys
from sandbox.controls.views import credentials
from sandbox.outside import open_outside
from sandbox.world.wire import Record
from server.app.configuration.hospital_file import HospitalFile, read_hospital_file
from server.app.demo.hospital import write_demo_hospital
from settings import Settings

BITS = 1024
OUTSIDE_PORT = 8889
PLAIN = {
    "appid": "wx00000000000simul",
    "original_id": "gh_000000simul",
    "public_key_id": "PUB_KEY_ID_0100000000000000000000000001",
    "mini_appid": "wx00000000000smini",
}


@cache
def keys() -> Record:
    with patch.object(their_keys, "generate_private_key", lambda exponent, bits: generate_private_key(exponent, BITS)):
        return {**their_keys.make_keys(), **PLAIN}


@cache
def hospital_file() -> HospitalFile:
    """The demo's own file, written and read back as on any machine. That a booking lasts is told after a minute: long outages are rare."""
    folder = tempfile.TemporaryDirectory(prefix="zhenfu-simulation-")
    atexit.register(folder.cleanup)
    settings = Settings(environ={}, data_dir=Path(folder.name), sandbox_port=OUTSIDE_PORT)
    outside = open_outside(None, app_url="http://app", app_public_url="http://app", keys=keys())
    path = write_demo_hospital(settings, credentials(outside, f"http://localhost:{OUTSIDE_PORT}"))
    file = read_hospital_file(path, {})
    return file.model_copy(update={"his": file.his.model_copy(update={"told_after_minutes": 1})})
