# make demo   install into .venv and track the recording that ships with thenar
# make test   install what the tests need and run them all
# make check  lint, types, import rules, C format
# make bench  measure this machine, write bench/results/
# make docs   regenerate the tables and figures inside README and docs from bench/results/
# make page   build the viewer's page again; needs npm

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test check bench docs page clean

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --editable .
	touch $@

$(VENV)/.dev: pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet "torch==2.13.0"
	$(BIN)/pip install --quiet --editable ".[train,compress,view,mkv,dev]"
	touch $@ $(VENV)/.base

demo: $(VENV)/.base
	$(BIN)/thenar track recordings/demo --out out/demo --animate

test: $(VENV)/.dev
	$(BIN)/python -m pytest

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/clang-format --dry-run -Werror $$(git ls-files '*.h' '*.c')

bench: $(VENV)/.dev
	for preset in accuracy balanced latency; do \
	  $(BIN)/python bench/heldout.py --preset $$preset && $(BIN)/python bench/agreement.py --preset $$preset || exit 1; \
	done
	$(BIN)/python bench/presets.py
	$(BIN)/python bench/sequences.py
	$(BIN)/python bench/generation.py
	$(BIN)/python bench/compile_peers.py
	$(BIN)/python bench/compile_agreement.py
	$(BIN)/python bench/viewer.py
	$(BIN)/python bench/compress.py

docs: $(VENV)/.dev
	$(BIN)/python tools/make_docs.py

page:
	cd src/thenar/serve/page && npm ci --ignore-scripts --no-audit --no-fund && npm run build

clean:
	rm -rf $(VENV) out build
