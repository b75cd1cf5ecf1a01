"""The buttons of the page: common faults in one click, clearing them, settling a batch, starting over."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from integrations.sandbox.nmi import batches
from integrations.sandbox.pages.markup import Html, join, tag
from integrations.sandbox.pages.parts import WAITING, Row, section
from integrations.sandbox.world import Fault, World

DESCRIPTIONS: Final = {
    "latency": "answers after {value} ms",
    "status": "answers HTTP {value}",
    "cut_before": "drops the connection before doing anything",
    "cut_after": "does it, then drops the connection",
    "malformed": "does it, then answers garbage",
}


@dataclass(frozen=True)
class Action:
    """One button: what it is called, what it says it does, and what it does."""

    label: str
    effect: str
    perform: Callable[[World], object]
    done: str
    danger: bool = False


def _faults(*faults: Fault) -> Callable[[World], object]:
    """Faults are copied at each click, since their counts run down."""
    return lambda world: world.faults.extend(
        Fault(fault.provider, fault.match, fault.do, fault.times, fault.value) for fault in faults
    )


FAULTS: Final[dict[str, Action]] = {
    "stripe-timeout": Action(
        "Stripe: next charge times out after charging",
        "The card is charged, the shop gets no answer.",
        _faults(Fault("stripe", "POST /v1/payment_intents", "cut_after")),
        "Stripe will drop the connection after the next charge.",
    ),
    "nmi-timeout": Action(
        "NMI: next charge times out after charging",
        "The card is charged, the shop gets no answer.",
        _faults(Fault("nmi", "POST /api/transact.php", "cut_after")),
        "NMI will drop the connection after the next transaction.",
    ),
    "paypal-timeout": Action(
        "PayPal: next capture times out after capturing",
        "The money is taken, the shop gets no answer.",
        _faults(Fault("paypal", "/capture", "cut_after")),
        "PayPal will drop the connection after the next capture.",
    ),
    "nmi-slow": Action(
        "NMI answers slowly",
        "Every call takes eight seconds, until cleared.",
        _faults(Fault("nmi", "", "latency", None, 8000)),
        "NMI takes eight seconds for each answer now.",
    ),
    "crm-down": Action(
        "CRM down",
        "Every call fails with 503, until cleared.",
        _faults(Fault("konnektive", "", "status", None, 503)),
        "The CRM is down now.",
    ),
    "mail-down": Action(
        "Mail down",
        "Both mail providers fail with 503, until cleared.",
        _faults(Fault("sendgrid", "", "status", None, 503), Fault("resend", "", "status", None, 503)),
        "Both mail providers are down now.",
    ),
}
CHORES: Final[dict[str, Action]] = {
    "clear-faults": Action(
        "Clear all faults", "Providers behave again.", lambda world: world.faults.clear(), "All faults are cleared."
    ),
    "settle": Action(
        "Settle the NMI batch",
        "Closes NMI's day: unsettled sales become settled.",
        batches.settle,
        "The NMI batch is settled.",
    ),
    "reset": Action(
        "Reset the sandbox",
        "Forgets all charges, CRM orders, e-mails and faults.",
        lambda world: world.reset(),
        "The sandbox is empty again.",
        danger=True,
    ),
}
ACTIONS: Final = FAULTS | CHORES


def view(world: World) -> Html:
    return join(
        _panel("Make something go wrong", "faults-buttons", FAULTS),
        pending(world),
        _panel("Housekeeping", "chores", CHORES),
    )


def pending(world: World) -> Html:
    """The faults that wait for matching calls."""
    rows = [
        Row(
            at=0,
            title=f"{fault.provider} {DESCRIPTIONS[fault.do].format(value=fault.value)}",
            status="until cleared" if fault.times is None else f"{fault.times} more",
            tone=WAITING,
            lines=[f"For calls with “{fault.match}”" if fault.match else "For every call"],
        )
        for fault in world.faults
    ]
    return section("Scripted faults", rows, "None: every provider behaves.", name="pending-faults")


def _panel(heading: str, name: str, actions: dict[str, Action]) -> Html:
    return tag(
        "section",
        tag("h2", heading, id=f"{name}-heading"),
        tag("ul", [_button(key, action) for key, action in actions.items()], class_="actions"),
        class_="panel",
        aria_labelledby=f"{name}-heading",
    )


def _button(key: str, action: Action) -> Html:
    return tag(
        "li",
        tag(
            "form",
            tag("input", type="hidden", name="action", value=key),
            tag(
                "button",
                action.label,
                type="submit",
                class_="danger" if action.danger else None,
                aria_describedby=f"does-{key}",
            ),
            tag("p", action.effect, class_="note", id=f"does-{key}"),
            method="post",
            action="/_sandbox/do",
        ),
    )
