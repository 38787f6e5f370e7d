"""Keys and the hospital's file, made once in a process. Real signatures of real keys; 1,024 bits, because RSA is what a run costs.

Parsing a key takes fifty times as long as signing with it, so parsed keys are kept. Nothing is skipped: every signature is made
and checked, and every text that can show in a trace is the same on every machine.
"""

from __future__ import annotations

import atexit
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

import sandbox.alipay.signing as their_alipay_signing
import sandbox.wechatpay.signing as their_signing
import sandbox.world.keys as their_keys
import server.app.configuration.keys as our_key_files
import server.platforms.alipay.openapi.keys as our_alipay_keys
import server.platforms.wechat.pay.signing as our_signing
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


@cache
def keep_parsed_keys() -> None:
    """From now on a key that was parsed once in this process is not parsed again."""
    ours: Any = our_signing
    theirs: Any = their_signing
    ours.load_pem_private_key = cache(ours.load_pem_private_key)
    ours.load_pem_public_key = cache(ours.load_pem_public_key)
    ours.load_pem_x509_certificate = cache(ours.load_pem_x509_certificate)
    alipay: Any = our_alipay_keys
    alipay.load_pem_private_key = cache(alipay.load_pem_private_key)
    alipay.load_pem_public_key = cache(alipay.load_pem_public_key)
    files: Any = our_key_files
    files._read = cache(files._read)
    their_alipay: Any = their_alipay_signing
    their_alipay.load_pem_private_key = cache(their_alipay.load_pem_private_key)
    theirs.load_pem_private_key = cache(theirs.load_pem_private_key)
    theirs.load_pem_x509_certificate = cache(theirs.load_pem_x509_certificate)
