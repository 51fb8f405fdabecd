# make demo      installs and runs the main job, from an ERP and a buyer's order to response, ship notice and invoice
# make test      installs and runs the tests that need nothing but pip packages
# make test-all  the same, those that take long, and those on servers from the system's packages (Debian: postgresql)
# make fuzz      feeds the EDI readers with made up bytes (docs/edi.md)
# make torture   kills the daemon 100 times on each database and counts what was lost or came twice (docs/torture.md);
#                KILLS=1000, STORE=sqlite or postgresql, ORDERS=…, SEED=…, SCENES="frozen disk" or none

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest -q

.PHONY: install demo test test-all servers lint bench fuzz torture clean

install: $(VENV)/.installed

$(VENV)/.installed: pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "b2bsync needs Python 3.11 or newer, and there is no $(PYTHON); name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit("b2bsync needs Python 3.11 or newer; $(PYTHON) is %d.%d; name another: make PYTHON=/path/to/python3.11" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: install
	$(BIN)/b2bsync demo

test: install
	$(PYTEST) -n 2 --dist worksteal -m 'not servers and not long'

test-all: install servers
	$(PYTEST) -n 2 --dist worksteal

# Servers that the tests marked `servers` start for themselves. Never installed silently for a user who is not root.
servers:
	@.ci/servers

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy b2bsync tools/import_contract.py
	$(BIN)/mypy --explicit-package-bases connectors
	$(BIN)/lint-imports --no-cache

# ONLY=edi (or orders, products, messages) for one of them, RUNS=1 for a quick look (docs/benchmarks.md).
bench: install
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(RUNS),--runs $(RUNS))

# Readers and judges of EDI fed with made up bytes, each for ten minutes: MINUTES=1, TARGETS="scanned tokens".
MINUTES ?= 10

fuzz: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,fuzz]'
	$(BIN)/python -m fuzz --minutes $(MINUTES) $(TARGETS)

KILLS ?= 100
STORE ?= both
SEED ?= 1
TORTURE = --kills $(KILLS) --store $(STORE) --seed $(SEED) $(if $(ORDERS),--orders $(ORDERS)) $(if $(SCENES),--scenes $(SCENES))

torture: install
	$(BIN)/python -m torture $(TORTURE) $(if $(KEEP),--keep $(KEEP))

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
