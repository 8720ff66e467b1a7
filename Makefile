# Set-up is part of every target: on a fresh machine `make run` and `make test` need git, make, Python 3.11
# and python3-venv, nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOST ?= localhost
PORT ?= 8000
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
JOBS ?= 2

.PHONY: help install run test browser thorough walk tamper lint types bench lock clean

help:
	@echo "make run      the portal on an embedded Cognito, at http://$(HOST):$(PORT)"
	@echo "make test     every test, in a real Chromium as well"
	@echo "make browser  the tests in Chromium, every page in all four views"
	@echo "make walk     the walk's two state machines, 5,000 sequences each"
	@echo "make tamper   1,000 acts of tampering with a sealed audit log, and 100 logs left alone"
	@echo "make lint     ruff, and the format"
	@echo "make types    mypy --strict"
	@echo "make bench    speed, as ratios to baselines of the same run"
	@echo "make lock     resolve the requirements anew (needs uv)"

$(VENV)/pyvenv.cfg:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo-installed: $(VENV)/pyvenv.cfg requirements/demo.txt
	$(PIP_INSTALL) -r requirements/demo.txt
	@touch $@

$(VENV)/.test-installed: $(VENV)/pyvenv.cfg requirements/test.txt
	$(PIP_INSTALL) -r requirements/test.txt
	@touch $@ $(VENV)/.demo-installed

install: $(VENV)/.demo-installed

run: install
	@HOST=$(HOST) PORT=$(PORT) $(BIN)/python manage.py demo

test: $(VENV)/.test-installed
	@VENV_BIN=$(BIN) sh tests/browser/install-chromium.sh
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadgroup

browser: $(VENV)/.test-installed
	@VENV_BIN=$(BIN) sh tests/browser/install-chromium.sh
	EVERY_VIEW=1 $(BIN)/python -m pytest -q tests/browser

# What `make test` leaves out for time: the pairs of challenge and error once more in the admin flow, and recased names.
thorough: $(VENV)/.test-installed
	THOROUGH=1 $(BIN)/python -m pytest -q -n $(JOBS) tests/signin/test_pairs.py tests/signin/test_flows.py

walk: $(VENV)/.test-installed
	WALK_SEQUENCES=5000 $(BIN)/python -m pytest -q tests/signin/test_state_machine*.py --timeout 0

tamper: $(VENV)/.test-installed
	TAMPER_MUTATIONS=1000 TAMPER_CLEAN_LOGS=100 $(BIN)/python -m pytest -q -s tests/audit/proof/test_tamper.py

lint: $(VENV)/.test-installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test-installed
	$(BIN)/mypy

bench: $(VENV)/.test-installed
	$(BIN)/python -m tests.benchmarks

# The base and demo sets are held to the versions of the test set, so that what is tested is what runs.
LOCK := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate pyproject.toml
lock:
	$(LOCK) --extra demo --extra test --output-file requirements/test.txt
	$(LOCK) --constraint requirements/test.txt --output-file requirements/base.txt
	$(LOCK) --extra demo --constraint requirements/test.txt --output-file requirements/demo.txt

clean:
	rm -rf $(VENV) .demo staticfiles test-results .mypy_cache .ruff_cache .hypothesis
