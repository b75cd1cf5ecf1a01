"""Fixtures for everything: one provider sandbox per test process, emptied for each test that asks for it; one browser."""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import sentry_sdk
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from checkout.theme_kit.browser import launch_options
from config import browser_errors, monitoring
from integrations import reporting
from tests.environment import SANDBOX_PORT, SANDBOX_URL
from tests.gateway_harness import forget_connections
from tests.ingest import Ingest, running_ingest
from tests.sandbox_client import Sandbox
from tests.tables import empty_tables

# A slow machine is no failure, and what one run finds the next one finds too. The long profile looks further.
LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
hypothesis.settings.register_profile(
    "tests", deadline=None, database=None, derandomize=not LONG, max_examples=1000 if LONG else 50
)
hypothesis.settings.load_profile("tests")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:  # noqa: ARG001
    """The tests' own server need not survive a power cut, and lets its superuser empty tables the quick way.

    A request of a browser that was closed in the middle may outlive the last test; the database is dropped all the same.
    """
    if os.environ.get("TEST_DATABASE_URL"):
        yield
        return
    pytest.MonkeyPatch().setattr(TransactionTestCase, "_fixture_teardown", lambda _case: empty_tables())
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            cursor.execute(f"ALTER SYSTEM SET {setting} = off")
        cursor.execute("SELECT pg_reload_conf()")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session", autouse=True)
def closed_connections() -> Iterator[None]:
    """Connections to providers are pooled for as long as a process lives; that of the tests closes them itself."""
    yield
    forget_connections()


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[str]:
    """The sandbox as its own process, as in the demo; yields its base URL."""
    process = subprocess.Popen(  # noqa: S603 - our own command
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


@pytest.fixture(scope="session")
def ingest_process() -> Iterator[Ingest]:
    """A real ingest for Sentry's protocol, as its own process."""
    with running_ingest() as ingest:
        yield ingest


@pytest.fixture
def ingest(ingest_process: Ingest, settings: Any) -> Iterator[Ingest]:
    """Sentry switched on for one test, with everything sampled; what arrived can be asked of the ingest."""
    ingest_process.flush()
    settings.SENTRY_DSN = settings.SENTRY_DSN_BROWSER = ingest_process.dsn
    settings.SENTRY_TRACES_SAMPLE_RATE = 1.0
    reporting.throttle.forget()
    browser_errors.throttle.forget()
    monitoring.start()
    yield ingest_process
    ingest_process.settle()
    sentry_sdk.get_global_scope().set_client(None)


@pytest.fixture
def logged(settings: Any) -> Iterator[Callable[[], str]]:
    """Every line that is logged, as it is written out."""
    spec = dict(settings.LOGGING["formatters"]["structured"])
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(spec.pop("()")(**spec))
    loggers = [logging.getLogger(name) for name in ("", "stepwell", "django", "django.request")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield written.getvalue
    logging.getLogger().removeHandler(handler)
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, **launch_options()}
