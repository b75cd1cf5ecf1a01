"""What a provider package hands to the server: its name, its paths, its routes, its errors and its webhook signature.

Each provider package defines `PROVIDERS`, a tuple of these; `server.py` mounts whatever it finds there.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler

from integrations.sandbox.world import World

type Routes = Callable[[World], Iterable[web.RouteDef]]
type Refusal = Callable[[World, web.Request, int], Awaitable[web.StreamResponse]]
type Guard = Callable[[World, web.Request, Handler], Awaitable[web.StreamResponse]]
type Signer = Callable[[str, bytes], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider's side of the wire.

    `name` is what control calls and books use; `prefix` is stripped from recorded paths (`/stripe`).
    `api` lists the path beginnings, prefix included, that count as API calls: they are recorded and open to faults.
    `browser` maps path beginnings to the name under which they are recorded without bodies; what else is served
    under the prefix (scripts, iframes) is not recorded.
    `refusal` builds the provider's own error document for an HTTP status that a fault asks for.
    `guard`, if any, wraps each API call from arrival to answer, scripted faults included (idempotency keys).
    `sign` returns the headers that prove a webhook body, from the endpoint's secret and the body.
    """

    name: str
    prefix: str
    api: tuple[str, ...]
    routes: Routes
    refusal: Refusal
    sign: Signer | None = None
    guard: Guard | None = None
    browser: Mapping[str, str] | None = None
