#!/bin/sh
# Makes sure that a Chromium is there for the browser tests: one on PATH, else Debian's package, else Playwright's own.
set -eu
cd "$(dirname "$0")/.."

for name in chromium-headless-shell chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

install_from_apt() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "No Chromium on PATH; asking apt for one ..." >&2
    apt-get update -q >/dev/null 2>&1 || return 1
    for package in chromium-headless-shell chromium; do
        if DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "$package" fonts-liberation >/dev/null 2>&1 \
            && command -v "$package" >/dev/null 2>&1; then return 0; fi
    done
    return 1
}

playwright_has_one() {
    .venv/bin/python - <<'PYTHON'
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
PYTHON
}

if install_from_apt || playwright_has_one; then exit 0; fi
echo "Asking Playwright for its own Chromium ..." >&2
if timeout 300 .venv/bin/python -m playwright install chromium >/dev/null 2>&1 && playwright_has_one; then exit 0; fi

echo "The browser tests need Chromium. Install it (on Debian: sudo apt-get install chromium-headless-shell) and try again." >&2
exit 1
