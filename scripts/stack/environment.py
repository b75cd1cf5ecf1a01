"""Where a bench or a drill lives: a temporary DATA_DIR under `.data/`, free ports, fresh keys, the sandbox for every provider."""

import atexit
import base64
import contextlib
import os
import secrets
import shutil
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


def prepare(name: str, *, settings: str = "config.settings", **variables: str) -> Path:
    """Set the environment that settings are read from, here and in every process started later; returns DATA_DIR.

    `variables` come on top of it.
    """
    signal.signal(signal.SIGTERM, _leave)
    parent = ROOT / ".data"
    parent.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=parent))
    # Registered before the embedded PostgreSQL registers its own end, so it runs after it.
    atexit.register(_discard, folder)
    site_port, sandbox_port = _free_ports(2)
    sandbox = f"http://127.0.0.1:{sandbox_port}"
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": settings,
        "DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "DEBUG": "false",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "FIELD_ENCRYPTION_KEYS": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "SITE_URL": f"http://127.0.0.1:{site_port}",
        "ALLOWED_HOSTS": "127.0.0.1",
        "LOG_FORMAT": "json",
        "STAFF_SECOND_FACTOR": "offered",
        "LOG_LEVEL": "WARNING",
        "STRIPE_API_BASE": f"{sandbox}/stripe",
        "STRIPE_JS_URL": f"{sandbox}/stripe/js/stripe.js",
        "NMI_BASE_URL": f"{sandbox}/nmi",
        "PAYPAL_API_BASE": f"{sandbox}/paypal",
        "PAYPAL_TEST_API_BASE": f"{sandbox}/paypal",
        "PAYPAL_SDK_URL": f"{sandbox}/paypal/sdk/js",
        "PAYPAL_CERT_BASE": f"{sandbox}/paypal",
        "KONNEKTIVE_BASE_URL": f"{sandbox}/konnektive",
        "SENDGRID_API_URL": f"{sandbox}/sendgrid/v3/",
        "RESEND_API_URL": f"{sandbox}/resend/",
        **variables,
    }
    return folder


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _discard(folder: Path) -> None:
    """Remove all but the logs; those too are gone already if the run went well."""
    for entry in folder.iterdir():
        if entry.name != "logs":
            shutil.rmtree(entry, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.rmdir()


def _leave(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt
