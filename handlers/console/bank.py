"""银行到账 in the console: a bank's file is handed in, shown as it was read, and taken over; the payouts with what has come of them."""

from __future__ import annotations

from typing import ClassVar

from handlers.console.days import DaysRoom
from handlers.console.views.bank import bank_page, preview_page
from server.core.errors import BadInput, NotAllowed, Refusal, StoreUnavailable
from server.reconciliation.rules.settlements import settlements
from server.reconciliation.statements import StatementRefused
from server.reconciliation.texts import BANK_REFUSALS

FILE_BYTES_MAX = 400 * 1024
HERE = "/console/reconciliation/bank"
DONE = {"kept": "已记入。有变化的对账日正在重新对账，稍后刷新。"}


class BankHandler(DaysRoom):
    body_bytes_max: ClassVar[int] = FILE_BYTES_MAX + 16 * 1024

    async def get(self) -> None:
        await self._show(notice=DONE.get(self.get_query_argument("done", ""), ""))

    async def post(self) -> None:
        do = self.get_body_argument("do", "")
        if do == "sheet":
            book = await self.console.bank.book(self.staff)
            await self.send_sheets([settlements(book, self.channels)], "settlements")
            return
        try:
            if do == "keep":
                sha256 = self.get_body_argument("file", "")[:64]
                await self.console.bank.keep(self.staff, sha256, self.get_body_argument("account", ""))
                self.redirect(f"{HERE}?done=kept", status=303)
                return
            await self._preview()
        except StatementRefused as refused:
            await self._show(refusal=BadInput("bank file", user_message=BANK_REFUSALS[refused.reason]))
        except StoreUnavailable:
            await self._show(refusal=BadInput("bank file", user_message="没有找到这个文件，请重新上传。"))
        except (BadInput, NotAllowed) as refusal:
            await self._show(refusal=refusal)

    async def _preview(self) -> None:
        files = self.request.files.get("file", [])
        if not files or not files[0]["filename"]:
            raise BadInput("file", user_message="请选择网上银行下载的流水文件。")
        if len(files[0]["body"]) > FILE_BYTES_MAX:
            raise BadInput("file", user_message="文件太大，最大400KB。请缩短起止日期，分几次上传。")
        account = self.get_body_argument("account", "")
        seen = await self.console.bank.preview(self.staff, files[0]["body"], account)
        self.show("bank_file", preview_page(seen))

    async def _show(self, notice: str = "", refusal: Refusal | None = None) -> None:
        book = await self.console.bank.book(self.staff)
        page = {**bank_page(book, self.channels), "notice": notice, "problem": ""}
        if refusal is not None:
            self.show_again("bank", page, refusal)
        else:
            self.show("bank", page)
