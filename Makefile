# What a maintainer types; `make` alone lists it. Needs make, a shell, and Python 3.11 or newer with its venv module.

PYTHON    ?= python3
DEMO_ARGS ?=
WORKERS   ?= 2
ARGS      ?=

VENV := .venv
BIN  := $(VENV)/bin
MADE := $(VENV)/.made
UV   := $(or $(wildcard $(BIN)/uv),uv)

.DEFAULT_GOAL := help
.PHONY: help demo quarter test test-long crash lint types check docs bench lock clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

demo: $(MADE) ## watch the whole loop run on simulated systems (DEMO_ARGS="--crm hubspot")
	@$(BIN)/syncd demo $(DEMO_ARGS)

quarter: $(MADE) ## watch 90 days in a minute: marketing goes on, reps have habits; ends with the report
	@$(BIN)/syncd demo --quarter --folder syncd-quarter $(DEMO_ARGS)

test: $(MADE) ## every test that is not marked long (ARGS="tests/core -x")
	$(BIN)/pytest -n $(WORKERS) -m "not long" $(ARGS)

test-long: $(MADE) ## the tests marked long: thousands of seeds, minutes
	$(BIN)/pytest -n $(WORKERS) -m long $(ARGS)

crash: $(MADE) ## 200 real processes killed while they write, over real HTTP
	SYNCD_CRASH_RUNS=200 $(BIN)/pytest -n $(WORKERS) tests/crash $(ARGS)

lint: $(MADE) ## ruff
	$(BIN)/ruff check .

types: $(MADE) ## mypy
	$(BIN)/mypy
	$(BIN)/mypy -p bench

check: lint types test ## lint, types and tests: what a change must pass

docs: $(MADE) ## write the emulators' coverage, from their routes, into docs/sandbox.md
	$(BIN)/python -m connectors.loopback.coverage --write docs/sandbox.md

bench: $(MADE) ## cost of a pull beside the physical limit (ARGS=--quick for seconds instead of minutes)
	$(BIN)/python -m bench $(ARGS)

lock: ## resolve requirements.lock anew (needs uv; ARGS=--upgrade for newer versions)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv. Get it with: $(BIN)/pip install uv" >&2; exit 1; }
	$(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --no-emit-find-links --group dev --output-file requirements.lock $(ARGS) pyproject.toml

clean: ## remove the environment and everything that tools left behind
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -prune -exec rm -rf {} +

$(MADE): requirements.lock pyproject.toml
	@command -v $(PYTHON) >/dev/null || \
	  { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name it: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "$(PYTHON) is older than 3.11. Name a newer one: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "Making $(VENV) from requirements.lock …"
	@$(PYTHON) -m venv $(VENV) || \
	  { echo "Python cannot make environments here. Install its venv module (Debian: python3-venv)." >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(MADE)
