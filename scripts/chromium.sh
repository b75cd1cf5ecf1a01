#!/bin/sh
# Makes sure that a Chromium is there for the browser tests: the one on PATH, else Playwright's own, else Debian's package.
set -eu
cd "$(dirname "$0")/.."

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done

playwright_has_one() {
    .venv/bin/python - <<'PYTHON'
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
PYTHON
}

if playwright_has_one; then exit 0; fi
echo "No Chromium on PATH; asking Playwright for its own ..." >&2
if timeout 300 .venv/bin/python -m playwright install chromium >/dev/null 2>&1 && playwright_has_one; then exit 0; fi

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Debian's chromium ..." >&2
    apt-get update -q >/dev/null
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium fonts-liberation >/dev/null
    exit 0
fi
echo "The browser tests need Chromium. Install it (on Debian: sudo apt-get install chromium) and try again." >&2
exit 1
