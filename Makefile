# make run | test | demo | prompts | clean. Everything lives in .venv; nothing is installed elsewhere but by `make tools` as root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
TESTED := $(VENV)/.tested

.PHONY: run test demo docs lint types layers unit tools bench clean

run: $(INSTALLED)
	$(BIN)/centrala run --config dialplan.toml --data data

demo: $(INSTALLED)
	$(BIN)/centrala demo

docs: $(INSTALLED)
	PYTHONPATH=. $(BIN)/python docs/make_cli.py
	PYTHONPATH=. $(BIN)/python docs/make_schemas.py

test: $(TESTED) tools lint types layers unit

lint: $(TESTED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(TESTED)
	$(BIN)/pyright --pythonpath $(BIN)/python

layers: $(TESTED)
	$(BIN)/lint-imports

unit: $(TESTED)
	$(BIN)/python -m pytest -n 2

tools:
	@sh .ci/tools

bench: $(TESTED)
	$(BIN)/python bench/run.py

$(INSTALLED): pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Centrala needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[softphone]'
	touch $@

$(TESTED): $(INSTALLED)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[softphone,bots,dev]'
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
