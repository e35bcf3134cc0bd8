# Everything a person would want to type. `make` alone lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup system demo test test-slow inference-test lint format chaos perf perf-latency sbom docs clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(STAMP)  ## a virtual environment with everything the tests need

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("memory-evals needs Python 3.11 or newer; this is %d.%d (choose another with PYTHON=...)" % sys.version_info[:2])'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

system:  ## Debian's tools some tests need (as root): Chromium, fonts, LaTeX, wrk
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk wrk texlive-latex-base texlive-latex-recommended >/dev/null

demo: setup  ## the main job, offline: golden set x embedded extractor, then where the report is
	@rm -rf reports/demo
	$(BIN)/evals run --name demo

test: setup  ## lint, types and the fast tests (under 5 minutes)
	$(MAKE) --no-print-directory lint
	$(PYTEST) -q -n 2 -m "not slow and not inference"

AXE := .tools/node_modules/axe-core/axe.min.js
$(AXE):
	-npm install --silent --no-save --no-fund --no-audit --prefix .tools axe-core@4.14.1

INSPECT := .venv-inspect
$(INSPECT)/.installed:
	-$(PYTHON) -m venv $(INSPECT) && $(INSPECT)/bin/python -m pip install --quiet --disable-pip-version-check 'inspect-ai>=0.3.100,<0.4' && touch $@

test-slow: setup $(AXE) $(INSPECT)/.installed  ## wheel, browser, soak
	$(PYTEST) -q -n 2 --dist loadfile -m "slow and not inference"

INFERENCE := .venv-inference
inference-test: setup $(INFERENCE)/.installed  ## the local pipeline against a real inference server (builds one: minutes)
	EVALS_INFERENCE_PYTHON=$(CURDIR)/$(INFERENCE)/bin/python $(PYTEST) -q -rP -m inference tests/inference

$(INFERENCE)/.installed:
	$(PYTHON) -m venv $(INFERENCE)
	$(INFERENCE)/bin/python -m pip install --quiet --disable-pip-version-check 'llama-cpp-python[server]>=0.3.30' 'gguf>=0.17'
	@touch $@

lint: setup  ## ruff and mypy
	$(BIN)/ruff check -q .
	$(BIN)/ruff format -q --check .
	$(BIN)/mypy

format: setup  ## let ruff put right what it can
	$(BIN)/ruff check -q --fix .
	$(BIN)/ruff format -q .

SBOM := .venv-sbom
sbom: setup  ## sbom.json: what a fresh environment of the package is made of (CycloneDX)
	rm -rf $(SBOM)
	$(PYTHON) -m venv $(SBOM)/tool
	$(PYTHON) -m venv $(SBOM)/package
	$(SBOM)/tool/bin/python -m pip install --quiet --disable-pip-version-check 'cyclonedx-bom>=7'
	$(SBOM)/package/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt '.[hub,serve,tokenizers]'
	$(SBOM)/tool/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml -o sbom.json $(SBOM)/package/bin/python
	@rm -rf $(SBOM)

chaos: setup  ## 500 seeded schedules of faults, kills and full disks (half an hour; disks need root)
	$(BIN)/python -m tests.chaos 500

perf: setup  ## speed and memory, as ratios measured in one run
	$(BIN)/python -m tests.perf

perf-latency: setup  ## the load benchmark against its acceptance figures, wrk beside it (ten minutes, a quiet machine)
	$(BIN)/python -m tests.perf.latency

docs: setup  ## the documentation site into build/site; first what is generated: schema, references
	$(BIN)/python -m evals.corpus.schema
	$(BIN)/python docs/generate.py
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo build/site/index.html

clean:  ## forget the environment and the caches; runs stay
	rm -rf $(VENV) $(INFERENCE) $(INSPECT) .tools build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
