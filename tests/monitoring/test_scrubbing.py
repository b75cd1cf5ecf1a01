"""An event that a framework or a careless line has filled with a shopper's data leaves without any of it."""

import json

import pytest

from config.redaction import plain
from config.scrubbing import clean_event

CARELESS = {
    "event_id": "a" * 32,
    "level": "error",
    "platform": "python",
    "transaction": "/f/{handle}/{run_id}/{step}",
    "transaction_info": {"source": "route"},
    "tags": {"type": "payment_error", "email": "ada@example.com"},
    "user": {"ip_address": "203.0.113.7", "email": "ada@example.com"},
    "extra": {"form": {"firstName": "Ada", "payment_token": "ctoken_abc"}},
    "request": {
        "method": "POST",
        "url": "https://shop.example.com/f/serum/0b0e/processing/?payment_intent_client_secret=pi_1_secret_2",
        "query_string": "email=ada@example.com",
        "headers": {"Cookie": "run-secret=abc", "Authorization": "Bearer sk_test_1"},
        "cookies": {"run-secret": "abc"},
        "data": {"email": "ada@example.com"},
    },
    "breadcrumbs": {
        "values": [
            {
                "category": "httplib",
                "message": "GET https://crm.example.com/order/import/?loginId=shop&password=hush&firstName=Ada",
                "data": {"url": "https://crm.example.com/?emailAddress=ada%40example.com"},
            }
        ]
    },
    "exception": {
        "values": [
            {
                "type": "IntegrityError",
                "module": "django.db.utils",
                "value": 'duplicate key violates unique constraint "customer_email"\nDETAIL:  Key (email)=(ada@example.com)',
                "stacktrace": {"frames": [{"filename": "a.py", "lineno": 3, "vars": {"name": "Ada Lovelace"}}]},
            },
            {"type": "ValueError", "module": "builtins", "value": "12 Analytical St 4242 4242 4242 4242 'Ada'"},
            {"type": "CardError", "module": "stripe", "value": "Ada Lovelace's card was declined"},
            {
                "type": "OutcomeUnknown",
                "module": "integrations.errors",
                "value": "stripe: HTTP 500 for Ada Lovelace, ReadTimeout",
            },
        ]
    },
    "contexts": {"trace": {"trace_id": "t", "data": {"http.query": "email=ada@example.com"}}, "state": {"name": "Ada"}},
    "spans": [{"op": "db", "description": "SELECT 1 WHERE email = 'ada@example.com'", "data": {"db.params": ["Ada"]}}],
}
NEVER = [
    *("ada@example.com", "ada%40example.com", "Ada", "Lovelace", "203.0.113.7", "run-secret", "sk_test_1", "Bearer"),
    *("ctoken_abc", "pi_1_secret_2", "hush", "loginId", "4242", "0b0e"),
]


def test_nothing_of_the_shopper_leaves() -> None:
    text = json.dumps(clean_event(CARELESS))

    assert [word for word in NEVER if word in text] == []


def test_what_helps_to_mend_it_stays() -> None:
    event = clean_event(CARELESS)

    assert event["tags"] == {"type": "payment_error"}
    assert event["transaction"] == "/f/{handle}/{run_id}/{step}"
    assert event["request"] == {"method": "POST", "url": "https://shop.example.com/"}
    assert [value["type"] for value in event["exception"]["values"]] == [
        "IntegrityError",
        "ValueError",
        "CardError",
        "OutcomeUnknown",
    ]
    assert event["exception"]["values"][3]["value"] == "HTTP 500 ReadTimeout"
    assert event["exception"]["values"][0]["stacktrace"]["frames"] == [{"filename": "a.py", "lineno": 3}]


def test_an_address_without_a_route_is_not_named() -> None:
    event = {"transaction": "/f/ada@example.com/", "transaction_info": {"source": "url"}}

    assert clean_event(event)["transaction"] == "(no route)"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Order matching query does not exist.", "Order matching query does not exist."),
        ("column 'order.customer_id' is missing", "column 'order.customer_id' is missing"),
        ("no such name: 'Ada'", "no such name: [removed]"),
        ("call +1 (555) 010-0199 now", "call [removed] now"),
        ("key sk_test_abc123 is wrong", "key [removed] is wrong"),
        ("mail ada@example.com, please", "mail [removed] please"),
        ("see https://user:pass@example.com:8443/a/b?c=d", "see https://example.com:8443/"),
        ("path /f/serum/?email=x", "path /f/serum/[removed]"),
        ("card 4242-4242-4242-4242", "card [removed]"),
        ("took 2026-11-21 06:39", "took 2026-11-21 06:39"),
    ],
)
def test_words_keep_what_is_ours_and_lose_what_is_not(said: str, kept: str) -> None:
    assert plain(said) == kept
