"""A hospital's file and this process's means → the hospital with its adapters."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from server.app.configuration.alipay import Alipay as AlipaySection
from server.app.configuration.hospital_file import HospitalFile, OfficialAccount
from server.app.configuration.hospital_file import Wechat as WechatSection
from server.app.configuration.keys import certificates_pem, private_key_pem, public_key_pem
from server.app.configuration.mini_program import MiniProgram as MiniProgramSection
from server.app.configuration.sms import Sms as SmsSection
from server.app.configuration.wechat_pay import WechatPay
from server.core.ports import Clock, Ids, ShortLivedStore, Transport
from server.patients.contact_ports import ChatAccount, Messenger
from server.patients.ports import Identity, MiniProgram
from server.payments.his_ports import HisCapabilities
from server.payments.hospital import Announcement, Hospital, RefundRules
from server.payments.methods import MethodRow, Way
from server.payments.ports import PaymentChannel
from server.platforms.alipay.life_account.account import LifeAccountConfig, LifeAccountTemplate
from server.platforms.alipay.life_account.gateway import LifeAccountChat
from server.platforms.alipay.life_account.messages import LifeAccountMessenger
from server.platforms.alipay.life_account.oauth import AlipayOAuth
from server.platforms.alipay.openapi.account import LIFE_ACCOUNT, AlipayApp
from server.platforms.alipay.openapi.client import AlipayClient
from server.platforms.alipay.pay.account import AlipayMerchant
from server.platforms.alipay.pay.channel import AlipayChannel
from server.platforms.aliyun.account import AliyunSmsConfig, LinkedTemplate, SmsTemplate
from server.platforms.aliyun.aliyun import AliyunSms
from server.platforms.his.account import HisConfig
from server.platforms.his.http_json import HttpJsonHis
from server.platforms.his.request_verifier import HisRequestVerifier
from server.platforms.wechat.api.access_token import AccessTokens
from server.platforms.wechat.api.client import WechatApi
from server.platforms.wechat.messengers import MessengersByApp
from server.platforms.wechat.miniprogram.account import MiniProgramConfig, SubscribeTemplate
from server.platforms.wechat.miniprogram.program import WechatMiniProgram
from server.platforms.wechat.official_account.account import MessageTemplate, OfficialAccountConfig
from server.platforms.wechat.official_account.callback import OfficialAccountChat
from server.platforms.wechat.official_account.messages import TemplateMessenger
from server.platforms.wechat.official_account.oauth import WechatOAuth
from server.platforms.wechat.pay.account import WechatPayAccount
from server.platforms.wechat.pay.channel import WechatPayChannel
from server.platforms.wechat.pay.jsapi import Jsapi, MiniProgramPay, PayMethod
from server.platforms.wechat.pay.native import Native

WECHAT = "wechat"
ALIPAY = "alipay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What adapters need of the process."""

    transport: Transport
    clock: Clock
    ids: Ids
    short_lived: ShortLivedStore
    public_url: str


@dataclass(frozen=True, slots=True)
class _Ways:
    """What a hospital's platforms bring, by channel."""

    channels: dict[str, PaymentChannel] = field(default_factory=dict)
    identities: dict[str, Identity] = field(default_factory=dict)
    chats: dict[str, ChatAccount] = field(default_factory=dict)
    messengers: dict[str, Messenger] = field(default_factory=dict)
    mini_programs: list[MiniProgram] = field(default_factory=list)


def assemble(file: HospitalFile, means: Means) -> Hospital:
    """Every adapter that the file asks for; a hospital without a section goes without it."""
    ways = _Ways()
    if file.wechat.official_account is not None:
        _add_wechat(ways, file.id, file.wechat, file.wechat.official_account, means)
    if file.alipay is not None:
        _add_alipay(ways, file.id, file.alipay, means)
    his = _his(file)
    return Hospital(
        id=file.id,
        prefix=file.prefix,
        name=file.name,
        public_url=means.public_url,
        channels=ways.channels,
        identities=ways.identities,
        chats=ways.chats,
        messengers=ways.messengers,
        sms=AliyunSms(_sms(file.sms), means.transport) if file.sms else None,
        his=HttpJsonHis(his, means.transport, means.clock, means.ids),
        his_door=HisRequestVerifier(his, means.clock, means.short_lived),
        menu=file.declared_menu(),
        help_phone=file.help_phone,
        mini_program=next(iter(ways.mini_programs), None),
        announcements=tuple(Announcement(id=a.id, title=a.title, text=a.text, at=a.at) for a in file.announcements),
        payments_kept_years=file.retention.payments_years,
        card_unused_max=timedelta(days=file.cards.unused_days),
        one_sided_after=timedelta(minutes=file.reconciliation.one_sided_minutes),
        second_over_fen=file.reconciliation.second_person_over_fen,
        further_legs=tuple(file.reconciliation.further_legs),
        methods=_method_rows(file),
        refund_rules=_refund_rules(file),
    )


def _his(file: HospitalFile) -> HisConfig:
    return HisConfig(
        base_url=file.his.base_url,
        keys={key_id: secret.get_secret_value() for key_id, secret in file.his.keys.items()},
        active_key_id=file.his.key_id,
        capabilities=HisCapabilities(
            presettle=file.his.presettle,
            longest_call=timedelta(seconds=file.his.longest_call_seconds),
            told_after=timedelta(minutes=file.his.told_after_minutes),
            bills_kept=timedelta(seconds=file.his.bills_kept_seconds),
        ),
        inpatient=file.his.inpatient,
        old_balances=file.his.old_balances,
    )


def _refund_rules(file: HospitalFile) -> RefundRules:
    return RefundRules(
        alone=timedelta(days=file.refunds.alone_days),
        valid=timedelta(hours=file.refunds.valid_hours),
        searches_per_hour=file.refunds.searches_per_hour,
    )


def _method_rows(file: HospitalFile) -> tuple[MethodRow, ...]:
    return tuple(MethodRow(login=r.login, entrance=r.entrance, way=Way(r.channel, r.method)) for r in file.methods)


def _add_wechat(ways: _Ways, hospital: str, section: WechatSection, account: OfficialAccount, means: Means) -> None:
    config = _official_account(section, account)
    tokens = AccessTokens(config, means.transport, means.clock, means.short_lived)
    api = WechatApi(config, means.transport, tokens)
    ways.identities[WECHAT] = WechatOAuth(config, means.transport, api if section.miniprogram is not None else None)
    ways.chats[WECHAT] = OfficialAccountChat(config, api, means.clock, means.ids)
    ways.messengers[WECHAT] = TemplateMessenger(config, api)
    if section.pay is not None:
        merchant = _merchant(hospital, section.pay, account.app_id, means.public_url)
        methods: list[PayMethod] = [Jsapi(account.app_id), Native(account.app_id)]
        if section.miniprogram is not None:
            mini = WechatMiniProgram(_mini_program(section.miniprogram), means)
            methods.append(MiniProgramPay(mini.app_id))
            ways.messengers[WECHAT] = MessengersByApp(ways.messengers[WECHAT], mini.messenger)
            ways.mini_programs.append(mini)
        ways.channels[WECHAT] = WechatPayChannel(merchant, means.transport, means.clock, means.ids, methods)


def _mini_program(section: MiniProgramSection) -> MiniProgramConfig:
    templates = {
        purpose: SubscribeTemplate(template_id=one.template_id, title=one.title, keywords=one.keywords)
        for purpose, one in section.templates.items()
    }
    return MiniProgramConfig(
        app_id=section.app_id,
        secret=section.secret.get_secret_value(),
        api_base=section.api_base,
        version=section.version,
        templates={str(purpose): template for purpose, template in templates.items()},
    )


def _add_alipay(ways: _Ways, hospital: str, section: AlipaySection, means: Means) -> None:
    """Login and paying come with the app; the chat only with a life account, its menu and messages as far as it has them."""
    app = _alipay_app(section)
    client = AlipayClient(app, means.transport, means.clock, system=LIFE_ACCOUNT)
    merchant = AlipayMerchant(seller_id=section.seller_id, public_url=means.public_url, hospital=hospital)
    ways.identities[ALIPAY] = AlipayOAuth(client, section.authorize_base)
    ways.channels[ALIPAY] = AlipayChannel(AlipayClient(app, means.transport, means.clock), merchant)
    if section.life_account:
        templates: dict[str, LifeAccountTemplate] = {
            purpose: LifeAccountTemplate(template_id=template.template_id, keywords=template.keywords)
            for purpose, template in section.templates.items()
        }
        config = LifeAccountConfig(templates=templates, has_menu=section.menu)
        ways.chats[ALIPAY] = LifeAccountChat(client, config, means.clock, means.short_lived)
        ways.messengers[ALIPAY] = LifeAccountMessenger(client, config)


def _alipay_app(section: AlipaySection) -> AlipayApp:
    ours, roots = section.app_certificate_file, section.root_certificates_file
    return AlipayApp(
        app_id=section.app_id,
        private_key_pem=private_key_pem(section.private_key_file.read_bytes()),
        alipay_keys=tuple(public_key_pem(path.read_bytes()) for path in section.alipay_keys),
        app_certificate_pem=certificates_pem(ours.read_bytes()) if ours else "",
        root_certificates_pem=certificates_pem(roots.read_bytes()) if roots else "",
        gateway_url=section.gateway_url,
    )


def _official_account(section: WechatSection, account: OfficialAccount) -> OfficialAccountConfig:
    return OfficialAccountConfig(
        app_id=account.app_id,
        secret=account.secret.get_secret_value(),
        token=account.token.get_secret_value(),
        encoding_aes_key=account.encoding_aes_key.get_secret_value(),
        original_id=account.original_id,
        api_base=account.api_base,
        authorize_base=account.authorize_base,
        templates={
            purpose: MessageTemplate(template_id=template.template_id, keywords=template.keywords)
            for purpose, template in section.templates.items()
        },
    )


def _merchant(hospital: str, pay: WechatPay, app_id: str, public_url: str) -> WechatPayAccount:
    return WechatPayAccount(
        mch_id=pay.mch_id,
        app_id=app_id,
        serial_no=pay.serial_no,
        private_key_pem=private_key_pem(pay.private_key_file.read_bytes()),
        apiv3_key=pay.apiv3_key.get_secret_value(),
        verify_keys={key_id: public_key_pem(path.read_bytes()) for key_id, path in pay.public_keys.items()},
        notify_base=public_url,
        hospital=hospital,
        base_url=pay.api_base,
    )


def _sms(section: SmsSection) -> AliyunSmsConfig:
    return AliyunSmsConfig(
        access_key_id=section.access_key_id,
        access_key_secret=section.access_key_secret.get_secret_value(),
        sign_name=section.sign_name,
        receipt_secret=section.receipt_secret.get_secret_value(),
        endpoint=section.endpoint,
        templates={
            name: SmsTemplate(template_code=one.template_code, variables=one.variables, chars_max=one.value_chars_max)
            for name, one in section.templates.items()
        },
        linked={
            purpose: LinkedTemplate(
                template_code=template.template_code,
                variables=template.variables,
                chars_max=template.value_chars_max,
                address=template.address,
                link_variable=template.link_variable,
            )
            for purpose, template in section.linked.items()
        },
    )
