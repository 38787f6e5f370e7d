"""The opposite direction: the HIS calls our ``/his/v1/`` doors (docs/his-interface.md section 4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from server.core.errors import Forged
from server.core.ports import Clock, RawRequest, ShortLivedStore
from server.platforms.his.account import HisConfig
from server.platforms.his.signing import AGE_MAX_S, KEY_ID, NONCE, SIGNATURE, TIMESTAMP, answer_signature, check_request

NONCE_KEPT = timedelta(seconds=2 * AGE_MAX_S)
"""A timestamp may lie 300 s ahead of us and stays good until 300 s after it."""
_KIND = "his_nonce"


class HisRequestVerifier:
    """ports.HisRequestVerifier. ``key_ids`` name the hospital whose door this is."""

    def __init__(self, config: HisConfig, clock: Clock, short_lived: ShortLivedStore) -> None:
        self._keys = config.keys
        self._clock = clock
        self._short_lived = short_lived
        self.key_ids = frozenset(config.keys)

    async def verify(self, raw: RawRequest) -> None:
        """Raises Forged for a wrong signature, a stale timestamp or a nonce seen before; StoreUnavailable if that can't be known."""
        now = self._clock.now()
        key_id, nonce = check_request(self._keys, raw.path, raw.headers, raw.body, now)
        if not await self._short_lived.put_once(_KIND, f"{key_id}:{nonce}", "seen", now, now + NONCE_KEPT):
            raise Forged("nonce seen before")

    def answer(self, raw: RawRequest, body: bytes) -> Mapping[str, str]:
        """Headers that sign ``body`` with the key of the request, which `verify` has let pass. Raises Forged for an unknown key."""
        secret = self._keys.get(raw.headers.get(KEY_ID.lower(), ""))
        if secret is None:
            raise Forged("key")
        timestamp = str(int(self._clock.now().timestamp()))
        nonce = raw.headers.get(NONCE.lower(), "")
        return {TIMESTAMP: timestamp, SIGNATURE: answer_signature(secret, raw.path, timestamp, nonce, body)}
