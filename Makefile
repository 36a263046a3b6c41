# One word each. Everything is set up by itself; all that must be there is Python 3.11 or newer.

# Read by scripts/python.sh; make run PYTHON=/path/to/python3.12
export PYTHON
BIN := .venv/bin
# Says that .venv holds what the lock file says.
SYNCED := .venv/.synced
# Processes that run tests.
JOBS ?= 2

.PHONY: help run test check types style layers format bench docs lock wheel clean

help: ## say what there is
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 16

run: $(SYNCED) ## start Bursar with its demo; Ctrl-C stops it, a second run goes on from there
	@exec $(BIN)/bursar up --demo

test: check ## everything: format, lint, types, layers, then all tests; ARGS="tests/ledger -k rollup" chooses
	@exec $(BIN)/pytest -n $(JOBS) --dist worksteal $(ARGS)

check: style types layers ## what needs no run: format, lint, types, layers

style: $(SYNCED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(SYNCED)
	$(BIN)/mypy

layers: $(SYNCED)
	$(BIN)/lint-imports

format: $(SYNCED) ## put the code into the one format, mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(SYNCED) ## measure every claim; ONLY=rating chooses
	$(BIN)/python benchmarks/run.py --date $$(date -u +%F) $(ONLY)

docs: $(SYNCED) ## write docs/reference/ anew from the code
	$(BIN)/python docs/generate.py

lock: ## write requirements.lock anew from pyproject.toml; UPGRADE=--upgrade takes the newest
	sh scripts/lock.sh $(UPGRADE)

wheel: $(SYNCED) ## build the package into dist/
	$(BIN)/hatchling build -t wheel

clean: ## remove what was made here, save the home of the demo (bursar-home/)
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .schemathesis
	rm -rf dist build benchmarks/.work
	find src tests benchmarks docs -name __pycache__ -type d -prune -exec rm -rf {} +

$(SYNCED): pyproject.toml requirements.lock scripts/setup.sh
	@echo "Setting up .venv from requirements.lock"
	@sh scripts/setup.sh
	@touch $@
