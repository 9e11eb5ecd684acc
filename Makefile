# The two commands a person needs: `make app` and `make test`. CI runs the second.
VENV := .venv
PYTHON := $(VENV)/bin/python
BASE_PYTHON ?= python3
RUNTIME := $(VENV)/installed
DEVELOPMENT := $(VENV)/installed-dev

.PHONY: app test format figures clean

app: $(RUNTIME)
	$(PYTHON) -m streamlit run app.py

test: $(DEVELOPMENT)
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

format: $(DEVELOPMENT)
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

# The pictures in docs/: every page, in light and dark, wide and narrow
figures: $(DEVELOPMENT)
	$(PYTHON) docs/screenshots.py

clean:
	rm -rf $(VENV)

$(RUNTIME): requirements.txt pyproject.toml
	test -d $(VENV) || $(BASE_PYTHON) -m venv $(VENV)
	$(PYTHON) -m pip install --quiet --upgrade pip
	$(PYTHON) -m pip install --quiet -r requirements.txt
	touch $@

$(DEVELOPMENT): $(RUNTIME)
	$(PYTHON) -m pip install --quiet -e '.[dev]'
	touch $@
