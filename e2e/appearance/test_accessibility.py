"""axe finds nothing on any page kind of either theme, in light and in dark."""

from typing import Any

from playwright.sync_api import Page

from e2e.appearance.walking import every_page
from e2e.axe import violations
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console


def test_axe_finds_nothing_on_any_page(checkout: CheckoutPage, shop: Shop, console: Console) -> None:
    found = [
        (state, scheme, problem)
        for state in every_page(checkout, shop, console)
        for scheme in ("light", "dark")
        for problem in problems(checkout.page, scheme)
    ]
    assert not found, "\n".join(map(str, found))


def problems(page: Page, scheme: Any) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    return [
        f"{rule['id']}: {node['html']} {node.get('failureSummary', '')}"
        for rule in violations(page)
        for node in rule["nodes"]
    ]
