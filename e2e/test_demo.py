"""The demo as people start it: every part as its own process, one purchase, and a clean end at Ctrl-C."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from config.settings.env import BASE_DIR
from e2e.demo import SERUM
from e2e.pages import CheckoutPage
from tests.environment import ENVIRONMENT, free_port
from tests.sandbox_client import Sandbox

STOP_SECONDS = 40
ARRIVAL_SECONDS = 30


@dataclass
class Demo:
    process: subprocess.Popen[str]
    folder: Path
    url: str
    sandbox: Sandbox

    def stop(self) -> int:
        """Ctrl-C; the exit code."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=STOP_SECONDS)
        return self.process.returncode


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    """`manage.py demo` with data and ports of its own, up and ready."""
    port, sandbox_port = free_port(), free_port()
    given = {name: value for name, value in os.environ.items() if name not in ENVIRONMENT and name != "DATABASE_URL"}
    kept = {name: ENVIRONMENT[name] for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "ALLOWED_HOSTS")}
    own = {"PORT": str(port), "SANDBOX_PORT": str(sandbox_port), "DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=BASE_DIR, env=given | kept | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    said = []
    for line in process.stdout:
        said.append(line)
        if line.startswith("ready"):
            break
    demo = Demo(process, tmp_path, f"http://127.0.0.1:{port}", Sandbox(f"http://127.0.0.1:{sandbox_port}"))
    try:
        assert said
        assert said[-1].startswith("ready"), "".join(said)
        yield demo
    finally:
        if process.poll() is None:
            demo.stop()
        demo.sandbox.close()


class NotYet(Exception):
    """What a queue owes has not arrived."""


@retry(retry=retry_if_exception_type(NotYet), stop=stop_after_delay(ARRIVAL_SECONDS), wait=wait_fixed(0.2))
def arrived(sandbox: Sandbox, provider: str, book: str) -> dict[str, object]:
    """The one entry of a provider's book, as soon as the queue has brought it."""
    entries = list(sandbox.books(provider).get(book, {}).values())
    if not entries:
        raise NotYet
    (entry,) = entries
    return dict(entry)


def test_the_demo_sells_tells_mailbox_and_crm_and_ends_cleanly(demo: Demo, page: Page) -> None:
    thanks = CheckoutPage(page, demo.url, SERUM).open().buy().decline_all()
    number = thanks.order_number.inner_text()
    expect(thanks.total).to_have_text("$53.90")
    mail = arrived(demo.sandbox, "sendgrid", "mails")
    assert mail["to"] == ["ada@example.com"]
    assert number in str(mail["text"])
    assert arrived(demo.sandbox, "konnektive", "orders")["orderStatus"] == "COMPLETE"
    (sale,) = demo.sandbox.books("nmi")["transactions"].values()
    assert sale["amount"] == 5390
    page.close()
    assert demo.stop() == 0
    for address in (demo.url, demo.sandbox.url):
        with pytest.raises(httpx.ConnectError):
            httpx.get(address)
    assert not (demo.folder / "postgres" / "postmaster.pid").exists()
