"""One TOML file per hospital, typed and checked (``hospitals/example.toml`` explains every line)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from server.app.configuration.alipay import Alipay
from server.app.configuration.fields import (
    PlatformUrl,
    Secret,
    Surroundings,
    of_length,
    shaped,
)
from server.app.configuration.his import His
from server.app.configuration.menu import Menu
from server.app.configuration.methods import MethodRow, must_exist
from server.app.configuration.mini_program import Announcement, MiniProgram
from server.app.configuration.registration import Registration
from server.app.configuration.reports import Reports
from server.app.configuration.section import ChatPurpose, Section, Text, ValueName, fits_its_kind
from server.app.configuration.sentences import Path as FieldPath
from server.app.configuration.sentences import SettingsError, Spelling, sentences_of
from server.app.configuration.sms import Sms
from server.app.configuration.wechat_pay import WechatPay
from server.core.characters import bytes_of, cut_to_bytes
from server.payments.purposes.bills.model import description_of

DESCRIPTION_BYTES_MAX = 127
"""Of a WeChat payment (docs/protocols/wechat_pay_v3.md, Corrections); longer, and every payment is refused."""


class OfficialAccount(Section):
    """公众号 (docs/protocols/wechat_official.md)."""

    app_id: Text = Field(examples=['"wx0123456789abcdef"'])
    secret: Secret = Field(examples=['"env:WECHAT_SECRET"'])
    token: Secret = Field(examples=['"env:WECHAT_TOKEN"'])
    encoding_aes_key: Annotated[Secret, of_length(43, "letters and digits")] = Field(examples=['"env:WECHAT_AES_KEY"'])
    original_id: Text = Field(examples=['"gh_0123456789ab"'])
    api_base: PlatformUrl = "https://api.weixin.qq.com"
    authorize_base: PlatformUrl = "https://open.weixin.qq.com"


class WechatTemplate(Section):
    """模板消息: which of our values stands in which keyword of the approved template."""

    template_id: Text = Field(examples=['"ngqIpbwh8bUfcSsECmogfXcV14J0tQlEpBO27izEYtY"'])
    keywords: Annotated[
        Mapping[Annotated[str, shaped(r"[a-z_]+[0-9]*", "a keyword as the template has it, like thing1")], ValueName],
        AfterValidator(fits_its_kind),
    ] = Field(min_length=1, examples=['{ thing1 = "hospital", amount2 = "amount" }'])


class Wechat(Section):
    official_account: OfficialAccount | None = None
    pay: WechatPay | None = None
    miniprogram: MiniProgram | None = None
    templates: Mapping[ChatPurpose, WechatTemplate] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _pay_needs_the_account(self) -> Self:
        if self.pay and not self.official_account:
            raise ValueError("has [wechat.pay] without [wechat.official_account], in which JSAPI payments are made")
        if self.miniprogram and not self.pay:
            raise ValueError("has [wechat.miniprogram] without [wechat.pay], by which its payments are made")
        if self.miniprogram and self.official_account and self.miniprogram.app_id == self.official_account.app_id:
            raise ValueError("has one app_id for the official account and the mini-program, which have one each")
        return self


class Cards(Section):
    """就诊卡: when a binding ends that nobody uses."""

    unused_days: int = Field(default=365, ge=30, le=3000, strict=True, examples=["365"])


class Retention(Section):
    """保存期限: for how many years after its accounting year a payment says who paid and for whom."""

    payments_years: int = Field(default=30, ge=3, le=100, strict=True, examples=["30"])


class Refunds(Section):
    """退费: when a second person must agree, beside each one's own limits, how long a request waits for one, and how often one person may look for payments."""

    alone_days: int = Field(default=7, ge=0, le=365, strict=True, examples=["7"])
    valid_hours: int = Field(default=24, ge=1, le=168, strict=True, examples=["24"])
    searches_per_hour: int = Field(default=120, ge=10, le=2000, strict=True, examples=["120"])


class Reconciliation(Section):
    """对账: after how long money on one side alarms finance, and over which difference two people decide."""

    one_sided_minutes: int = Field(default=10, ge=1, le=1440, strict=True, examples=["10"])
    second_person_over_fen: int = Field(default=100_000, ge=0, le=100_000_000, strict=True, examples=["100000"])
    further_legs: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,19}$")]] = Field(
        default=[], max_length=20, examples=["[]"]
    )


class HospitalFile(Section):
    """医院: a tenant as its TOML file describes it."""

    id: Annotated[str, shaped(r"[a-z][a-z0-9-]{1,31}", "2 to 32 small letters, digits and -, a letter first")] = Field(
        examples=['"renmin"']
    )
    prefix: Annotated[str, shaped(r"[0-9A-Z]{2,6}", "2 to 6 capital letters and digits")] = Field(examples=['"RM"'])
    name: Text = Field(examples=['"示例市人民医院"'])
    help_phone: Annotated[str, shaped(r"[0-9 +-]{3,20}", "a phone number")] = Field(
        default="", examples=['"010-12345678"']
    )
    allowed_hosts: tuple[Text, ...] = Field(default=(), examples=['["his.example.org"]'])
    wechat: Wechat = Wechat()
    alipay: Alipay | None = None
    sms: Sms | None = None
    his: His
    cards: Cards = Field(default_factory=Cards)
    retention: Retention = Field(default_factory=Retention)
    refunds: Refunds = Refunds()
    reconciliation: Reconciliation = Field(default_factory=Reconciliation)
    registration: Registration | None = None
    reports: Reports | None = None
    menu: Menu | None = None
    methods: tuple[MethodRow, ...] = Field(default=(), max_length=20)
    announcements: tuple[Announcement, ...] = Field(default=(), max_length=20)

    @model_validator(mode="after")
    def _payments_can_name_it(self) -> Self:
        spare = DESCRIPTION_BYTES_MAX - bytes_of(description_of(""))
        if self.wechat.pay and bytes_of(self.name) > spare:
            raise ValueError(
                f"has a name of {bytes_of(self.name)} bytes, but at most {spare} fit into the description of a WeChat payment "
                f'(a Chinese character has 3): for example name = "{cut_to_bytes(self.name, spare)}"'
            )
        return self

    @model_validator(mode="after")
    def _methods_are_there(self) -> Self:
        known = [("wechat", self.wechat.pay), ("alipay", self.alipay)]
        must_exist(self.methods, {name for name, section in known if section is not None})
        return self

    @model_validator(mode="after")
    def _links_lead_somewhere(self) -> Self:
        if self.sms and self.sms.linked and not self.wechat.miniprogram:
            raise ValueError("has [sms.linked] without [wechat.miniprogram], into which the links lead")
        return self

    def declared_menu(self) -> dict[str, object]:
        """The menu as the file has it, placeholders still in it, for every account to make its own of; empty when there is none."""
        return self.menu.model_dump(exclude_none=True, exclude_defaults=True, mode="json") if self.menu else {}


def _place(place: FieldPath) -> str:
    """``wechat.pay.mch_id``, ``menu.button[2].name``: counted from one, as a reader counts."""
    spelled = ""
    for part in place:
        spelled += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if spelled else part
    return spelled or "the file"


def read_hospital_file(path: Path, environ: Mapping[str, str], *, production: bool = False) -> HospitalFile:
    """Read and check one file. Raises SettingsError with every wrong setting of the file, a sentence each."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        # The decoder names line and column only; its words never quote a whole line.
        raise SettingsError(
            [f'{path}: this is no TOML: {error}. For example: name = "示例医院" （不是正确的 TOML）']
        ) from None
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            [
                f"{path}: this file can't be read as text in UTF-8. Check who owns it: ls -l {path} （文件读不出，请检查权限和编码）"
            ]
        ) from None
    allowed = content.get("allowed_hosts", [])
    hosts = (
        frozenset(each for each in allowed if isinstance(each, str)) if isinstance(allowed, list) else frozenset[str]()
    )
    around = Surroundings(folder=path.parent, file=path, production=production, allowed_hosts=hosts, environ=environ)
    try:
        return HospitalFile.model_validate(content, context=around)
    except ValidationError as error:
        raise SettingsError(sentences_of(error, HospitalFile, str(path), Spelling(_place))) from None
