"""Assembles the sandbox from its provider packages and runs it until it is told to stop."""

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from aiohttp import web

from integrations.sandbox import control, exchanges, faults, konnektive, mail, nmi, pages, paypal, stripe
from integrations.sandbox.provider import Provider
from integrations.sandbox.state import StateFile
from integrations.sandbox.world import World

PROVIDERS: tuple[Provider, ...] = (
    *stripe.PROVIDERS, *nmi.PROVIDERS, *paypal.PROVIDERS, *konnektive.PROVIDERS, *mail.PROVIDERS,
)  # fmt: skip
HOST = "127.0.0.1"
LARGEST_BODY = 32 * 1024 * 1024


def build_app(world: World, providers: Sequence[Provider] = PROVIDERS) -> web.Application:
    """The whole sandbox around one world: providers, control and the page for people."""
    app = web.Application(
        middlewares=[exchanges.middleware(world, providers), faults.middleware(world)],
        client_max_size=LARGEST_BODY,
    )
    for provider in providers:
        app.add_routes(provider.routes(world))
        if provider.sign is not None:
            world.deliveries.signers[provider.name] = provider.sign
    app.add_routes(control.routes(world, {provider.name for provider in providers}))
    app.add_routes(pages.routes(world))
    return app


async def serve(port: int, state_path: Path | None) -> None:
    """Serve until SIGTERM or SIGINT; the books are saved before returning."""
    world = World(origin=f"http://{HOST}:{port}")
    state = StateFile(state_path, world) if state_path else None
    if state:
        state.load()
    runner = web.AppRunner(build_app(world), access_log=None)
    await runner.setup()
    await world.deliveries.start()
    await web.TCPSite(runner, HOST, port).start()
    stopping = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopping.set)
    saving = asyncio.create_task(state.keep()) if state else None
    sys.stdout.write(f"sandbox ready on {world.origin}\n")
    sys.stdout.flush()
    await stopping.wait()
    if saving:
        saving.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await saving
    await world.deliveries.stop()
    await runner.cleanup()
    if state:
        state.save()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="sandbox", description="Payment, CRM and mail providers on this machine.")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--state", type=Path, default=None, help="file that keeps the books between starts")
    options = parser.parse_args(arguments)
    asyncio.run(serve(options.port, options.state))
    return 0
