"""Sentry, where SENTRY_DSN is set: errors with their tags, traces of shoppers' pages and of jobs. Off otherwise."""

from typing import Any

import sentry_sdk
from django.conf import settings
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.django import DjangoIntegration
from sentry_sdk.integrations.excepthook import ExcepthookIntegration
from sentry_sdk.integrations.threading import ThreadingIntegration

from config import scrubbing


def start() -> None:
    """Set Sentry up for this process. Only the parts named here run: others would note addresses of every call."""
    if not settings.SENTRY_DSN:
        return
    integrations = [
        DjangoIntegration(transaction_style="url", middleware_spans=False, signals_spans=False, cache_spans=False),
        DedupeIntegration(),
        ExcepthookIntegration(),
        ThreadingIntegration(),
    ]
    sentry_sdk.init(dsn=settings.SENTRY_DSN, integrations=integrations, traces_sampler=sample, **base_options())


def base_options() -> dict[str, Any]:
    """What holds for every event, whoever reports it."""
    return {
        "environment": settings.SENTRY_ENVIRONMENT,
        "release": settings.SENTRY_RELEASE,
        "default_integrations": False,
        "auto_enabling_integrations": False,
        "max_request_body_size": "never",
        "include_local_variables": False,
        "max_breadcrumbs": 20,
        "auto_session_tracking": False,
        "event_scrubber": scrubbing.scrubber(),
        "before_send": scrubbing.clean_event,
        "before_send_transaction": scrubbing.clean_event,
        "before_breadcrumb": scrubbing.clean_breadcrumb,
        "trace_propagation_targets": [],
        # Every ingest reads gzip, and it costs the least.
        "_experiments": {"transport_compression_algo": "gzip"},
    }


def sample(context: dict[str, Any]) -> float:
    """Which part of them to trace: shoppers' pages and jobs, nothing else, whatever the caller's headers ask for."""
    job = context["transaction_context"].get("op") == "queue.process"
    page = context.get("wsgi_environ", {}).get("PATH_INFO", "").startswith("/f/")
    return float(settings.SENTRY_TRACES_SAMPLE_RATE) if job or page else 0.0
