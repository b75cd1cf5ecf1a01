"""The test cards, one table for every gateway."""

from typing import Final

from integrations.sandbox.pages.markup import Html, tag

BOTH: Final = (
    ("4242 4242 4242 4242", "Visa, approved", "approved"),
    ("4111 1111 1111 1111", "Visa, approved", "approved"),
    ("5555 5555 5555 4444", "Mastercard, approved", "approved"),
    ("5431 1111 1111 1111", "Mastercard, approved", "approved"),
    ("4000 0000 0000 0002", "declined", "200 declined"),
    ("4000 0000 0000 9995", "insufficient funds", "202 insufficient funds"),
    ("4000 0000 0000 0069", "expired card", "223 expired card"),
    ("4000 0000 0000 0127", "wrong security code", "225 invalid security code"),
    ("4000 0000 0000 0119", "processing error", "400 processor error"),
    ("4000 0000 0000 9987", "lost card", "251 lost card"),
    ("4000 0000 0000 9979", "stolen card", "252 stolen card"),
    ("4000 0000 0000 0341", "can be saved, charge fails", "can be saved, charge fails"),
    ("4000 0000 0000 0259", "approved, then disputed", "approved, charged back when settled"),
)
STRIPE_ONLY: Final = (
    ("4000 0027 6000 3184", "asks for authentication every time"),
    ("4000 0025 0000 3155", "asks for authentication unless set up before"),
    ("4000 0000 0000 3220", "asks for 3-D Secure 2"),
    ("4000 0084 0000 1629", "asks for 3-D Secure, then declines"),
    ("4000 0082 6000 3178", "asks for authentication, then insufficient funds"),
)


def view() -> Html:
    """The table and, under it, the rules that go by amount, code and address."""
    rows = [_line(number, stripe, nmi) for number, stripe, nmi in BOTH]
    rows += [_line(number, stripe, "approved") for number, stripe in STRIPE_ONLY]
    return tag(
        "section",
        tag("h2", "Test cards", id="cards-heading"),
        tag("p", "Any future date and any security code will do unless a row says otherwise.", class_="note"),
        tag(
            "div",
            tag(
                "table",
                tag(
                    "thead",
                    tag(
                        "tr",
                        [tag("th", name, scope="col", role="columnheader") for name in ("Number", "Stripe", "NMI")],
                        role="row",
                    ),
                    role="rowgroup",
                ),
                tag("tbody", rows, role="rowgroup"),
                role="table",
                aria_labelledby="cards-heading",
            ),
            class_="scroll",
        ),
        tag(
            "p",
            "NMI also declines amounts under 1.00, matches security code 999, postcode 77777 and address 888,"
            " and refuses numbers with a wrong check digit.",
            class_="note",
        ),
        tag(
            "p",
            "PayPal needs no card: on its approval page choose who pays and how the payment goes.",
            class_="note",
        ),
        class_="panel",
        id="cards",
    )


def _line(number: str, stripe: str, nmi: str) -> Html:
    """One card. The roles keep it a table where narrow screens lay it out as a list."""
    return tag(
        "tr",
        tag("th", number, scope="row", role="rowheader"),
        tag("td", stripe, role="cell", data_gateway="Stripe"),
        tag("td", nmi, role="cell", data_gateway="NMI"),
        role="row",
    )
