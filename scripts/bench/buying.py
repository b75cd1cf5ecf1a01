"""Sending shoppers through the demo funnels, and checking afterwards that each bought exactly once."""

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any

import httpx

from checkout.models import Run
from integrations.connections import Connection
from orders.models import Payment
from orders.states import OrderState, PaymentState
from scripts.bench.generator import BenchFailed, generate
from scripts.stack.parts import Stack

CARD = "4242424242424242"
SECONDS = 12

_numbers = itertools.count(1)


def buy(stack: Stack, handles: Sequence[str], *, count: int, shoppers: int, until: str = "thank-you") -> dict[str, Any]:
    """`count` purchases at these funnels in turn, by so many shoppers at once; all of them must have come to `until`."""
    chosen = list(itertools.islice(itertools.cycle(handles), count))
    found = generate("shop", purchases=purchases(stack, chosen, until=until), shoppers=shoppers, seconds=SECONDS)
    problems = [problem for visit in found["visits"] for problem in visit["problems"]]
    if problems:
        raise BenchFailed(f"{len(problems)} of {len(found['visits'])} shoppers got stuck, the first with {problems[0]}")
    return found


def purchases(stack: Stack, handles: Sequence[str], *, until: str = "thank-you") -> list[dict[str, str]]:
    """One purchase at each of these funnels, by a shopper of its own with a token of its own."""
    tokens = {handle: iter(_tokens(stack, handle, handles.count(handle))) for handle in set(handles)}
    return [
        {
            "start": f"{stack.site}/f/{handle}/?new=1",
            "token": next(tokens[handle]),
            "email": f"shopper-{next(_numbers)}@example.com",
            "until": until,
        }
        for handle in handles
    ]


def check_books(stack: Stack, orders: Sequence[str]) -> None:
    """BenchFailed unless each order is completed, its run finished, and paid by exactly one charge at the gateway."""
    if len(set(orders)) != len(orders):
        raise BenchFailed("two shoppers were shown the same order number")
    charges = _charges(stack)
    payments = Payment.objects.filter(order__number__in=orders).select_related("order")
    if Counter(payment.order.number for payment in payments) != Counter(orders):
        raise BenchFailed("an order has no payment, or more than one")
    for payment in payments:
        if payment.state != PaymentState.APPROVED or payment.order.state != OrderState.COMPLETED:
            raise BenchFailed(f"order {payment.order.number} is {payment.order.state}, its payment {payment.state}")
        if charges[payment.reference] != [payment.amount]:
            raise BenchFailed(f"the gateway holds {charges[payment.reference]} for order {payment.order.number}")
    finished = Run.objects.filter(order__number__in=orders, status=Run.Status.FINISHED).count()
    if finished != len(orders):
        raise BenchFailed(f"{finished} runs of {len(orders)} are finished")
    if len(charges) != Payment.objects.filter(state=PaymentState.APPROVED).count():
        raise BenchFailed("the gateways hold charges that no approved payment knows of")


class _Charges(dict[str, list[int]]):
    def __missing__(self, reference: str) -> list[int]:
        return []


def _charges(stack: Stack) -> _Charges:
    """What the gateways have captured: reference -> amounts."""
    found = _Charges()
    for charge in stack.ask("books?provider=stripe").get("charges", {}).values():
        if charge["captured"]:
            found.setdefault(charge["payment_intent"], []).append(charge["amount_captured"])
    for transaction in stack.ask("books?provider=nmi").get("transactions", {}).values():
        if transaction["captured"]:
            found.setdefault(transaction["transaction_id"], []).append(transaction["captured"])
    return found


def _tokens(stack: Stack, handle: str, count: int) -> list[str]:
    """Payment tokens as the browser's card fields get them, made before the clock runs."""
    gateway = next(funnel.gateway for funnel in stack.funnels if funnel.handle == handle)
    assert gateway is not None
    with httpx.Client(base_url=stack.sandbox, timeout=30) as http:
        return [token(http, gateway) for _ in range(count)]


def token(http: httpx.Client, gateway: Connection) -> str:
    """One single-use token of the test card, from the sandbox's browser endpoint."""
    if gateway.provider == Connection.Provider.STRIPE:
        fields = {"key": gateway.option("publishable_key"), "number": CARD, "expiry": "12 / 39", "cvc": "123"}
        answer = http.post("/stripe/js/api/confirmation_tokens", data=fields)
        return str(answer.raise_for_status().json()["id"])
    fields = {"key": gateway.option("tokenization_key"), "ccnumber": CARD, "ccexp": "1239", "cvv": "999"}
    return str(http.post("/nmi/token/api/tokenize", json=fields).raise_for_status().json()["token"])
