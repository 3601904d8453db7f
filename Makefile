# `make lab` opens the series, `make test` checks all of it. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := $(VENV)/ready
LAB_SETTINGS := $(VENV)/share/jupyter/lab/settings
NOTEBOOKS := $(sort $(wildcard notebooks/*.ipynb))

.PHONY: lab test unit notebooks weights results bench constraints clean

lab: $(READY)  ## open JupyterLab at notebook 01; LAB_ARGS=--no-browser for a server
	$(BIN)/jupyter lab --ServerApp.root_dir=. --ServerApp.allow_root=True \
		--LabApp.default_url=/lab/tree/notebooks/01_load_mnist.ipynb $(LAB_ARGS)

test: unit  ## everything that CI checks: style, unit tests, every notebook
	$(BIN)/python -m pytest -m slow --numprocesses=auto
	$(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout=900 $(NOTEBOOKS)

unit: $(READY)  ## style and unit tests only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m pytest --numprocesses=auto

notebooks: $(READY)  ## execute the notebooks and store their outputs
	$(BIN)/jupyter nbconvert --log-level=WARN --to notebook --inplace --config notebooks/nbconvert_config.py $(NOTEBOOKS)

weights: $(READY)  ## train the networks in lenet/weights (20 minutes)
	$(BIN)/python -m lenet weights

results: $(READY)  ## run what is missing in results (hours for all)
	$(BIN)/python -m lenet results

bench: $(READY)  ## speed beside the lecture's code, PyTorch and JAX; the grid; memory (40 minutes)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[bench]" --constraint constraints.txt
	$(BIN)/python benchmarks/bench.py $(PARTS)

constraints: $(READY)  ## resolve constraints.txt anew, for all systems
	$(BIN)/python -m pip install --quiet uv
	grep --invert-match '^-' requirements.txt | $(BIN)/uv pip compile - --universal --python-version 3.11 --quiet \
		--no-emit-index-url --custom-compile-command "make constraints" --output-file constraints.txt

clean:  ## remove the environment and caches
	rm -rf $(VENV) *.egg-info .pytest_cache .ruff_cache notebooks/.ipynb_checkpoints
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.txt constraints.txt pyproject.toml
	@$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
		'Received: Python %d.%d\nExpected: Python 3.11, 3.12 or 3.13\nFix:      make PYTHON=python3.11' % v)"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@mkdir -p $(LAB_SETTINGS)  # no question about news over the first lesson, and no request for them
	@echo '{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}' \
		> $(LAB_SETTINGS)/overrides.json
	@touch $(READY)
