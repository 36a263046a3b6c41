# One word each. Everything is set up by itself; all that must be there is Python 3.11 or newer.

# Read by scripts/python.sh; make run PYTHON=/path/to/python3.12
export PYTHON
BIN := .venv/bin
# Says that .venv holds what the lock file says.
SYNCED := .venv/.synced
# Says that ui/node_modules holds what its lock file says.
UI_SYNCED := ui/node_modules/.synced
# The console as the control plane serves it.
CONSOLE := src/bursar/api/console/index.html
UI_SOURCES := $(shell find ui -name node_modules -prune -o -type f ! -name '*.md' ! -name '*.test.ts*' -print)
# Node comes with .venv; npm's scripts find it there.
NPM := PATH="$(CURDIR)/$(BIN):$$PATH" npm --prefix ui
# Processes that run tests.
JOBS ?= 2

.PHONY: help run test check types style layers ui ui-check client format bench docs lock wheel clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

run: $(CONSOLE) ## start Bursar with its demo; Ctrl-C stops it, a second run goes on from there
	@exec $(BIN)/bursar up --demo

test: check $(CONSOLE) ## everything: format, lint, types, layers, then all tests; ARGS="tests/ledger -k rollup" chooses
	@sh scripts/browser.sh
	@exec $(BIN)/pytest -n $(JOBS) --dist loadscope $(ARGS)

check: style types layers ui-check ## what needs no run: format, lint, types, layers; the same and unit tests of the console

style: $(SYNCED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(SYNCED)
	$(BIN)/mypy

layers: $(SYNCED)
	$(BIN)/lint-imports

ui: $(CONSOLE) ## build the console

ui-check: $(UI_SYNCED)
	@$(NPM) run --silent check

client: $(UI_SYNCED) ## write the console's API client anew from the control plane's OpenAPI document
	@mkdir -p build
	$(BIN)/python scripts/openapi.py > build/openapi.json
	$(BIN)/node ui/build/client.mjs build/openapi.json

format: $(SYNCED) $(UI_SYNCED) ## put the code into the one format, mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(NPM) run --silent format

bench: $(SYNCED) ## measure every claim; ONLY=rating chooses
	$(BIN)/python benchmarks/run.py --date $$(date -u +%F) $(ONLY)

docs: $(SYNCED) ## write docs/reference/ anew from the code
	$(BIN)/python docs/generate.py

lock: ## write requirements.lock anew from pyproject.toml; UPGRADE=--upgrade takes the newest
	sh scripts/lock.sh $(UPGRADE)

wheel: $(CONSOLE) ## build the package into dist/
	$(BIN)/hatchling build -t wheel

clean: ## remove what was made here, save the home of the demo (bursar-home/)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	rm -rf dist build benchmarks/.work ui/node_modules src/bursar/api/console
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(SYNCED): pyproject.toml requirements.lock scripts/setup.sh
	@echo "Setting up .venv from requirements.lock"
	@sh scripts/setup.sh
	@touch $@

$(UI_SYNCED): ui/package.json ui/package-lock.json ui/.npmrc $(SYNCED)
	@echo "Setting up ui/node_modules from ui/package-lock.json"
	@$(NPM) ci --silent
	@touch $@

$(CONSOLE): $(UI_SOURCES) $(UI_SYNCED)
	@echo "Building the console"
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@
