"""Draw every page kind at phone and desktop width into docs/images/, from a demo of its own that is gone afterwards."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from config.demo.access import ADMIN_NAME, ADMIN_PASSWORD
from e2e.demo import DECLINED, FUNNELS, Funnel
from e2e.pages import CheckoutPage
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
WIDTHS = {390: 844, 1280: 900}


@contextmanager
def demo() -> Iterator[tuple[str, str]]:
    """The whole demo on free ports; yields the addresses of the site and of the sandbox."""
    port, sandbox_port = free_port(), free_port()
    with tempfile.TemporaryDirectory(prefix="stepwell-") as folder:
        Path(folder).chmod(0o755)  # the embedded server may run as another user
        environment = {**os.environ, "PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "DATA_DIR": folder}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "demo"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if line.startswith("ready"):
                    break
            else:
                raise SystemExit("The demo did not start.")
            yield f"http://127.0.0.1:{port}", f"http://127.0.0.1:{sandbox_port}"
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=60)


def shoot(page: Page, name: str, width: int) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / f"{name}-{width}.png", full_page=True, animations="disabled")


def walk(browser: Browser, site: str, funnel: Funnel, width: int) -> None:
    """A declined card, a purchase, an offer taken, an offer left, the thank-you page."""
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


def staff(browser: Browser, site: str, sandbox: str) -> None:
    """What staff and the curious see once something has been bought."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-US")
    page = context.new_page()
    page.goto(f"{site}/admin/login/?next=/admin/orders/order/")
    page.get_by_label("Username").fill(ADMIN_NAME)
    page.get_by_label("Password").fill(ADMIN_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/orders/order/")
    shoot(page, "admin-orders", 1280)
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_url("**/change/")
    shoot(page, "admin-order", 1280)
    page.goto(f"{site}/admin/funnels/funnel/")
    page.locator("#result_list tbody th a").first.click()
    page.wait_for_url("**/change/")
    shoot(page, "admin-funnel", 1280)
    page.goto(f"{sandbox}/_sandbox/?view=mail")
    shoot(page, "sandbox-mail", 1280)
    context.close()


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with demo() as (site, sandbox), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium") or shutil.which("google-chrome"),
            args=["--no-sandbox", "--disable-background-networking"],
        )
        for width, height in WIDTHS.items():
            for funnel in FUNNELS:
                walk(browser, site, funnel, width)
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(site)
            shoot(page, "home", width)
        staff(browser, site, sandbox)
        browser.close()
    print(f"{len(list(IMAGES.glob('*.png')))} pictures in {IMAGES.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
