.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench drill screenshots lock install
python := .venv/bin/python

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

install: ## Install everything into .venv
	@sh scripts/bootstrap.sh

demo: install ## Serve the demo funnels with a sandbox of every provider (PORT, SANDBOX_PORT, DATA_DIR)
	@$(python) scripts/make_env.py
	@exec $(python) manage.py demo

test: install ## Run all tests: unit, integration, concurrency, browser
	@sh scripts/chromium.sh
	@sh scripts/test.sh

lint: install ## Check style, types, import directions, templates, migrations
	@sh scripts/lint.sh

format: install ## Format code and templates
	@$(python) -m ruff check --fix --quiet . || true
	@$(python) -m ruff format --quiet .

bench: install ## Print the figures of docs/performance.md and write bench.json
	@$(python) -m scripts.bench

drill: install ## Break everything while shoppers buy, then compare every book (DRILL=short|long, ARGS="--seconds 60 --seed 7")
	@$(python) -m scripts.drill $(or $(DRILL),short) $(ARGS)

screenshots: install ## Draw every page kind at phone and desktop width into docs/images/
	@sh scripts/chromium.sh
	@$(python) scripts/make_env.py
	@$(python) -m scripts.screenshots

lock: install ## Compile pyproject.toml into requirements.lock
	@uv=$$(command -v uv || echo .tools/bin/uv); $$uv pip compile --quiet --python-version 3.13 --generate-hashes \
	  --no-emit-index-url --no-header --group dev pyproject.toml -o requirements.lock
