"""Run a module with the settings of the tests, and without a database: `python -m scripts.in_test_environment mypy …`."""

import os
import runpy
import sys

os.environ.setdefault("TEST_DATABASE_URL", "postgresql://nobody@127.0.0.1/none")

import tests.environment  # noqa: F401 - sets the environment that settings are read from

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
