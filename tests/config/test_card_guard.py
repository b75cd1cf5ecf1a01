"""A card number in any request is refused and is then nowhere: in no row, no log, no answer."""

import json
from typing import Any

import pytest
import structlog
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from config.redaction import MASK, find_card_number, is_card_number, redact, scrub
from orders.models import Payment
from tests import factories
from tests.checkout.conftest import FORM, Shopper, text

CARD = "4242424242424242"
SPELLINGS = [CARD, "4242 4242 4242 4242", "4242-4242-4242-4242", "4242 424242 42424 2", "378282246310005",
             "my card is 5555555555554444, thanks"]  # fmt: skip


def database_holds(number: str) -> list[str]:
    """The tables in which these digits stand anywhere."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{number}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


def digits(spelling: str) -> str:
    return "".join(filter(str.isdigit, spelling))


@pytest.fixture
def visitor(db: None) -> Shopper:
    return Shopper(factories.published())


@pytest.mark.django_db
class TestRefused:
    def refused(self, response: Any) -> None:
        assert response.status_code == 400
        assert "we never accept card numbers here" in text(response)
        assert CARD not in response.content.decode()

    def test_in_the_name_of_a_field(self, visitor: Shopper) -> None:
        visitor.start()
        self.refused(
            visitor.client.post(visitor.url("checkout"), f"{CARD}=x", content_type="application/x-www-form-urlencoded")
        )
        self.refused(visitor.client.post(visitor.url("checkout"), {CARD: "x"}))

    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_in_json(self, visitor: Shopper, spelling: str, logged: Any) -> None:
        body = json.dumps({"card": {"note": spelling}})
        self.refused(visitor.client.post(f"/f/{visitor.handle}/", body, content_type="application/json"))
        assert digits(spelling) not in logged()

    @pytest.mark.parametrize("query", [CARD, "4242+4242+4242+4242", "4242%204242%204242%204242", "4242-4242-4242-4242"])
    def test_in_the_query(self, visitor: Shopper, query: str, logged: Any) -> None:
        self.refused(visitor.start(f"?utm_source={query}"))
        assert database_holds(CARD) == []
        assert query not in logged()
        assert CARD not in logged()

    def test_in_the_path(self, visitor: Shopper, logged: Any) -> None:
        self.refused(visitor.client.get(f"/f/{CARD}/"))
        assert "card_number_refused" in logged()
        assert CARD not in logged()

    @pytest.mark.parametrize("header", ["Referer", "User-Agent"])
    def test_in_a_header_that_we_would_keep(self, visitor: Shopper, header: str, logged: Any) -> None:
        visitor.start(headers={header: f"https://shop.example/?card={CARD}&a=1"})
        assert f"https://shop.example/?card={MASK}&a=1" in (visitor.run.user_agent, *visitor.run.attribution.values())
        assert database_holds(CARD) == []
        assert CARD not in logged()

    def test_in_an_uploaded_file(self, visitor: Shopper, logged: Any) -> None:
        visitor.start()
        upload = SimpleUploadedFile("a.txt", f"my card: {CARD}".encode())
        self.refused(visitor.client.post(visitor.url("checkout"), {**FORM, "file": upload}))
        assert database_holds(CARD) == []
        assert CARD not in logged()


@pytest.mark.django_db
class TestCheckoutForm:
    """The page is shown again, and says at the field where a card number belongs."""

    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_the_number_is_nowhere_and_the_rest_is_kept(self, visitor: Shopper, spelling: str, logged: Any) -> None:
        visitor.start()
        response = visitor.client.post(visitor.url("checkout"), {**FORM, "lastName": spelling, "payment_token": "tok"})
        assert response.status_code == 422
        assert "This is a card number. Enter it in the card fields of the payment form" in text(response)
        page = response.content.decode()
        assert 'value="12 Analytical St"' in page
        assert digits(spelling) not in page
        assert spelling not in page
        assert (visitor.run.contact["lastName"], visitor.run.contact["email"]) == ("", "ada@example.com")
        assert database_holds(digits(spelling)[:12]) == database_holds(spelling) == []
        assert spelling not in logged()
        assert digits(spelling) not in logged()

    def test_in_a_hidden_field_nothing_is_charged_either(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.client.post(visitor.url("checkout"), {**FORM, "payment_token": CARD})
        assert response.status_code == 422
        assert CARD not in response.content.decode()
        assert not Payment.objects.exists()

    def test_in_a_field_that_the_form_does_not_have_it_is_refused(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.client.post(visitor.url("checkout"), {**FORM, "number": CARD})
        assert response.status_code == 400


@pytest.mark.django_db
class TestAccepted:
    def test_other_long_numbers_are(self, visitor: Shopper) -> None:
        visitor.start()
        for value in ("4242424242424241", "1234567890", "0000000000000000", "+1 555 0100 0100"):
            response = visitor.client.post(visitor.url("checkout"), {**FORM, "lastName": value})
            assert response.status_code == 422
        assert visitor.run.contact["lastName"] == "+1 555 0100 0100"

    def test_advertisers_ids_and_time_stamps_in_the_address_are(self, visitor: Shopper) -> None:
        for number in range(1763699000000, 1763699000010):
            assert visitor.start(f"?utm_campaign={number * 100000}&gclid={number}").status_code == 303

    def test_a_webhook_is_not_inspected(self, db: None) -> None:
        response = Client().post("/webhooks/stripe/nosuch/", f'{{"number": "{CARD}"}}', content_type="application/json")
        assert response.status_code == 404


class TestRedaction:
    @pytest.mark.parametrize("spelling", SPELLINGS)
    def test_a_card_number_is_found_and_removed(self, spelling: str) -> None:
        assert find_card_number(spelling)
        assert digits(spelling) not in digits(scrub(spelling))
        assert MASK in scrub(spelling)

    @pytest.mark.parametrize(
        "number",
        [
            "",
            "4242",
            "1763699000002",
            "120208312345670121",
            "23842000000000003",
            "4242424242424241",
            "0" * 16,
            "4" * 20,
            "pi_3042424242424242",
        ],
    )
    def test_other_numbers_stay(self, number: str) -> None:
        assert scrub(number) == number

    @pytest.mark.parametrize(
        ("number", "expected"), [(CARD, True), ("4222222222222", True), ("4242424242424243", False), ("424242", False)]
    )
    def test_a_card_number_passes_its_check(self, number: str, expected: bool) -> None:
        assert is_card_number(number) is expected

    def test_secret_and_personal_keys_lose_their_values_at_every_depth(self) -> None:
        event = redact(None, "info", {
            "event": f"paid with {CARD}",
            "security_key": "abc",
            "email": "ada@example.com",
            "nested": {"client_secret": "x", "list": [CARD, {"token": "y"}], "status": 200},
            "tuple": (CARD,),
            "password": "",
        })  # fmt: skip
        assert event == {
            "event": f"paid with {MASK}",
            "security_key": MASK,
            "email": MASK,
            "nested": {"client_secret": MASK, "list": [MASK, {"token": MASK}], "status": 200},
            "tuple": [MASK],
            "password": "",
        }

    def test_a_logged_line_goes_through_it(self) -> None:
        processors = structlog.get_config()["processors"]
        assert redact in processors
