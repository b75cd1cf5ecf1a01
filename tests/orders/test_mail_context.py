"""The mails to shoppers: what they say, what they leave out, and how a shop's look reaches them."""

import re
from dataclasses import replace
from html import unescape

import pytest
from django.template.loader import render_to_string

from integrations.email.message import inline_css
from orders.telling.mail_context import LOOKS, MailLine, MailShell, OrderMail, ReceiptMail, RefundMail, mail_tokens

SHELL = MailShell(
    merchant="Fern & Salt",
    theme="botanica",
    tokens=mail_tokens("botanica", {}),
    language="en",
    logo_url="https://shop.example/logo.png",
    support_email="help@fern.example",
)
RECEIPT = ReceiptMail(
    shell=SHELL,
    order_number="K7M2-4QXD",
    date="21 November 2026",
    email="mara@example.com",
    first_name="Mara",
    lines=(
        MailLine(name="Night Serum", quantity=2, amount="$98.00"),
        MailLine(name="Gua sha stone", quantity=1, amount="$18.00"),
    ),
    subtotal="$116.00",
    discount="−$10.00",
    shipping="$5.00",
    shipping_name="Express",
    taxes=(("Sales tax (IL 8.25%)", "$9.28"),),
    total="$120.28",
    method="Visa ending 4242",
    address=("Mara Lindqvist", "12 Harbour Lane"),
)
REFUND = RefundMail(
    shell=SHELL,
    order_number="K7M2-4QXD",
    date="21 November 2026",
    email="mara@example.com",
    first_name="Mara",
    lines=RECEIPT.lines,
    subtotal="$116.00",
    total="$116.00",
    method="Visa ending 4242",
    amount="$18.00",
    refunded_total="$28.00",
    kind="partial",
    reason="The stone arrived chipped.",
)


def html(mail: OrderMail) -> str:
    return render_to_string(mail.templates("html"), {"mail": mail})


def text(mail: OrderMail) -> str:
    return render_to_string(mail.templates("txt"), {"mail": mail})


def words(page: str) -> str:
    body = page[page.index("<body") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.mark.parametrize("mail", [RECEIPT, REFUND], ids=["receipt", "refund"])
@pytest.mark.parametrize("said", ["K7M2-4QXD", "21 November 2026", "$98.00", "Visa ending 4242", "help@fern.example"])
def test_both_halves_of_a_mail_say_the_same(mail: OrderMail, said: str) -> None:
    assert said in words(html(mail))
    assert said in text(mail)


def test_a_receipt_shows_every_row_of_the_bill() -> None:
    shown = words(html(RECEIPT))
    assert (
        "Night Serum × 2 $98.00 Gua sha stone $18.00 Subtotal $116.00 Discount −$10.00 Shipping (Express) $5.00 "
        "Sales tax (IL 8.25%) $9.28 Total paid $120.28" in shown
    )
    assert "Subtotal                               $116.00\n" in text(RECEIPT)
    assert "Shipping (Express)                       $5.00\n" in text(RECEIPT)
    assert "Sales tax (IL 8.25%)                     $9.28\n" in text(RECEIPT)
    assert "Total paid                             $120.28\n" in text(RECEIPT)


def test_tax_that_prices_contain_is_told_below_the_total() -> None:
    included = replace(RECEIPT, taxes=(), included=("Includes $19.20 VAT (19%)",))
    assert "Total paid $120.28 Includes $19.20 VAT (19%)" in words(html(included))
    assert "$120.28\nIncludes $19.20 VAT (19%)\n" in text(included)


def test_rows_that_do_not_apply_are_left_out() -> None:
    plain = replace(RECEIPT, discount="", shipping="", taxes=(), method="", address=())
    for half in (words(html(plain)), text(plain)):
        for row in ("Subtotal", "Discount", "Shipping", "tax", "Includes", "Paid with", "Delivery to"):
            assert row not in half


def test_a_partial_refund_says_what_came_back_now_and_in_all() -> None:
    shown = words(html(REFUND))
    assert "Part of your order has been refunded $18.00" in shown
    assert "Order total $116.00 Refunded so far $28.00" in shown
    assert "Reason The stone arrived chipped." in shown
    assert "Refund: $18.00" in text(REFUND)


def test_a_full_refund_says_that_the_order_was_refunded() -> None:
    assert "Your order has been refunded $116.00" in words(html(replace(REFUND, kind="full", amount="$116.00")))


def test_names_are_escaped_in_html_and_plain_in_text() -> None:
    mail = replace(
        RECEIPT, first_name="<b>Mara</b>", lines=(MailLine(name="Salt & Stone", quantity=1, amount="$1.00"),)
    )
    assert "Thank you, &lt;b&gt;Mara&lt;/b&gt;" in html(mail)
    assert "Salt & Stone\n" in text(mail)
    assert "Thank you, <b>Mara</b>." in text(mail)


def test_subjects_name_the_shop_and_the_order() -> None:
    assert RECEIPT.subject == "Your receipt from Fern & Salt, order K7M2-4QXD"
    assert REFUND.subject == "Your refund of $18.00 from Fern & Salt"


def test_a_shop_without_a_logo_is_named_in_words() -> None:
    page = html(replace(RECEIPT, shell=replace(SHELL, logo_url="")))
    assert "<img" not in page
    assert '<span class="brand-name">Fern &amp; Salt</span>' in page


def test_the_look_is_inlined_and_the_dark_mode_stays() -> None:
    page = inline_css(html(RECEIPT))
    card = re.search(r'<table class="card"[^>]*style="([^"]+)"', page)
    assert card is not None
    assert f"background-color: {LOOKS['botanica']['surface']}" in card[1]
    assert "@media (prefers-color-scheme: dark)" in page


def test_a_merchants_hex_colour_reaches_the_mail() -> None:
    look = mail_tokens("quiet", {"--color-accent": "#0A7A5B", "--color-accent-dark": "#8fd"})
    assert (look["accent"], look["dark_accent"]) == ("#0A7A5B", "#8fd")


@pytest.mark.parametrize(
    "value", ["", "rebeccapurple", "var(--x)", "#12345", "#000;} body{display:none", "#000</style>"]
)
def test_anything_but_a_hex_colour_keeps_the_themes_own(value: str) -> None:
    assert mail_tokens("botanica", {"--color-accent": value}) == LOOKS["botanica"]


def test_an_unknown_theme_gets_the_neutral_look() -> None:
    assert mail_tokens("their-own", {}) == LOOKS["quiet"]


def test_every_look_names_the_same_values() -> None:
    assert {frozenset(look) for look in LOOKS.values()} == {frozenset(LOOKS["quiet"])}


def test_a_theme_may_bring_its_own_template() -> None:
    assert RECEIPT.templates("html") == ["themes/botanica/emails/receipt.html", "emails/receipt.html"]
