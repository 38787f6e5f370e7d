# One command each. `make run` needs nothing but Python 3.11 or newer; `make test` also installs what the tests need.
PYTHON ?= python3
VENV := .venv
RUN_STAMP := $(VENV)/.run-lock
TEST_STAMP := $(VENV)/.test-lock
BIN := $(VENV)/bin

.PHONY: run reset env env-test quick test screenshots bench load chaos fuzz mutants simulate check format lock help
.DEFAULT_GOAL := help

help:
	@echo "make run      start everything on this machine and print where to look"
	@echo "make reset    clear the demo's data, app and sandbox together"
	@echo "make quick    rules, services and handlers, without a browser, a database or other processes: for the loop while writing"
	@echo "make test     install what tests need, run them all"
	@echo "make screenshots every page in two widths, two text sizes, 长辈版 and both schemes, as pictures to look at"
	@echo "make chaos    200 kills under load, wrong clocks, a full disk; then the books compared (docs/chaos.md)"
	@echo "make bench    Zhenfu beside what one would pick instead, with a report (docs/bench.md)"
	@echo "make load     a load of patients on this machine: rates, latencies, a drawing (docs/load.md)"
	@echo "make fuzz     bad input at every door, some thousand times more than in make test (docs/bad-input.md)"
	@echo "make mutants  each rule broken by itself: which does no test know? (docs/mutation.md)"
	@echo "make simulate run the house under faults until stopped (docs/simulation.md)"
	@echo "make check    format, lint, types, import arrows"
	@echo "make format   format the code"
	@echo "make lock     pin the dependencies again"

run: export ZHENFU_STARTED_AT := $(shell date +%s)
run: $(RUN_STAMP)
	@exec $(BIN)/python run.py

reset: $(RUN_STAMP)
	@$(BIN)/python run.py reset

env: $(RUN_STAMP)

$(BIN)/python:
	@scripts/make-venv $(PYTHON) $(VENV)

$(RUN_STAMP): requirements/run.lock | $(BIN)/python
	@scripts/install-locked $(VENV) requirements/run.lock $(RUN_STAMP)

env-test: $(TEST_STAMP)
	@scripts/install-browser
	@scripts/install-node-tests

$(TEST_STAMP): requirements/test.lock | $(BIN)/python
	@scripts/install-locked $(VENV) requirements/test.lock $(TEST_STAMP)
	@sha256sum requirements/run.lock | cut -d' ' -f1 >$(RUN_STAMP) # test.lock holds all of run.lock

# Of the unit tests: what starts processes, and the bytes of platforms.
NOT_QUICK := platforms storage app/test_supervision.py app/test_run.py app/test_data_folder.py app/test_imports_of_a_start.py
quick: $(TEST_STAMP)
	@$(BIN)/python -m pytest -q -n $$(nproc) --dist worksteal tests/unit tests/handlers --ignore-glob='*_in_browser.py' \
		$(addprefix --ignore=tests/unit/,$(NOT_QUICK))

# Tests start some hundred processes: what these import is compiled once, whatever the shell says about bytecode.
quick test: export PYTHONDONTWRITEBYTECODE :=

# Two workers more than cores: many tests wait for processes and browsers, and one for the minute that WeChat Pay's shortest order lasts.
test: env-test
	@$(BIN)/python -m pytest -n $$(( $$(nproc) + 2 )) --dist worksteal

screenshots: env-test
	@$(BIN)/python -m tests.screenshots

mutants: $(TEST_STAMP)
	@$(BIN)/python -m tests.mutation

simulate: $(TEST_STAMP)
	@$(BIN)/python -m tests.simulation --mini --steps 28 --first $$(date +%s)

check: $(TEST_STAMP)
	@scripts/check

format: $(TEST_STAMP)
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock:
	@scripts/lock

BENCH ?=
bench: $(TEST_STAMP)
	@$(BIN)/python -m bench $(BENCH)

load: $(TEST_STAMP)
	@$(BIN)/python -m bench.load

chaos: $(TEST_STAMP)
	@scripts/install-faketime
	@$(BIN)/python -m tests.chaos

FUZZ_EXAMPLES ?= 3000
fuzz: $(TEST_STAMP)
	@FUZZ_EXAMPLES=$(FUZZ_EXAMPLES) $(BIN)/python -m pytest -n auto tests/fuzz --deselect tests/fuzz/test_mutants.py
