# Every target sets up .venv by itself from the pinned requirements.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo run migrate test lint check chaos screenshots lock clean
.DEFAULT_GOAL := check

.venv/run.stamp: requirements.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/dev.stamp: requirements-dev.txt .venv/run.stamp
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

demo: .venv/run.stamp  ## the store in a browser, no accounts; KEEP=1 keeps it, OPTIONS="--port 8001 --host 0.0.0.0"
	@$(BIN)/python -m bot demo $(if $(KEEP),--keep) $(OPTIONS)

run: .venv/run.stamp  ## the whole store in one process, settings from the environment or .env
	$(BIN)/python -m bot run

migrate: .venv/run.stamp  ## bring the database up to date
	$(BIN)/python -m bot migrate

test: .venv/dev.stamp  ## every test this machine has the servers for; DEPTH=10 tries ten times as many cases
	$(BIN)/python -m pytest -n auto --dist worksteal

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint .venv/dev.stamp  ## everything CI asks for
	$(BIN)/coverage erase
	$(BIN)/python -m pytest -n 4 --dist worksteal --cov --cov-report= -m "not long and not process"
	$(BIN)/python -m pytest -n 4 --dist worksteal --durations 25 -m "long or process"
	$(BIN)/coverage report --skip-covered
	$(BIN)/coverage report --include='shop/*,panel/*' --fail-under=95 --format=total

MINUTES ?= 2
chaos: .venv/dev.stamp  ## everything fails and is killed for MINUTES of each MODE (single, many), then the books are compared
	$(BIN)/python -m tests.chaos --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) $(if $(MODE),--mode $(MODE))

screenshots: .venv/dev.stamp  ## the pictures of README and docs, taken of the demo in Chromium
	$(BIN)/python -m tests.page.screenshots

lock: .venv/dev.stamp  ## compile the pins anew from requirements.in and requirements-dev.in
	$(BIN)/pip-compile --quiet --strip-extras --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.txt requirements.in
	$(BIN)/pip-compile --quiet --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements-dev.txt requirements-dev.in

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
