# Two commands matter: `make demo` shows the product, `make test` checks it. Both set up what they need from a bare Python 3.10+.
PYTHON       ?= python3
VENV         := .venv
BIN          := $(VENV)/bin
ENVIRONMENTS := .cache/environments
DEMO_ARGS    ?=
TEST_ARGS    ?=

.PHONY: demo test lint matrix soak bench wheel clean help
.DEFAULT_GOAL := help

help: ## Show this list.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/ready ## Run a small shop through Airflow and dbt and show its lineage (DEMO_ARGS=--check only verifies).
	@$(BIN)/clew demo --environments $(ENVIRONMENTS) $(DEMO_ARGS)

test: $(VENV)/ready-for-tests lint ## Run lint, types, import contracts and all tests.
	@$(BIN)/python -m clew.demo.environments $(ENVIRONMENTS) > /dev/null
	CLEW_TEST_ENVIRONMENTS=$(abspath $(ENVIRONMENTS)) $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

lint: $(VENV)/ready-for-tests ## Check format, style, types and import contracts.
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

matrix: $(VENV)/ready-for-tests ## Test with what is large to download: Airflow 2.7 to 3.2, dbt 1.5 to 1.12, dbt Fusion, Cosmos in Airflow.
	@$(BIN)/python -m clew.demo.environments $(ENVIRONMENTS) airflow dbt fusion cosmos > /dev/null
	CLEW_TEST_ENVIRONMENTS=$(abspath $(ENVIRONMENTS)) CLEW_TEST_MATRIX=true $(BIN)/python -m pytest tests/acceptance/test_dbt_fusion.py tests/acceptance/test_dbt_cosmos.py tests/matrix $(TEST_ARGS)

soak: $(VENV)/ready-for-tests ## Pull the plug hundreds of times: kill -9 of writer, relay, server and Airflow's processes; a thousand tasks and an hour without a backend.
	CLEW_SOAK_ROUNDS=200 $(BIN)/python -m pytest -n 2 --timeout 7200 tests/acceptance -k "kill and not four_clients"
	CLEW_SOAK_ROUNDS=500 $(BIN)/python -m pytest -n 2 --timeout 7200 tests/acceptance -k four_clients
	CLEW_SOAK_TASKS=1000 CLEW_SOAK_OUTAGE=3600 $(BIN)/python -m pytest --timeout 7200 tests/acceptance/test_airflow_outage.py
	CLEW_SOAK_ROUNDS=400 $(BIN)/python -m pytest -n 2 tests/unit/server/upkeep/test_retain.py
	CLEW_SOAK_SECONDS=600 $(BIN)/python -m pytest --timeout 7200 tests/acceptance/test_api_fuzz.py

# A package in the environment brings a module called `tests` of its own; ours comes first.
bench: export PYTHONPATH := $(CURDIR)
bench: $(VENV)/ready-for-tests ## Measure against the peers, side by side.
	@$(BIN)/python -m clew.demo.environments $(ENVIRONMENTS) > /dev/null
	$(BIN)/python -m benchmarks.emit
	$(BIN)/python -m benchmarks.backend
	$(BIN)/python -m benchmarks.airflow_hooks $(ENVIRONMENTS)/airflow/bin/python
	$(BIN)/python -m benchmarks.airflow_sync
	$(BIN)/python -m benchmarks.python_start
	$(BIN)/python -m benchmarks.watching
	$(BIN)/python -m benchmarks.dbt_artifacts $(ENVIRONMENTS)
	$(BIN)/python -m benchmarks.dbt_overhead $(ENVIRONMENTS)/dbt/bin/dbt
	$(BIN)/python -m benchmarks.column_lineage $(ENVIRONMENTS)/dbt/bin/python --peer $(ENVIRONMENTS)/openlineage-dbt/bin/python

wheel: $(VENV)/ready-for-tests ## Build wheel and sdist into dist/.
	@$(BIN)/python -m build

clean: ## Remove all that these commands made.
	rm -rf $(VENV) .cache dist clew/pages/static/built web/node_modules

WEB := $(shell find web -path web/node_modules -prune -o -type f -print)

$(VENV)/ready: pyproject.toml hatch_build.py $(WEB)
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up Clew in $(VENV) (once)"
	@$(BIN)/python -m pip install --quiet --upgrade pip
	@$(BIN)/python -m pip install --quiet --editable '.[server]'
	@touch $@

$(VENV)/ready-for-tests: $(VENV)/ready
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@
