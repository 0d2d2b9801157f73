# Everything that is done to this project, by name. `make help` lists it.

PYTHON ?= python3
BIN := .venv/bin
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
       --custom-compile-command "make lock"

# The tests start hundreds of processes: without its compiled modules each would compile all of them anew, for a second.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: words screenshots help setup demo up test quick fuzz faults nemesis check format bench witnesses lock sbom advisories clean

help: ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: .venv/installed ## Make .venv and install from the hashed lock file

.venv/installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## Run the main job on a made-up portfolio, show what came of it, and keep running until Ctrl-C
	$(BIN)/nolapse demo

up: setup ## Run everything on this machine: scheduler, workers, embedded Redis
	$(BIN)/nolapse up

test: setup ## Run the tests
	$(BIN)/python -m pytest -m "not slow" --numprocesses 4 --dist worksteal

quick: setup ## Run the tests of rules, wording and settings: no database, no process
	$(BIN)/python -m pytest -m "not slow" tests/rules tests/schedules/test_cron.py tests/settings/test_redaction.py

fuzz: setup ## Try random examples, more of them, and damaged answers; what is found becomes an example of its test
	$(BIN)/python -m pytest --hypothesis-profile=fuzz tests/rules tests/fuzz tests/schedules/test_cron.py \
	  tests/settings/test_redaction.py tests/integrations/test_whois.py tests/api/test_contract.py

faults: setup ## Run every fault test, and the long ones of everywhere
	$(BIN)/python -m pytest tests/faults
	$(BIN)/python -m pytest -m slow --ignore tests/faults tests

nemesis: setup ## Cause random faults for MINUTES=5 and compare with what the outside saw; SEED= repeats a plan
	$(BIN)/python -m tests.nemesis --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED))

check: setup ## Check format, lint, import rules, types, then run the tests: what CI runs
	$(BIN)/ruff format --quiet --check .
	$(BIN)/ruff check --quiet .
	$(BIN)/lint-imports --no-cache > /tmp/nolapse-imports.$$$$ || (cat /tmp/nolapse-imports.$$$$; rm -f /tmp/nolapse-imports.$$$$; exit 1); rm -f /tmp/nolapse-imports.$$$$
	$(BIN)/pyright
	$(MAKE) test

format: setup ## Format the code and mend what lint can mend
	$(BIN)/ruff check --quiet --fix .
	$(BIN)/ruff format --quiet .

bench: .venv-bench/installed .venv-sslyze/installed ## Measure beside Celery, PgQueuer, Procrastinate, DBOS, Huey, openssl and sslyze, and every page over a large ledger
	.venv-bench/bin/python -m tests.benches

# The peers pin other versions than we do, so they get an environment of their own.
.venv-bench/installed: requirements-bench.lock pyproject.toml
	$(PYTHON) -m venv .venv-bench
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.lock
	.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# sslyze pins a cryptography that is not ours.
.venv-sslyze/installed: requirements-sslyze.lock
	$(PYTHON) -m venv .venv-sslyze
	.venv-sslyze/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-sslyze.lock
	@touch $@

witnesses: setup .venv-sslyze/installed ## Put the sandbox's TLS servers, and real ones from Debian, to openssl and sslyze (as root)
	$(BIN)/python -m tests.witnesses

lock: setup ## Write the lock files anew from pyproject.toml
	$(BIN)/python -m pip install --quiet uv
	$(LOCK) pyproject.toml locks.in --output-file requirements.lock
	$(LOCK) pyproject.toml locks.in --extra dev --output-file requirements-dev.lock
	$(LOCK) pyproject.toml locks.in --extra dev --extra bench --output-file requirements-bench.lock
	$(LOCK) tests/witnesses/sslyze.in --output-file requirements-sslyze.lock

words: setup ## Write the catalogues of other languages anew from the code, and list what lacks words
	$(BIN)/python -m tests.catalogue

screenshots: setup ## Take pictures of every page, letter and invoice into .screenshots: phone, desk and wide screen, light and dark
	$(BIN)/python -m tests.screenshots .screenshots

sbom: .venv-product/installed ## Write var/sbom.cdx.json, the bill of materials (CycloneDX) of what the product installs
	$(BIN)/python -m pip install --quiet "cyclonedx-bom>=7,<8"
	@mkdir -p var
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --of JSON -o var/sbom.cdx.json \
	  .venv-product/bin/python

advisories: setup ## Ask the advisory database about all that the product installs; needs a network, and fails without
	$(BIN)/python -m pip install --quiet "pip-audit>=2.10,<3"
	$(BIN)/pip-audit --requirement requirements.lock --require-hashes --disable-pip --strict

.venv-product/installed: setup requirements.lock
	$(PYTHON) -m venv .venv-product
	.venv-product/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

clean: ## Remove what was made here
	rm -rf .venv .venv-bench .venv-sslyze .venv-product var build *.egg-info .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +
