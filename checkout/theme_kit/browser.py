"""Which browser is used wherever pages are looked at by a program."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, sync_playwright

# The shell has no window to draw, and starts and paints in less time.
PROGRAMS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def launch_options() -> dict[str, Any]:
    """Chromium from `CHROMIUM` or PATH, else Playwright's own; its sandbox does not work for root."""
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), None)
    options = ["--disable-background-networking", *(["--no-sandbox"] if os.getuid() == 0 else [])]
    return {"args": options, **({"executable_path": program} if program else {})}


@contextmanager
def launched() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        try:
            yield browser
        finally:
            browser.close()
