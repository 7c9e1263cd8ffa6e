# Everything a newcomer or CI types. A step leaves a mark only after it succeeded and is done again
# only when what it was made from is newer, so the second `make run` does nothing but start.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
PYTHON_IN_VENV := $(VENV)/bin/python
DONE := $(VENV)/done
STEP := scripts/step
NODE := scripts/with-node
PIP := $(PYTHON_IN_VENV) -m pip install --disable-pip-version-check --no-input --retries 5
NPM := $(NODE) npm --prefix web

# Folders are listed too: a file that went away changes only its folder.
WEB_SOURCES := $(shell find web/src web/public web/index.html web/package.json \
	web/tsconfig*.json web/*.config.ts 2>/dev/null)
WEB_TESTS := $(shell find web/src web/tests -name '*.test.ts*' 2>/dev/null)

# Where it is set, every start would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

# A virtual environment holds paths of its own folder and of its Python: when the project was moved,
# or that Python is gone, everything in it is made again.
_ := $(shell [ -x $(PYTHON_IN_VENV) ] && \
	[ "`cat $(DONE)/venv 2>/dev/null`" = "$(CURDIR)" ] || rm -rf $(DONE) $(VENV)/node)

.PHONY: help run dev test test-fast check bench lock clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: $(DONE)/project web/dist/.done ## install what is missing, build the web app, start the server
	@exec $(VENV)/bin/interview serve

dev: $(DONE)/project web/node_modules/.done ## start server and web app, both reloading on changes
	@exec $(NODE) $(PYTHON_IN_VENV) scripts/dev.py

test: $(DONE)/project $(DONE)/test web/dist/.done ## install what tests need, then run all of them
	@$(PYTHON_IN_VENV) scripts/system_packages.py \
		bubblewrap java compilers go rust ruby sqlite redis nginx chromium
	$(if $(WEB_TESTS),@$(STEP) web-test "Testing the web app's parts" $(NPM) test)
	@exec $(NODE) $(PYTHON_IN_VENV) -m pytest -n 3 --dist worksteal $(ARGS)

test-fast: $(DONE)/project $(DONE)/test web/node_modules/.done ## all tests but those in browsers
	@$(PYTHON_IN_VENV) scripts/system_packages.py \
		bubblewrap java compilers go rust ruby sqlite redis nginx
	@exec $(NODE) $(PYTHON_IN_VENV) -m pytest -m "not e2e" -n 4 --dist worksteal $(ARGS)

check: $(DONE)/project $(DONE)/test web/node_modules/.done ## style, types and the rules of imports
	@$(PYTHON_IN_VENV) -m ruff check .
	@$(PYTHON_IN_VENV) -m ruff format --check .
	@$(PYTHON_IN_VENV) -m mypy
	@$(NPM) run --silent lint
	@$(NPM) run --silent typecheck
	@$(PYTHON_IN_VENV) -m pytest -q tests/test_imports.py tests/test_repository.py

bench: $(DONE)/project $(DONE)/bench bench/node/node_modules/.done ## compare with other servers
	@exec $(PYTHON_IN_VENV) -m bench $(ARGS)

lock: $(DONE)/test ## pin what pyproject.toml asks for; ARGS=--upgrade takes newer versions
	@$(PYTHON_IN_VENV) scripts/lock.py $(ARGS)

clean: ## remove everything made here except data/
	rm -rf $(VENV) web/node_modules bench/node/node_modules web/dist *.egg-info tests/artifacts .coverage*
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find bench crdt scripts server tests -name __pycache__ -prune -exec rm -rf {} +

$(DONE)/venv:
	@scripts/make-venv
	@mkdir -p $(DONE) && echo "$(CURDIR)" > $@

$(DONE)/packages: requirements.txt $(DONE)/venv
	@$(STEP) -n packages "Installing the server's packages" $(PIP) --require-hashes -r $<
	@touch $@

$(DONE)/project: pyproject.toml $(DONE)/packages
	@$(STEP) project "Installing the server" $(PIP) --no-index --no-deps --no-build-isolation -e .
	@touch $@

# the Node of PyPI too, whatever the machine has: it runs TypeScript, and what is measured with it
# can be compared
$(DONE)/test: requirements-test.txt requirements-node.txt $(DONE)/packages
	@$(STEP) -n test-packages "Installing the tests' packages" $(PIP) --require-hashes \
		-r requirements-test.txt -r requirements-node.txt
	@touch $@

$(DONE)/bench: requirements-bench.txt $(DONE)/test
	@$(STEP) -n bench-packages "Installing the servers to compare with" $(PIP) --require-hashes \
		-r requirements-bench.txt
	@touch $@

bench/node/node_modules/.done: bench/node/package.json bench/node/package-lock.json
	@$(NODE) true
	@$(STEP) -n bench-npm "Installing the servers in Node" $(NODE) npm --prefix bench/node ci \
		--no-audit --no-fund
	@touch $@

web/node_modules/.done: web/package.json web/package-lock.json
	@$(NODE) true
	@$(STEP) -n npm "Installing the web app's packages" $(NPM) ci --no-audit --no-fund
	@touch $@

web/dist/.done: web/node_modules/.done $(WEB_SOURCES)
	@$(STEP) web "Building the web app" $(NPM) run build
	@touch $@
