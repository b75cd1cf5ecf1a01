"""A running sandbox for the tests of this folder: a process of its own, as everywhere else. No Django, no database."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(html: str, policy: str) -> Iterator[str]:
    """A shop of its own origin that shows one page under a content security policy; yields its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = html.encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@dataclass
class SandboxProcess:
    """One sandbox server process."""

    port: int
    state: Path | None = None
    process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "integrations.sandbox", "--port", str(self.port)]
        if self.state:
            command += ["--state", str(self.state)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == f"sandbox ready on {self.url}\n"

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        with self.process:
            return self.process.wait(timeout=10)


@dataclass
class Sandbox:
    """A client of the control calls, and of the providers by path."""

    url: str
    http: httpx.Client

    def control(self, method: str, path: str, **json_body: Any) -> Any:
        response = self.http.request(method, f"/_sandbox/{path}", json=json_body or None)
        assert response.status_code < 300, response.text
        return response.json()

    def fault(self, **description: Any) -> None:
        self.control("POST", "faults", **description)

    def exchanges(self, provider: str) -> list[dict[str, Any]]:
        lines = self.http.get("/_sandbox/exchanges", params={"provider": provider}).text.splitlines()
        return [json.loads(line) for line in lines]

    def book(self, provider: str, collection: str) -> dict[str, dict[str, Any]]:
        books = self.http.get("/_sandbox/books", params={"provider": provider}).json()
        return dict(books.get(collection, {}))

    def deliveries(self, provider: str) -> list[dict[str, Any]]:
        return list(self.http.get("/_sandbox/deliveries", params={"provider": provider}).json())

    def wait_until_idle(self) -> None:
        assert self.http.get("/_sandbox/idle").status_code == 200


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """A shop's webhook endpoint that writes down what arrives; `answers` are used up first, then 200."""

    url: str
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    @property
    def types(self) -> list[str]:
        return [item.json.get("type") for item in self.received]


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[SandboxProcess]:
    server = SandboxProcess(free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> Iterator[Sandbox]:
    with httpx.Client(base_url=sandbox_process.url, timeout=15) as client:
        client.post("/_sandbox/reset", json={"endpoints": True})
        yield Sandbox(sandbox_process.url, client)


@pytest.fixture(scope="session")
def chromium(browser: Browser) -> Browser:
    """One browser for the tests that need eyes; the same one as everywhere, as a process can hold only one Playwright."""
    return browser


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    inbox = Receiver("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            inbox.received.append(Received(self.path, dict(self.headers), body))
            self.send_response(inbox.answers.pop(0) if inbox.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep the test output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    inbox.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield inbox
    server.shutdown()
    server.server_close()
