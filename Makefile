# make run    the demonstration institution on http://127.0.0.1:8000 (PORT=…, DATABASE_URL=…, REDIS_URL=… move it)
# make test   everything; what needs PostgreSQL, Redis or Chromium says so when it is not there
# make bench  figures, as ratios to the raw primitive in the same run
SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
export PYTHONDONTWRITEBYTECODE ?=

.PHONY: run test lint bench lock clean messages

$(VENV)/run.stamp: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing what the product needs (once; half a minute) …"
	@if command -v uv >/dev/null 2>&1; then uv pip install -q --python $(BIN)/python --require-hashes -r requirements.lock; \
	 else $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.lock; fi
	@$(BIN)/python -m config.install $(VENV)
	@touch $@

$(VENV)/test.stamp: requirements-dev.lock $(VENV)/run.stamp
	@echo "Installing what the tests need (once; half a minute) …"
	@if command -v uv >/dev/null 2>&1; then uv pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock; \
	 else $(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock; fi
	@touch $@

run: $(VENV)/run.stamp
	@DEBUG=$${DEBUG-1} DEMONSTRATION=1 $(BIN)/python -m config.run --port $(PORT)

test: $(VENV)/test.stamp
	@$(BIN)/python -m tests.run

lint: $(VENV)/test.stamp
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && DEBUG=1 $(BIN)/lint-imports && DEBUG=1 $(BIN)/mypy audit integrity intake cases config

bench: $(VENV)/test.stamp
	@$(BIN)/python -m tests.bench

lock:
	uv pip compile -q --python-version 3.11 --universal --no-emit-index-url --generate-hashes --custom-compile-command "make lock" requirements.in -o requirements.lock
	uv pip compile -q --python-version 3.11 --universal --no-emit-index-url --generate-hashes --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.lock

messages: $(VENV)/test.stamp
	@command -v xgettext >/dev/null || { echo "GNU gettext is needed (package gettext): it finds the sentences."; exit 1; }
	@DEBUG=1 DJANGO_SETTINGS_MODULE=config.settings $(BIN)/python -m config.catalogues

clean:
	rm -rf var
