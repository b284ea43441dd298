# make        the quickstart: config/config.yaml to results/tajimas_d/report.html
# make test   all tests, two files at a time; the longest, those of whole runs, start first, and
#             what Python compiles is kept, since programs start a thousand times
# make lint   style of Python and rules, layers, types, wording, sizes
# make docs   what is generated from code: the JSON schema of the config, pages of docs/, the notebook
# make site   the docs as a site, site/index.html; no network is needed
# make bench  what everything costs, to docs/speed.md: 25 minutes; bench/all.py has options
# make env    .venv alone; make PYTHON=python3.12 names the Python that it is made with
# make lock   requirements.lock, from requirements.txt; without the file, with the newest versions

BIN := .venv/bin

.PHONY: run test lint docs site bench env lock clean

run: env
	@$(BIN)/python tools/run.py

test: env
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest \
	  --numprocesses 2 --dist loadfile --no-loadscope-reorder

lint: env
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/snakemake --lint
	PYTHONPATH=scripts $(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/python tools/check_words.py
	$(BIN)/python tools/check_sizes.py

docs: env
	$(BIN)/python tools/document_config.py
	$(BIN)/python tools/document_files.py
	$(BIN)/python tools/document_layers.py
	$(BIN)/python tools/document_nets.py
	$(BIN)/python tools/document_licences.py
	$(BIN)/python tools/document_rules.py
	$(BIN)/python tools/document_tutorial.py

site: env
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

bench: env
	$(BIN)/python bench/all.py

env:
	@$(or $(PYTHON),python3) tools/set_up.py $(if $(PYTHON),--this-python)

# It does not depend on env, which refuses a lock that does not match requirements.txt.
lock:
	@$(BIN)/python tools/lock.py

clean:
	rm -rf .venv .snakemake results site
