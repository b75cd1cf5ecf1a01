"""Going about a page without a mouse."""

from playwright.sync_api import Locator, Page

LONGEST_WAY = 30
HAS_FOCUS = "element => element.ownerDocument.hasFocus() && element.ownerDocument.activeElement === element"


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until `target` has the focus, as someone would who cannot use a mouse."""
    for _ in range(LONGEST_WAY):
        if target.evaluate(HAS_FOCUS):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")
