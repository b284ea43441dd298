# make        the quickstart: config/config.yaml to results/tajimas_d/report.html
# make test   all tests, two files at a time; the longest, those of whole runs, start first
# make lint   style of Python and rules, wording of texts
# make docs   the table of keys in config/README.md, from the schema
# make env    .venv alone

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test lint docs bench env clean

run: env
	$(BIN)/snakemake

test: env
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
	  tests/workflow tests/slurm tests

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	$(BIN)/python tools/check_words.py

docs: env
	$(BIN)/python tools/document_config.py

bench: env
	$(BIN)/python bench/simulate.py
	$(BIN)/python bench/simulate_sweeps.py
	$(BIN)/python bench/encode.py
	$(BIN)/python bench/train.py
	$(BIN)/python bench/import_simulations.py

env: .venv/requirements.txt

# The copy inside .venv says what is installed there. System pythons of Debian and
# Ubuntu come without ensurepip, so pip installs into .venv from outside.
.venv/requirements.txt: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "coalflow needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@$(PYTHON) -m pip --version > /dev/null || { echo "coalflow needs pip: apt install python3-pip"; exit 1; }
	$(PYTHON) -m venv --clear --without-pip .venv
	$(PYTHON) -m pip --python $(BIN)/python install --disable-pip-version-check --requirement requirements.txt
	cp requirements.txt $@

clean:
	rm -rf .venv .snakemake results
