# Every target starts from python3 (3.11 or newer) and make alone, and leaves ./.venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test check bench lab soak proto screenshots clean

demo: $(READY)  ## train a classifier, serve it, call it over REST and gRPC
	$(BIN)/python scripts/demo.py

test: $(READY)  ## all tests, the architecture's rules and the types
	$(BIN)/python -m pytest

check: $(READY)  ## format, lint, types, architecture, generated code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/generate_wire.py --check
	$(BIN)/python scripts/doctor_rules.py --check

bench: $(READY)  ## throughput beside seldon-core and its neighbours, as ratios
	$(BIN)/python tests/bench

lab: $(READY)  ## JupyterLab on the tutorials
	$(BIN)/jupyter lab notebooks

soak: $(READY)  ## what takes long: the original side by side, its stubs as clients, mutants
	$(BIN)/python scripts/soak.py

proto: $(READY)  ## generate the protobuf modules again
	$(BIN)/python scripts/generate_wire.py

screenshots: $(READY)  ## make the pictures of the README again
	$(BIN)/python scripts/screenshots.py

clean:  ## forget the environment and everything that was built
	rm -rf $(VENV) .bench .parity build dist mutants

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "seldon-workbench needs Python 3.11 or newer; try: make PYTHON=python3.13 $(MAKECMDGOALS)"; exit 1; }
	@echo "Setting up ./$(VENV), once; this takes a minute or two ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)
