"""Webhooks in: verify the raw body, insert if new, put the job, 200. Nothing else happens in the request.

An event of a type that says nothing of payments is kept and done with at once; no job is owed for it.
"""

import structlog
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations import limits
from integrations.client_address import client_ip, visitor
from integrations.connections import Connection
from integrations.errors import (
    CallInsideTransaction,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    SignatureInvalid,
)
from integrations.gateways.protocol import Gateway
from integrations.gateways.registry import GATEWAYS, gateway_for
from integrations.gateways.types import GatewayEvent
from integrations.inbox.models import InboundEvent
from integrations.outbox import queue
from integrations.reporting import integration_error

logger = structlog.get_logger("stepwell.inbox")


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str, public_id: str) -> HttpResponse:
    """Store a provider's events for one connection. An empty webhook secret means that the address is off.

    A connection that is switched off takes no new charges, but still hears of those it took before.
    """
    connection = Connection.objects.filter(public_id=public_id, provider=provider).first()
    if connection is None or provider not in GATEWAYS or not connection.webhook_secret:
        raise Http404
    gateway = gateway_for(connection)
    try:
        events = gateway.verify(request.body, request.headers)
    except SignatureInvalid as error:
        if refused := limits.refused(counting=[("webhook_ip", visitor(client_ip(request)))]):
            return HttpResponse(status=429, headers={"Retry-After": str(refused.seconds)})
        logger.warning("webhook_refused", provider=provider, connection=public_id, reason=error.detail)
        integration_error(error, source=provider, level="warning", connection=public_id)
        return HttpResponseBadRequest("The signature does not match.", content_type="text/plain")
    except (OutcomeUnknown, ProviderUnavailable) as error:
        # Nobody knows whether it is genuine: it is neither kept nor called forged, and the provider sends it again.
        logger.warning("webhook_unverified", provider=provider, connection=public_id, reason=error.detail)
        integration_error(error, source=provider, level="warning", connection=public_id)
        return HttpResponse("Not verified, please repeat.", status=503, content_type="text/plain")
    with transaction.atomic():
        for event in events:
            row = InboundEvent(connection=connection, event_id=event.id, type=event.type, payload=dict(event.payload))
            if _says_nothing(gateway, event):
                row.ignore("Nothing to do for this type.")
                InboundEvent.objects.bulk_create([row], ignore_conflicts=True)
                continue
            InboundEvent.objects.bulk_create([row], ignore_conflicts=True)
            queue.put(
                "inbox.process",
                key=f"{connection.pk}:{event.id}",
                tenant=connection.tenant,
                payload={"connection": connection.pk, "event": event.id},
            )
    return HttpResponse("ok", content_type="text/plain")


def _says_nothing(gateway: Gateway, event: GatewayEvent) -> bool:
    """Whether there is nothing to do for an event. One that cannot be read is left to its job, where staff see it, and so
    is one about which the provider would have to be asked.
    """
    try:
        return gateway.interpret(event) is None
    except (CallInsideTransaction, ProviderError, LookupError, TypeError, ValueError):
        return False
