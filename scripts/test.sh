#!/bin/sh
# All tests, on as many processes as there are cores (at most four); one that is done takes tests over from the others.
# Extra arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
[ "$cores" -gt 4 ] && cores=4
exec .venv/bin/python -m pytest --numprocesses "$cores" --dist worksteal "$@"
