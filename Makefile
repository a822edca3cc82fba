# `make solve` and `make test` set up .venv by themselves. Another Python: make PYTHON=python3.12 test
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
PROBLEM ?= Two cyclists start at the same time from towns 126 km apart and ride towards each other, one at 20 km/h and the other at 16 km/h. After how many hours do they meet?
ARGS ?=

.PHONY: help solve test lint format doctor lock clean
.DEFAULT_GOAL := help

help: ## show this
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-8s %s\n", $$1, $$2}'

solve: $(VENV)/.installed ## solve a problem: make solve PROBLEM='…' ARGS='--samples 4'
	@printf '%s' "$$SANGAKU_PROBLEM" | $(RUN)/solve $(ARGS) -
solve: export SANGAKU_PROBLEM := $(value PROBLEM)

test: $(VENV)/.developing ## run all tests; what this machine lacks is skipped and said
	$(RUN)/python -m pytest $(ARGS)

lint: $(VENV)/.developing ## ruff and mypy
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy

format: $(VENV)/.developing ## ruff, mending what it can
	$(RUN)/ruff check --fix
	$(RUN)/ruff format

doctor: $(VENV)/.installed ## what this machine has
	$(RUN)/sangaku doctor

lock: ## write requirements.lock anew (needs uv)
	uv pip compile --universal --python-version 3.11 --extra dev --extra bench --no-emit-index-url \
	    --no-header --no-annotate -q -o requirements.lock pyproject.toml

clean: ## remove .venv and what tools left behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Sangaku needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 …")'
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing (Debian and Ubuntu: apt install python3-venv)" >&2; rm -rf $(VENV); exit 1; }

$(VENV)/.installed: pyproject.toml requirements.lock | $(VENV)/bin/pip
	@echo "Installing Sangaku into $(VENV) …" >&2
	@$(RUN)/pip install -q --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/.developing: pyproject.toml requirements.lock | $(VENV)/bin/pip
	@echo "Installing Sangaku and its test tools into $(VENV) …" >&2
	@$(RUN)/pip install -q --disable-pip-version-check -c requirements.lock -e '.[dev,bench]'
	@touch $@ $(VENV)/.installed
