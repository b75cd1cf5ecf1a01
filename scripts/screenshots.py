"""Draw every page kind at phone and desktop width into docs/images/, from a demo of its own that is gone afterwards."""

import io
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page

from checkout.theme_kit.browser import launched
from config.demo.access import ADMIN_NAME, ADMIN_PASSWORD
from e2e.demo import DECLINED, FUNNELS, Funnel
from e2e.pages import CheckoutPage
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WIDTHS = {390: 844, 1280: 900}
QUALITY = 80
PAINTING_MS = 400
# Pages that a walk through the demo does not meet, drawn from made-up shops.
KIT_DESIGNS = ("botanica", "marquee", "quiet")
KIT_STATES = ("checkout-kinds", "checkout-errors", "offer-deadline", "processing", "thank-you", "sold-out")
DESK = 1280
# A picture's name, the page it starts from, and what to click there, if anything.
STAFF = (
    ("dashboard", "/admin/", ""),
    ("reports", "/admin/reports/", ""),
    ("orders", "/admin/orders/order/", ""),
    ("order", "/admin/orders/order/", "#result_list tbody th a"),
    ("funnels", "/admin/funnels/funnel/", ""),
    ("funnel", "/admin/funnels/funnel/", "#result_list tbody th a"),
    ("coupons", "/admin/funnels/coupon/", ""),
    ("theme", "/admin/funnels/theme/", "#result_list tbody th a"),
    ("health", "/admin/health/", ""),
)


@contextmanager
def process(command: list[str], ready: str, **environment: str) -> Iterator[None]:
    """A program of ours, waited for until a line begins with `ready`, stopped afterwards."""
    running = subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout is not None
        if not any(line.startswith(ready) for line in iter(running.stdout.readline, "")):
            raise SystemExit(f"{' '.join(command)} did not start.")
        yield
    finally:
        running.send_signal(signal.SIGINT)
        running.wait(timeout=60)


def draw(page: Page, name: str, width: int) -> None:
    """WebP is a quarter of PNG, and every reader of the docs shows it."""
    drawn = page.screenshot(full_page=True, animations="disabled")
    Image.open(io.BytesIO(drawn)).convert("RGB").save(IMAGES / f"{name}-{width}.webp", quality=QUALITY, method=6)


def show_whole(page: Page, width: int) -> None:
    """Make the window as tall as the page: a browser leaves frames of another site blank that are not on the screen."""
    page.set_viewport_size({"width": width, "height": page.evaluate("document.documentElement.scrollHeight")})
    page.wait_for_timeout(PAINTING_MS)


def shoot(page: Page, name: str, width: int) -> None:
    page.wait_for_load_state("networkidle")
    show_whole(page, width)
    draw(page, name, width)
    page.set_viewport_size({"width": width, "height": WIDTHS[width]})


def walk(browser: Browser, site: str, funnel: Funnel, width: int) -> None:
    """A declined card, a purchase, an offer left, an offer taken, the thank-you page."""
    context = browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, locale="en-US")
    checkout = CheckoutPage(context.new_page(), site, funnel).open()
    page = checkout.page
    page.locator("#card-fields[data-ready]").wait_for()
    shoot(page, f"{funnel.handle}-checkout", width)
    checkout.fill(DECLINED).pay()
    page.wait_for_url("**/checkout/?attempt=*")
    page.locator("#card-fields[data-ready]").wait_for()
    shoot(page, f"{funnel.handle}-declined", width)
    checkout.fill_card().pay()
    checkout.expect_step(funnel.first_step)
    offer = checkout.as_offer()
    shoot(page, f"{funnel.handle}-offer", width)
    offer.decline()
    offer.expect_step(funnel.second_step)
    shoot(page, f"{funnel.handle}-second-offer", width)
    offer.accept()
    offer.as_thanks()
    shoot(page, f"{funnel.handle}-thank-you", width)
    context.close()


def kit(browser: Browser, site: str, width: int) -> None:
    """Every theme in the states of the kit. A provider's script is left on its way: no card fields."""
    context = browser.new_context(viewport={"width": width, "height": WIDTHS[width]}, reduced_motion="reduce")
    context.route(lambda url: not url.startswith(site), lambda _route: None)
    page = context.new_page()
    for design in KIT_DESIGNS:
        for state in KIT_STATES:
            page.goto(f"{site}/{design}/own/english/{state}/", wait_until="domcontentloaded")
            page.wait_for_function("() => [...document.styleSheets].length > 2 && document.fonts.status === 'loaded'")
            draw(page, f"{design}-{state}", width)
    context.close()


def staff(browser: Browser, site: str, sandbox: str) -> None:
    """What staff and the curious see once something has been bought."""
    context = browser.new_context(viewport={"width": DESK, "height": WIDTHS[DESK]}, locale="en-US")
    page = context.new_page()
    page.goto(f"{site}/admin/login/")
    page.get_by_label("Username").fill(ADMIN_NAME)
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    for name, address, link in STAFF:
        page.goto(site + address)
        if link:
            page.locator(link).first.click()
            page.wait_for_url("**/change/**")
        shoot(page, f"admin-{name}", DESK)
    page.goto(f"{sandbox}/_sandbox/?view=mail")
    shoot(page, "sandbox-mail", DESK)
    context.close()


def demo_pictures(browser: Browser) -> None:
    port, sandbox = free_port(), free_port()
    site = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(prefix="stepwell-") as folder:
        Path(folder).chmod(0o755)  # the embedded server may run as another user
        given = {"PORT": str(port), "SANDBOX_PORT": str(sandbox), "DATA_DIR": folder}
        with process(["manage.py", "demo"], "ready", **given):
            for width, height in WIDTHS.items():
                for funnel in FUNNELS:
                    walk(browser, site, funnel, width)
                page = browser.new_page(viewport={"width": width, "height": height})
                page.goto(site)
                shoot(page, "home", width)
                page.close()
            staff(browser, site, f"http://127.0.0.1:{sandbox}")


def kit_pictures(browser: Browser) -> None:
    port = free_port()
    with process(["manage.py", "check_theme", "all", "--serve", str(port)], "http"):
        for width in WIDTHS:
            kit(browser, f"http://127.0.0.1:{port}", width)


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with launched() as browser:
        kit_pictures(browser)
        demo_pictures(browser)
    drawn = list(IMAGES.glob("*.webp"))
    size = sum(picture.stat().st_size for picture in drawn) / 1e6
    print(f"{len(drawn)} pictures in {IMAGES.relative_to(ROOT)}/, {size:.1f} MB")


if __name__ == "__main__":
    main()
