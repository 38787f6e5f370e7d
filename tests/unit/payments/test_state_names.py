"""One word for one thing: the names of states stand in one file, and no text says them in other words."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from handlers.patient.views.payments import payment_page
from server.patients.model import spoken_name
from server.payments import texts as state_names
from server.payments.answers import PaymentView
from server.payments.model import PaymentState
from server.payments.purposes.bills.model import BillStatus
from server.payments.purposes.bills.texts import BILL_NUMBER, BILL_STATES, BILLS_TEXTS
from server.payments.refund_model import RefundState
from server.payments.rules.progress import Progress, standing
from tests.support.builders import a_payment
from tests.support.clock_and_ids import MORNING

ROOT = Path(__file__).resolve().parents[3]
PLACES = (
    "server",
    "handlers",
    "templates",
    "static/js",
    "miniprogram",
    "docs/manual.zh-CN.md",
    "docs/mini-program.md",
    "README.zh-CN.md",
)
KINDS = frozenset({".py", ".html", ".js", ".json", ".wxml", ".md"})
OTHERS_WORDS = {
    # what WeChat Pay and Alipay call it in their clients and merchants' consoles
    "docs/manual.zh-CN.md": (
        "退款管理",
        "渠道的退款详情",
        "“订单号”",
        "流水号的末几位",
        "医院系统退号",  # what the HIS does of its own
        "窗口退号",
        "退费即退号",
    ),
    "templates/patients/cards.html": ("支付费用",),
    # what patients type
    "server/messages/chat.py": ("退费|退款|退钱|退号|退缴费",),
    "server/messages/chat_pages.py": ("(缴费|交费|付款|付费|待缴)",),
    "server/inpatient/texts.py": ("住院|预交金|押金|",),
    "server/old_balances/texts.py": ("门诊(预交金|押金|预存款)",),
    "server/reports/texts.py": ("(检验|检查|化验|病理)", "(报告|报告单|化验单)"),
    "server/refunds/chat/words.py": ("我要退费|退费|退款", "重复缴费|重复付费|"),  # what staff type
    "server/refunds/chat/search_words.py": ("待支付|未支付|没付", "退费中|退款中", "已退费|已退款"),  # what staff type
    "server/refunds/chat/amounts.py": ("退款共计额",),
    # the names of columns and kinds in the platforms' and the bank's statements
    "server/reconciliation/rules/settlements.py": ("银行流水号",),
    "server/reconciliation/texts.py": ("流水号的末几位",),
    "templates/console/bank_file.html": (">流水号<",),
    "server/platforms/bank/statement.py": ('("交易流水号", "流水号")',),
    "server/platforms/wechat/pay/trade_statement.py": (
        "微信退款单号",
        "商户退款单号",
        "退款申请时间",
        "退款状态",
        "申请退款金额",
        "总退款金额",
        "退款总金额",
        "退款金额",
        "微信订单号",
        "商户订单号",
    ),
    "server/platforms/wechat/pay/fund_statement.py": ('("退款", "退款", _OUT)',),
    "server/platforms/alipay/pay/trade_statement.py": (
        "商户订单号",
        "商家订单号",
        "支付宝流水号",
        "退款批次号/请求号",
        "退款批次号",
        "#退款合计",
        "商家实收退款",
        '"退款": RowKind.REFUND',
    ),
    "server/platforms/alipay/pay/fund_statement.py": (
        "账务流水号",
        "业务流水号",
        "商户订单号",
        "商家订单号",
        "支付宝流水号",
        "交易退款",
    ),
}


def texts() -> Iterator[tuple[str, str]]:
    for place in PLACES:
        path = ROOT / place
        files = [path] if path.is_file() else sorted(path.rglob("*"))
        for file in files:
            name = file.relative_to(ROOT).as_posix()
            if file.suffix in KINDS and "npm" not in name and name != "server/payments/texts.py":
                yield name, file.read_text("utf-8")


def test_no_text_has_another_word_for_what_has_a_name() -> None:
    found = []
    for name, text in texts():
        for allowed in OTHERS_WORDS.get(name, ()):
            assert allowed in text, f"{name} does not say {allowed} any more"
            text = text.replace(allowed, "")
        found += [f"{name}: {word}" for word in state_names.FORBIDDEN if word in text]
    assert not found


def test_no_template_writes_the_name_of_a_number_itself() -> None:
    """Templates take it from texts.py by its name there."""
    found = [
        f"{file.relative_to(ROOT)}: {word}"
        for file in sorted((ROOT / "templates").rglob("*.html"))
        for word in state_names.NUMBER_NAMES.values()
        if word in file.read_text("utf-8")
    ]
    assert not found


def names_of_states() -> set[str]:
    tables = (
        state_names.PAYMENT_STATES,
        state_names.PROGRESS,
        state_names.REFUND_STATES,
        state_names.PATIENT_REFUND_STATES,
    )
    return {str(name) for table in tables for name in table.values()} | set(BILL_STATES.values())


def literals(file: Path) -> Iterator[tuple[int, str]]:
    """Every text in a Python file, docstrings left out."""
    tree = ast.parse(file.read_text("utf-8"))
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def test_no_code_writes_a_name_itself() -> None:
    """A number's name in any sentence, and the name of a state alone or in quotation marks, come from where they are defined."""
    defined = {"server/payments/texts.py", "server/payments/purposes/bills/texts.py"}
    of_others = {
        "handlers/console/views/words.py": {"已关闭"},  # an alert's state
        "handlers/console/views/asked.py": {"已支付"},  # an order's state at its channel
    }
    numbers, states = (BILL_NUMBER, *state_names.NUMBER_NAMES.values()), names_of_states()
    found = []
    for file in sorted(path for top in ("server", "handlers") for path in (ROOT / top).rglob("*.py")):
        name = file.relative_to(ROOT).as_posix()
        if name not in defined:
            for line, text in literals(file):
                quoted = {text, *re.findall("“(.+?)”", text)}
                found += [f"{name}:{line}: {word}" for word in numbers if word in text]
                found += [f"{name}:{line}: {word}" for word in sorted((quoted & states) - of_others.get(name, set()))]
    assert not found


def test_the_manual_names_places_as_the_pages_do() -> None:
    """What staff are told to open or press stands on a page, or in a text that is put on one."""
    shown = "".join(text for name, text in texts() if not name.endswith(".md"))
    manual = (ROOT / "docs/manual.zh-CN.md").read_text("utf-8")
    named = set(re.findall("(?:在|打开|点|点击|页的)“([^”]{2,12})”", manual)) - {
        "2026年10月月报",
        "确认与工号…不是同一人",
    }
    assert len(named) > 20
    assert sorted(name for name in named if name not in shown) == []


def test_names_are_not_forbidden_themselves() -> None:
    names = [value for value in vars(state_names).values() if isinstance(value, str)]
    for table in (BILL_STATES, state_names.PAYMENT_STATES, state_names.PROGRESS, state_names.REFUND_STATES):
        names += table.values()
    assert not [(name, word) for name in names for word in state_names.FORBIDDEN if word in name]


def test_every_state_has_a_name() -> None:
    for states, names in (
        (PaymentState, state_names.PAYMENT_STATES),
        (Progress, state_names.PROGRESS),
        (BillStatus, BILL_STATES),
        (RefundState, state_names.REFUND_STATES),
    ):
        assert set(names) == set(states)


@pytest.mark.parametrize(
    ("name", "spoken"),
    [
        ("张三", "张某"),
        ("张小甜", "张某甜"),
        ("欧阳小甜", "欧某甜"),
        ("阿卜杜·买买提", "阿某提"),
        ("John Smith", "J S"),
        ("", ""),
    ],
)
def test_a_name_in_an_sms_can_be_read_aloud(name: str, spoken: str) -> None:
    assert spoken_name(name) == spoken


def test_only_bills_are_called_bills() -> None:
    """What every purpose stands on has neutral words; a purpose brings its own (`PurposeTexts`). The paper with the QR code is a bill."""
    outside = (
        "server/payments",
        "server/refunds",
        "server/reconciliation",
        "server/console",
        "server/platforms",
        "handlers/staff",
    )
    outside = (*outside, "handlers/console", "templates/payments", "templates/refunds", "templates/console")
    of_bills = {
        "server/refunds/chat/search_words.py",  # what staff type
        "handlers/console/views/words.py",  # the entrance bill_qr
        "server/platforms/his/http_json.py",  # what the HIS says of bills
        "server/payments/texts.py",  # FORBIDDEN
    }
    said = {
        str(path.relative_to(ROOT))
        for folder in outside
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".html"} and "purposes" not in path.parts
        for line in path.read_text("utf-8").splitlines()
        if "缴费单" in line.replace("缴费单上的二维码", "")
    }
    assert said == of_bills


def test_the_patient_reads_the_purpose_s_own_word_for_its_number() -> None:
    view = PaymentView(a_payment(), standing(a_payment()), "微信支付", BILLS_TEXTS.charge_number)
    assert payment_page("/h/demo", view, MORNING, just_paid=False)["charge_number"] == "缴费单号"
