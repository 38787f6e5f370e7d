"""A hospital's merchant account at Alipay (docs/protocols/alipay.md section 7)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AlipayMerchant:
    """``seller_id`` is the merchant's 2088…; ``public_url`` our address without a trailing slash, ``hospital`` the id in our
    doors' paths.
    """

    seller_id: str
    public_url: str
    hospital: str

    @property
    def notify_url(self) -> str:
        return f"{self.public_url}/notify/alipay/{self.hospital}"

    def page_of(self, out_trade_no: str) -> str:
        """Where a browser comes back to from Alipay's own pages."""
        return f"{self.public_url}/h/{self.hospital}/payments/{out_trade_no}"
