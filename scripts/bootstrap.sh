#!/bin/sh
# Makes .venv from requirements.lock with Python 3.13; does nothing when it is already up to date.
# uv is taken from PATH, else installed with pip into .tools/.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*" >&2; }

find_uv() {
    if command -v uv >/dev/null 2>&1; then command -v uv; return; fi
    if [ ! -x .tools/bin/uv ]; then
        python=""
        for candidate in python3 python; do
            if command -v "$candidate" >/dev/null 2>&1 && "$candidate" -c 'import venv' 2>/dev/null; then
                python=$candidate; break
            fi
        done
        [ -n "$python" ] || { say "Python 3 with the venv module is needed once, to install uv. On Debian: apt-get install python3-venv"; exit 1; }
        say "Installing uv into .tools/ ..."
        "$python" -m venv .tools >&2
        .tools/bin/python -m pip install --quiet --disable-pip-version-check uv >&2
    fi
    printf '%s\n' "$PWD/.tools/bin/uv"
}

# uv looks on PATH and in its own folder; pyenv keeps interpreters beside its shims, where uv does not look.
find_python() {
    if found=$("$UV" python find --no-project 3.13 2>/dev/null); then printf '%s\n' "$found"; return; fi
    for candidate in "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3.13; do
        if [ -x "$candidate" ]; then printf '%s\n' "$candidate"; return; fi
    done
    say "Python 3.13 is not on this machine; asking uv to install it ..."
    if "$UV" python install 3.13 >&2; then "$UV" python find --no-project 3.13; return; fi
    say "Python 3.13 could not be installed. Install it with your system's packages or pyenv, then try again."
    exit 1
}

stamp=.venv/.stepwell-lock
wanted=$(cksum < requirements.lock)
if [ -x .venv/bin/python ] && [ "$(cat "$stamp" 2>/dev/null || true)" = "$wanted" ]; then exit 0; fi

UV=$(find_uv)
if [ ! -x .venv/bin/python ]; then
    PYTHON=$(find_python)
    "$UV" venv --quiet --python "$PYTHON" .venv
fi
say "Installing packages from requirements.lock ..."
"$UV" pip sync --quiet --require-hashes --python .venv/bin/python requirements.lock
printf '%s' "$wanted" > "$stamp"
