"""What axe finds on a page. A provider's own frames are the provider's business."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def violations(page: Page, *, iframes: bool = False) -> list[dict[str, Any]]:
    """The rules that are broken, each with its `id`, `impact` and `nodes`; rules beyond WCAG 2.2 AA are asked as well."""
    options = {"resultTypes": ["violations"], "iframes": iframes}
    found: list[dict[str, Any]] = Axe().run(page, options=options).response["violations"]
    return found


def grave(page: Page, *, iframes: bool = False) -> list[tuple[str, str]]:
    """Rule and element of what keeps somebody from using the page: where we do not write all of the markup ourselves."""
    found = [rule for rule in violations(page, iframes=iframes) if rule["impact"] in ("serious", "critical")]
    return [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]]
