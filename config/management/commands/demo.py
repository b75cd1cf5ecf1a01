"""`manage.py demo`: the whole product on this machine, with a sandbox in the place of every provider."""

import os
import signal
import sys
import time
from typing import Any

import httpx
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from config.demo.access import ADMIN_NAME, ADMIN_PASSWORD
from config.demo.processes import Part, StartFailed, alone, last_words, require_free, start, stop, wait_for
from config.demo.seed import seed
from config.demo.static import collect
from config.settings.env import BASE_DIR
from funnels.models import Funnel
from integrations.connections import Connection

CARDS = (
    ("4242 4242 4242 4242", "succeeds"),
    ("4000 0000 0000 0002", "declined"),
    ("4000 0000 0000 9995", "insufficient funds"),
    ("4000 0027 6000 3184", "bank asks to confirm (course only)"),
)


class Command(BaseCommand):
    help = "Migrate, seed and serve the demo funnels; Ctrl-C stops everything."

    def handle(self, *_args: Any, **_options: Any) -> None:
        self.port = int(os.environ.get("PORT", "8000"))
        self.sandbox_port = int(os.environ.get("SANDBOX_PORT", "8100"))
        self.parts: list[Part] = []
        # Also where a shell started us in the background, for which it has Ctrl-C ignored.
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, _leave)
        try:
            with alone(settings.DATA_DIR):
                self.require_ports()
                self.prepare()
                self.require_ports()  # preparing may have taken a while
                self.start()
                self.welcome()
                self.watch()
        except StartFailed as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            self.stdout.write("\nStopping ...")
        finally:
            stop(self.parts)

    def require_ports(self) -> None:
        require_free(self.port, "PORT")
        require_free(self.sandbox_port, "SANDBOX_PORT")

    def prepare(self) -> None:
        self.say("Preparing the database ...")
        call_command("migrate", verbosity=0)
        self.funnels = seed()
        self.say("Collecting static files ...")
        collect()

    def start(self) -> None:
        site, sandbox = f"http://127.0.0.1:{self.port}", f"http://127.0.0.1:{self.sandbox_port}"
        environment = {
            "QUEUE_WORKERS": os.environ.get("QUEUE_WORKERS", "1"),
            # The sandbox has one card for each outcome, and whoever tries the demo shares it with all others.
            "STAFF_SECOND_FACTOR": os.environ.get("STAFF_SECOND_FACTOR", "offered"),
            "LIMIT_DECLINED_CARD": os.environ.get("LIMIT_DECLINED_CARD", "0"),
            "LIMIT_DECLINED_EMAIL": os.environ.get("LIMIT_DECLINED_EMAIL", "300/3600"),
            "DATABASE_URL": settings.DATABASE_URL,
            "SITE_URL": site,
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
        }
        self.say("Starting the sandbox, the queue and the web server ...")
        state = str(settings.DATA_DIR / "sandbox.json")
        python, manage = sys.executable, str(BASE_DIR / "manage.py")
        box = self.run(
            "sandbox",
            [python, "-m", "integrations.sandbox", "--port", str(self.sandbox_port), "--state", state],
            environment,
        )
        wait_for(box, f"{sandbox}/_sandbox/healthz")
        self.run("queue", [python, manage, "qcluster"], environment)
        web = self.run("web", web_command(python, self.port), environment)
        wait_for(web, f"{site}/healthz")
        register_webhooks(self.funnels, site=site, sandbox=sandbox)

    def run(self, name: str, command: list[str], environment: dict[str, str]) -> Part:
        part = start(name, command, environment=environment, logs=settings.DATA_DIR / "logs")
        self.parts.append(part)
        return part

    def welcome(self) -> None:
        site = f"http://127.0.0.1:{self.port}"
        lines = ["", "  Funnels"]
        lines += [f"    {site}/f/{funnel.handle}/   {funnel.name}" for funnel in self.funnels]
        lines += ["", "  Staff", f"    {site}/admin/   {ADMIN_NAME} / {ADMIN_PASSWORD}"]
        lines += ["", "  What the providers received: charges, CRM orders, mail"]
        lines += [f"    http://127.0.0.1:{self.sandbox_port}/_sandbox/"]
        lines += ["", "  Test cards (any future date, any security code)"]
        lines += [f"    {number}   {result}" for number, result in CARDS]
        lines += ["", f"  Logs: {settings.DATA_DIR / 'logs'}", "", f"ready on {site}  (Ctrl-C stops everything)"]
        self.say("\n".join(lines))

    def watch(self) -> None:
        """Stay until Ctrl-C; a part that ends by itself ends the demo with its last words."""
        while True:
            time.sleep(0.5)
            for part in self.parts:
                if part.process.poll() is not None:
                    raise StartFailed(
                        f"The {part.name} has ended. Its last words, from {part.log}:\n{last_words(part)}"
                    )

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def web_command(python: str, port: int) -> list[str]:
    """The web server as in production, on this machine only."""
    return [
        *(python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "64", "--no-ws", "--log-level", "warning"),
        "config.wsgi:application",
    ]


def register_webhooks(funnels: list[Funnel], *, site: str, sandbox: str) -> None:
    """Tell the sandbox where each account's webhooks go, as a merchant would in the provider's dashboard.

    It remembers what an earlier start told it, perhaps of a port that nobody listens on any more.
    """
    for connection in {account.pk: account for funnel in funnels for account in funnel.gateways}.values():
        body = {
            "provider": connection.provider,
            "url": f"{site}/webhooks/{connection.provider}/{connection.public_id}/",
            "secret": connection.webhook_secret,
            "account": _account(connection),
        }
        earlier = {name: body[name] for name in ("provider", "account")}
        httpx.delete(f"{sandbox}/_sandbox/webhooks", params=earlier, timeout=10).raise_for_status()
        httpx.post(f"{sandbox}/_sandbox/webhooks", json=body, timeout=10).raise_for_status()


def _account(connection: Connection) -> str:
    """The sandbox names accounts by what follows the prefix of their key."""
    key = connection.secret("secret_key") or connection.secret("security_key") or connection.secret("client_secret")
    return key.removeprefix("sk_test_").removeprefix("sandbox_security_").removeprefix("sandbox_secret_")


def _leave(_signal: int, _frame: Any) -> None:
    raise KeyboardInterrupt
