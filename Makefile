# `make lab` opens the series, `make test` checks it. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
READY := $(VENV)/ready
NOTEBOOKS := $(sort $(wildcard notebooks/[0-9]*.ipynb))
VIETNAMESE := $(sort $(wildcard notebooks/vi/[0-9]*.ipynb))
ONE_VIETNAMESE := $(wildcard notebooks/vi/06_*.ipynb)  # the others are compared with the English ones
# The kernel `python3` is that of .venv, not one of the user's.
export JUPYTER_PREFER_ENV_PATH := 1
# Hosted workspaces and clusters set these for other Pythons; PIP_USER=0 outweighs a pip.conf, too.
export PIP_USER := 0
unexport PIP_TARGET PIP_PREFIX PIP_CONSTRAINT PYTHONPATH
# What is tested and stored speaks the language of its folder, not the one that a user has set.
test test-all unit notebooks vietnamese: export LENET_LANGUAGE :=

# An environment works in one place: READY holds the folder for which it was set up to the end.
HERE := $(shell pwd -P)
HOLDS := import sys, importlib.util as u; sys.exit(not all(map(u.find_spec, ("jupyterlab", "lenet", "tensorflow"))))
ifneq "$(shell ($(BIN)/python -I -c '$(HOLDS)' && cat $(READY)) 2>/dev/null)" "$(HERE)"
.PHONY: $(READY)
CLEAR := --clear
MOVED := This folder was renamed, moved or copied, or Python or JupyterLab was removed: $(VENV) is set up anew.
endif

.PHONY: lab test test-all unit browser-test notebooks vietnamese site weights results bench colab constraints clean

# A student's copies hold no outputs, which would give answers away. What is in them stays.
MINE :=  # my-notebooks; where the project cannot be written, lenet in the home
LAB := $(if $(filter command line,$(origin NOTEBOOKS)),$(NOTEBOOKS),$(MINE))
EDITION := $(if $(filter command line,$(origin LANGUAGE)),$(filter vi,$(LANGUAGE)))  # not gettext's variable
lab: $(READY)  ## open JupyterLab at the student's copy of notebook 01; LANGUAGE=vi for the Vietnamese, NOTEBOOKS=notebooks for the originals
	@$(BIN)/python tools/set_up.py --user
	@$(BIN)/python -m lenet_course lab $(if $(LAB),'$(LAB)') $(EDITION:%=--language=%) -- $(LAB_ARGS)

# Two kernels at a time, of one core each.
NBVAL = TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 $(BIN)/python -m pytest --nbval --nbval-cell-timeout=600 \
	--numprocesses=2 --dist=loadfile

test: unit  ## what CI checks on each change: style, unit tests, the notebooks, a glance in a browser
	$(NBVAL) $(NOTEBOOKS) $(ONE_VIETNAMESE)
	@$(MAKE) --no-print-directory browser-test

test-all: SLOW = -m ""
test-all: unit  ## all there is, before a release: slow tests, both editions executed, every browser test
	$(NBVAL) $(NOTEBOOKS) $(VIETNAMESE)
	@$(MAKE) --no-print-directory browser-test SLOW='$(SLOW)'

unit: $(READY)  ## style and unit tests only
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile $(SLOW)

browser-test: $(READY)  ## 01 in JupyterLab, the pad, a page of the site, in a Chromium that is installed
ifeq "$(or $(shell command -v chromium),$(shell command -v chromium-browser))" ""
	@echo "The browser tests were skipped: there is no Chromium (Debian: apt install chromium)."
else
	@$(BIN)/python -c "import playwright, axe_playwright_python" 2>/dev/null || \
		$(BIN)/python -m pip install --quiet --editable ".[browser]" --constraint constraints.txt
	$(BIN)/python -m pytest tests/browser $(SLOW)
endif

notebooks: $(READY)  ## execute the notebooks and store their outputs
	$(BIN)/jupyter nbconvert --log-level=WARN --to notebook --inplace --config tools/nbconvert_config.py $(NOTEBOOKS)

vietnamese: $(READY)  ## bring the Vietnamese edition up to date with the English one, and execute it
	$(BIN)/python tools/translate.py update
	$(BIN)/python tools/translate.py check
	$(BIN)/python tools/translate.py build
	$(BIN)/jupyter nbconvert --log-level=WARN --to notebook --inplace --config tools/nbconvert_config.py $(VIETNAMESE)

SITE := site
SPHINX = $(BIN)/sphinx-build --fail-on-warning --nitpicky --quiet -c docs/site $(SITE_ARGS)
site: $(READY)  ## build the site of both languages from the notebooks as they are stored
	rm -rf $(SITE).new
	$(SPHINX) -d $(SITE).new/doctrees notebooks $(SITE).new/en
	$(SPHINX) -d $(SITE).new/doctrees-vi -D language=vi notebooks/vi $(SITE).new/vi
	mv $(SITE).new/vi $(SITE).new/en/vi
	$(BIN)/python tools/site_scripts.py $(SITE).new/en/draw
	rm -rf $(SITE)
	mv $(SITE).new/en $(SITE)
	rm -rf $(SITE).new

weights: $(READY)  ## train the networks that ship (20 minutes)
	$(BIN)/python tools/train_weights.py

results: $(READY)  ## run what is missing of the plan (hours for all) and draw the README's figures
	$(BIN)/python tools/run_studies.py
	$(BIN)/python tools/draw_figures.py

bench: $(READY)  ## speed beside the lecture's code, PyTorch and JAX; memory of each notebook (50 minutes)
	$(BIN)/python -m pip install --quiet --editable ".[bench]" --constraint constraints.txt
	$(BIN)/python benchmarks/bench.py $(PARTS)

colab:  ## the unit tests with what Colab has installed, in an environment of their own
	$(PYTHON) -m venv build/colab
	build/colab/bin/python -m pip install --quiet --editable . --constraint tools/colab.txt \
		pytest pytest-xdist hypothesis nbval jupyter distributed
	build/colab/bin/python -m pytest tests --numprocesses=auto --ignore=tests/project

constraints: $(READY)  ## resolve constraints.txt anew, for all systems
	$(BIN)/python -m pip install --quiet uv
	grep --invert-match '^-' requirements.txt | $(BIN)/uv pip compile - --universal --python-version 3.11 --quiet \
		--no-emit-index-url --custom-compile-command "make constraints" --output-file constraints.txt

clean:  ## remove the environment, the kernel LeNet and caches
	@$(BIN)/python -m jupyter_client.kernelspecapp remove -f lenet 2>/dev/null || true
	rm -rf $(VENV) *.egg-info build site site.new .hypothesis .pytest_cache .ruff_cache notebooks/.ipynb_checkpoints
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A new pip resolves the requirements in a third of the time that Python 3.11's own takes.
$(READY): requirements.txt constraints.txt pyproject.toml tools/set_up.py tools/ipython_kernel_config.py
	@$(PYTHON) -c "import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else \
		'Received: Python %d.%d\nExpected: Python 3.11, 3.12 or 3.13\nFix:      make PYTHON=python3.11' % v)"
	$(if $(wildcard $(READY)),$(if $(MOVED),@echo "$(MOVED)"))
	$(PYTHON) -m venv $(CLEAR) $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip<27"
	$(BIN)/python -m pip install --quiet -r requirements.txt
	$(BIN)/python tools/set_up.py
	@pwd -P > $(READY)
