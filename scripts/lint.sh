#!/bin/sh
# Every check that needs no running product. Stops at the first that fails.
set -eu
cd "$(dirname "$0")/.."
python=.venv/bin/python
$python -m ruff check .
$python -m ruff format --check .
$python -m scripts.in_test_environment mypy config checkout orders funnels integrations scripts
.venv/bin/lint-imports
$python -m djlint templates --lint --quiet
$python scripts/check_migrations.py
