# The two commands to know are `make run` and `make test`; `make help` lists the rest.
# Both set up the environment in .venv by themselves, and do nothing about it when it is up to date.

.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := help
.PHONY: help run test lint unit format bench setup setup-dev lock clean

VENV := .venv
BIN := $(VENV)/bin
# Another interpreter: make run PYTHON=/path/to/python3.12
PYTHON ?=
PYTHONS := $(if $(PYTHON),$(PYTHON),python3.13 python3.12 python3.11 python3)
# Processes that run the tests; more arguments for pytest or for the command line.
JOBS ?= 2
PYTEST_ARGS ?=
ARGS ?=

# Wheels only: building from source would fetch build tools that no hash vouches for.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
PIP_LOCKED := $(PIP) install --require-hashes --only-binary :all:

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.core ## one day of the Cardiff community, lived on forecasts; report in results/cardiff (ARGS="--days 2" and the like)
	$(BIN)/mas2tering run cardiff --forecast model --out results/cardiff $(ARGS)

test: lint unit ## everything: lint, types, import rules, tests and doctests

lint: $(VENV)/.dev ## style, types and import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# One thread a process for the linear algebra: the tests already use every core, and results do not depend on it.
unit: $(VENV)/.dev ## tests and doctests (PYTEST_ARGS="tests/home -k battery", JOBS=4)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1 \
	    $(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(PYTEST_ARGS)

format: $(VENV)/.dev ## put the code into its standard form
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(VENV)/.core ## the home benchmarks, one JSON object a line (ARGS="--case battery --days 30")
	$(BIN)/mas2tering bench home $(ARGS)

setup: $(VENV)/.core ## the environment of a user
setup-dev: $(VENV)/.dev ## the environment of a contributor

lock: ## bring requirements.lock and requirements-dev.lock up to date (uv finds the versions)
	@$(FIND_PYTHON); "$$python" -m venv --clear .lock-venv
	.lock-venv/bin/python -m pip --disable-pip-version-check --no-input --quiet install uv
	$(LOCK_BUILD) | $(UV_COMPILE) --output-file requirements.lock --extra history --extra forecast pyproject.toml -
	$(LOCK_BUILD) | $(UV_COMPILE) --output-file requirements-dev.lock --constraint requirements.lock --extra history --extra forecast --extra postgres --extra dev pyproject.toml -
	@! grep -nE '://|^ *-(i|f|-index|-extra-index|-find-links)' requirements.lock requirements-dev.lock
	rm -rf .lock-venv

clean: ## remove the environment, caches and results
	rm -rf $(VENV) .lock-venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist results
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- how it is done ----------------------------------------------------------------------------------------

# Byte-compiling every module of every library would take a third of the set-up; one import compiles those in use.
COMPILED := highspy, numba, numpy, power_grid_model, pyarrow.csv, pyarrow.parquet, pydantic, rich.progress, rich.table, tomli_w, typer

$(VENV)/.core: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing mas2tering into $(VENV) (about 250 MB to download the first time)"
	@$(PIP_LOCKED) --no-compile -r requirements.lock
	@env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -c 'import $(COMPILED)'
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.core
	@echo "Installing the development tools into $(VENV)"
	@$(PIP_LOCKED) -r requirements-dev.lock
	@touch $@

$(VENV)/bin/python:
	@$(FIND_PYTHON); \
	echo "Making $(VENV) with $$python ($$("$$python" -c 'import platform; print(platform.python_version())'))"; \
	"$$python" -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

# Sets $python to the first candidate that runs (a name on the path may be a stub that does not), is new enough
# and can make environments.
define FIND_PYTHON
set -eu; python=; bare=; \
for candidate in $(PYTHONS); do \
    "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
    if "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$candidate; break; fi; \
    bare="$$bare $$candidate"; \
done; \
if [ -z "$$python" ]; then \
    if [ -n "$$bare" ]; then \
        echo "Found$$bare, but without the venv module, which makes environments." >&2; \
        echo "On Debian and Ubuntu it comes with: apt install python3-venv" >&2; \
    else \
        echo "mas2tering needs Python 3.11 or later; tried: $(PYTHONS)." >&2; \
        echo "Name another one with: make $(or $(firstword $(MAKECMDGOALS)),run) PYTHON=/path/to/python3" >&2; \
    fi; \
    exit 1; \
fi
endef

# The build backend goes into the locks too, since the project is installed without build isolation.
LOCK_BUILD = .lock-venv/bin/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")'
# One set of versions for every Python and platform, with the hashes of all their wheels, and no addresses.
UV_COMPILE = .lock-venv/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links
