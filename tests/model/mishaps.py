"""What can go wrong in the middle of a deed: a process that dies, an answer that is lost, a webhook that overtakes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from orders.payments import charging, settling
from orders.refunds import refunding


class Died(BaseException):
    """The process was killed; nothing after this line ever ran."""


# Faults of the gateway, by the sandbox: the answer is lost, before or after the deed took effect.
LOST = ("cut_before", "cut_after", "malformed", "status")
DIES = ("dies before the call", "dies before settling")
OVERTAKEN = "the webhook is quicker"
CHARGE_MISHAPS = ("none", "none", "none", *LOST, *DIES, OVERTAKEN)
# A worker may die with a charge that waited for it in its hands.
JOB_MISHAPS = ("none", "none", "none", "none", *LOST, *DIES)
BOOK_MISHAPS = ("none", "none", "none", *LOST)
REFUND_MISHAPS = ("none", "none", *LOST, *DIES)


@contextmanager
def replaced(module: Any, name: str, value: Any) -> Iterator[None]:
    kept = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, kept)


def _die(*_args: Any, **_kwargs: Any) -> None:
    raise Died


@contextmanager
def charge_mishap(mishap: str, *, late: list[Callable[[], Any]], webhooks: Callable[[], Any]) -> Iterator[None]:
    """Let a charge end this way. A dead process's answer goes to `late`, for a process that was only slow."""
    settle = settling.settle

    def keep_and_die(*args: Any, **kwargs: Any) -> None:
        late.append(lambda: settle(*args, **kwargs))
        raise Died

    def webhooks_first(*args: Any, **kwargs: Any) -> Any:
        settling.settle = settle
        webhooks()
        return settle(*args, **kwargs)

    ways = {
        "dies before the call": (charging, "gateway_for", _die),
        "dies before settling": (settling, "settle", keep_and_die),
        OVERTAKEN: (settling, "settle", webhooks_first),
    }
    if mishap not in ways:
        yield
        return
    with replaced(*ways[mishap]):
        yield


@contextmanager
def refund_mishap(mishap: str) -> Iterator[None]:
    ways = {
        "dies before the call": (refunding, "gateway_for", _die),
        "dies before settling": (refunding, "settle", _die),
    }
    if mishap not in ways:
        yield
        return
    with replaced(*ways[mishap]):
        yield
