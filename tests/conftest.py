"""Fixtures for everything: one provider sandbox per test process, emptied for each test that asks for it."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.environment import SANDBOX_PORT, SANDBOX_URL
from tests.sandbox_client import Sandbox


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[str]:
    """The sandbox as its own process, as in the demo; yields its base URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "integrations.sandbox", "--port", str(SANDBOX_PORT)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ready = process.stdout.readline()
    assert ready.startswith("sandbox ready"), ready
    yield SANDBOX_URL
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def sandbox(sandbox_process: str) -> Iterator[Sandbox]:
    """A client for the sandbox's control, with empty books."""
    client = Sandbox(sandbox_process)
    client.reset()
    yield client
    client.close()
