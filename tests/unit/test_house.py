"""The rules of the house that no linter knows (DESIGN section 2)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [
    *sorted(path for folder in ("server", "handlers", "sandbox") for path in (ROOT / folder).rglob("*.py")),
    ROOT / "settings.py",
    ROOT / "run.py",
]
TESTS_AND_TOOLS = sorted(
    path
    for folder in ("tests", "bench", "scripts")
    for path in (ROOT / folder).rglob("*.py")
    if "node_modules" not in path.parts and not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)
SCRIPTS = sorted(
    path
    for folder in ("miniprogram", "sandbox", "static", "tests")
    for path in (ROOT / folder).rglob("*.js")
    if path.name != "engine.js" and not {"node_modules", "miniprogram_npm"} & set(path.parts)
)
"""Written by hand: the engine of the sandbox's phone is made of packages."""
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc", "tools", "stuff"}
PLATFORMS = re.compile(r"wechat|weixin|微信|公众号|openid|prepay|alipay|支付宝|生活号", re.IGNORECASE)
FILE_LINES_MAX = 250
FUNCTION_LINES_MAX = 40
POSITIONAL_MAX = 8
"""Of a constructor, ``self`` among them."""
PURE_MAY_IMPORT = {
    "__future__", "collections", "dataclasses", "datetime", "enum", "functools", "hashlib", "itertools", "json", "math", "re",
}  # fmt: skip
PURE_MAY_IMPORT |= {"types", "typing", "unicodedata", "zoneinfo", "server"}
NO_CAPABILITIES = {"app", "infrastructure", "platforms", "storage"}
PURE_NAMES = {"model", "refund_model", "ending_model", "register_model", "document", "rules", "texts"}
CLOCKS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "asyncio.sleep", "asyncio.get_event_loop"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def sources_under(*starts: str) -> list[Path]:
    return [path for path in SOURCES if name_of(path).startswith(starts)]


def in_capabilities() -> list[Path]:
    return [path for path in sources_under("server/") if path.relative_to(ROOT).parts[1] not in NO_CAPABILITIES]


def is_pure(path: Path) -> bool:
    """Models, rules and texts, and what every capability shares but for its ports and its one service."""
    shared = path.parent.name == "core" and path.stem not in {"ports", "pulses", "unreadable", "idempotency"}
    return path.stem in PURE_NAMES or path.parent.name == "rules" or shared


def function_lines(tree: ast.Module) -> Iterator[tuple[str, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, code_lines(node)


def code_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the body without its docstring."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules ask of one source. All of them are told at once, because to parse 900 files is what takes long."""

    text: str
    long: list[str]
    """Its functions of too many lines."""
    imported: set[str]
    """The packages, without what is below them."""
    called: set[str]
    """As it is written: ``datetime.now``."""
    saving: set[str]
    """The words of whatever it calls or takes ``save`` of."""
    many: list[str]
    """Its classes whose constructor takes too many arguments by place."""


@cache
def facts() -> Mapping[Path, Facts]:
    return {path: facts_of(path.read_text("utf-8")) for path in SOURCES}


def facts_of(text: str) -> Facts:
    tree = ast.parse(text)
    told = Facts(
        text, [name for name, lines in function_lines(tree) if lines > FUNCTION_LINES_MAX], set(), set(), set(), []
    )
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                told.imported.update(alias.name.partition(".")[0] for alias in node.names)
            case ast.ImportFrom():
                told.imported.add((node.module or "").partition(".")[0])
            case ast.Call(func=ast.Name() | ast.Attribute(value=ast.Name()) as called):
                told.called.add(ast.unparse(called))
            case ast.ClassDef():
                told.many.extend(node.name for init in node.body if is_long_constructor(init))
            case ast.Attribute(attr="save"):
                told.saving.update(re.findall(r"[a-z]+", ast.unparse(node.value)))
    return told


def is_long_constructor(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name == "__init__" and len(node.args.args) > POSITIONAL_MAX


def test_a_file_has_one_job() -> None:
    assert [name_of(path) for path in SOURCES if path.stem in DRAWERS] == [], "name what it is for"
    assert [name_of(path) for path in SOURCES if len(facts()[path].text.splitlines()) > FILE_LINES_MAX] == []
    long = {name_of(path): facts()[path].long for path in SOURCES if facts()[path].long}
    assert long == {}, f"functions of more than {FUNCTION_LINES_MAX} lines"


def test_tests_and_tools_keep_the_same_sizes() -> None:
    """Divide a file along its subjects; what two files need goes into the folder's conftest.py or a module named by what it makes."""
    texts = {path: path.read_text("utf-8") for path in (*TESTS_AND_TOOLS, *SCRIPTS)}
    assert len(TESTS_AND_TOOLS) > 500
    assert len(SCRIPTS) > 30
    assert [name_of(path) for path in texts if path.stem in DRAWERS] == [], "name what it is for"
    assert [name_of(path) for path, text in texts.items() if len(text.splitlines()) > FILE_LINES_MAX] == []
    long = [
        f"{name_of(path)}: {name}"
        for path in TESTS_AND_TOOLS
        for name, lines in function_lines(ast.parse(texts[path]))
        if lines > FUNCTION_LINES_MAX
    ]
    assert long == [], f"functions of more than {FUNCTION_LINES_MAX} lines"


def test_models_rules_and_texts_import_nothing_that_can_do_anything() -> None:
    pure = [path for path in in_capabilities() if is_pure(path)]
    assert len(pure) > 130
    imported = {name_of(path): facts()[path].imported - PURE_MAY_IMPORT for path in pure}
    assert {path: names for path, names in imported.items() if names} == {}


def test_time_comes_through_a_port() -> None:
    """So that the whole app can run in a simulation, where a year takes a second."""
    asked = {name_of(path): facts()[path].called & CLOCKS for path in in_capabilities()}
    assert len(asked) > 300
    assert {path: clocks for path, clocks in asked.items() if clocks} == {}


def test_only_channels_make_verified_notifications() -> None:
    makers = {
        name_of(path).split("/")[1]
        for path in sources_under("server/", "handlers/")
        if "VerifiedNotification" in facts()[path].called
    }
    assert makers <= {"platforms"}


def test_use_cases_and_rules_know_no_platform_by_name() -> None:
    """A new channel is a folder in server/platforms: nothing in here may have to be touched for it."""
    named = {name_of(path): PLATFORMS.findall(facts()[path].text) for path in in_capabilities()}
    assert named.pop("server/inpatient/texts.py") == [
        "wechat",
        "微信",
        "alipay",
        "支付宝",
    ]  # ways of which the HIS tells
    assert {path: names for path, names in named.items() if names} == {}


def test_a_platform_s_name_is_noticed() -> None:
    for text in ("wechatpay", "class AlipayX", "请从微信进入", "支付宝", "公众号", "the payer's openid", "prepay_id"):
        assert PLATFORMS.search(text)


def test_payments_are_saved_in_one_place_only() -> None:
    """Every change goes through `Ledger.apply`: nobody else calls save."""
    callers = {
        name_of(path)
        for path in sources_under("server/", "handlers/")
        if {"payments", "documents"} & facts()[path].saving
    }
    scratch = {"server/storage/mongo/store_conformance.py"}  # tries the store itself, in a database that is dropped
    assert callers - scratch == {"server/effects/ledger.py"}


def pins(lock: str) -> set[str]:
    return {
        line.removesuffix(" \\")
        for line in (ROOT / "requirements" / lock).read_text("utf-8").splitlines()
        if "==" in line
    }


def test_tests_run_on_what_the_server_runs_on() -> None:
    """The Makefile counts on it: who installed test.lock has run.lock too."""
    assert pins("run.lock") <= pins("test.lock")


def test_no_lock_names_an_index() -> None:
    """Whoever installs has an index of their own."""
    for lock in ("run.lock", "test.lock"):
        assert "://" not in (ROOT / "requirements" / lock).read_text("utf-8")


def test_every_dependency_and_every_decision_is_written_down() -> None:
    decisions = ROOT / "docs" / "decisions"
    reasons = (decisions / "0001-dependencies.md").read_text("utf-8")
    asked = [
        re.split(r"[<>=]", line)[0]
        for name in ("run.in", "test.in")
        for line in (ROOT / "requirements" / name).read_text("utf-8").split("\n")
        if line and not line.startswith("-r")
    ]
    assert [package for package in asked if package not in reasons] == []
    listed = (decisions / "README.md").read_text("utf-8")
    assert [page.name for page in decisions.glob("0*.md") if f"({page.name})" not in listed] == []


def test_templates_lie_in_a_folder_per_capability() -> None:
    """The folders have the names of ``server/`` and ``handlers/``; every page is named by its whole path somewhere."""
    folders = {
        path.name for start in ("server", "server/payments/purposes", "handlers") for path in (ROOT / start).iterdir()
    }
    pages = sorted((ROOT / "templates").rglob("*.html"))
    assert {path.relative_to(ROOT / "templates").parts[0] for path in pages} <= folders
    text = "".join(path.read_text("utf-8") for path in [*sources_under("handlers/"), *pages])
    named = {path.relative_to(ROOT / "templates").with_suffix("").as_posix() for path in pages}
    assert [name for name in named if f'"{name}' not in text and f'"{name.removeprefix("console/")}"' not in text] == []


def test_lost_races_are_tried_again_in_one_place() -> None:
    """`core/optimistic.py` has the loop of optimistic writes. The chain's own end is another thing: a place that is taken is no lost race."""
    loops = {name_of(path) for path in SOURCES if re.search(r"except LostRace:\n\s+continue", facts()[path].text)}
    assert loops == {"server/core/optimistic.py"}


def test_many_arguments_are_named() -> None:
    """Nobody can read off a call what the eighth argument is."""
    many = {name_of(path): facts()[path].many for path in sources_under("server/", "handlers/")}
    assert {path: names for path, names in many.items() if names} == {}
