"""Phones: nothing to scroll sideways and nothing too small to hit, on any page kind, down to 320 px."""

from e2e.appearance.walking import every_page
from e2e.pages import CheckoutPage
from e2e.shop import Shop
from e2e.watching import Console

WIDTHS = (390, 320)
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
# A tick box or a radio button is hit anywhere on its label; links within a sentence are as high as the sentence's lines.
TOO_SMALL = """() => [...document.querySelectorAll('button, select, summary, .button, input:not([type=hidden])')]
    .map(element => ['checkbox', 'radio'].includes(element.type) ? element.closest('label') : element)
    .filter(element => element.checkVisibility())
    .map(element => [element.outerHTML.slice(0, 90), element.getBoundingClientRect()])
    .filter(([html, box]) => box.width < 44 || box.height < 44)
    .map(([html, box]) => `${html} is ${box.width} x ${box.height}`)"""


def test_no_page_scrolls_sideways_and_every_target_is_44_pixels(
    checkout: CheckoutPage, shop: Shop, console: Console
) -> None:
    problems = []
    checkout.page.set_viewport_size({"width": 320, "height": 700})
    for state in every_page(checkout, shop, console):
        for width in WIDTHS:
            checkout.page.set_viewport_size({"width": width, "height": 700})
            if overflow := checkout.page.evaluate(OVERFLOW):
                problems.append((state, width, f"{overflow} px too wide"))
            problems += [(state, width, small) for small in checkout.page.evaluate(TOO_SMALL)]
    assert problems == []


def test_a_purchase_on_a_phone_ends_on_the_thank_you_page(checkout: CheckoutPage, shop: Shop) -> None:
    checkout.page.set_viewport_size({"width": 390, "height": 844})
    checkout.page.reload()
    checkout.buy().decline_all()
    shop.assert_charged(("checkout", checkout.funnel.charged))
