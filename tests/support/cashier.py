"""What a finger does in the cashier of a sandbox's phone."""

from __future__ import annotations

from playwright.async_api import FrameLocator, Page, expect

PASSWORD = "246801"


async def enter_password(phone: Page | FrameLocator) -> None:
    """Waits for the cashier first: where it does not come, the failure shows the page that stands there instead."""
    await expect(phone.get_by_role("dialog", name="收银台")).to_be_visible()
    for digit in PASSWORD:
        await phone.get_by_role("button", name=digit, exact=True).click()
    await phone.get_by_role("button", name="完成").click()
