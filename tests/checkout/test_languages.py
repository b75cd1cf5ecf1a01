"""Shoppers read a funnel in their language, from the first page to the mail; staff read English."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from checkout import runs
from checkout.page.choices import field_name
from config.demo.seed import seed
from funnels.models import Funnel, FunnelVersion, Product, Step
from orders.models import Event
from orders.telling import mail
from tests import factories
from tests.checkout.conftest import Shopper
from tests.sandbox_client import Sandbox

pytestmark = pytest.mark.django_db

SPANISH: Any = {"HTTP_ACCEPT_LANGUAGE": "es-MX,es;q=0.9,en;q=0.5"}
FRENCH: Any = {"HTTP_ACCEPT_LANGUAGE": "fr"}


def spoken(**fields: Any) -> FunnelVersion:
    """A funnel in English and Spanish that sells one thing."""
    draft = factories.funnel(offers=False, ships=False, languages=["en", "es"], **fields)
    for step, title in (("checkout", "Su pedido"), ("thanks", "Gracias")):
        Step.objects.filter(funnel=draft, key=step).update(translations={"es": {"title": title}})
    Product.objects.filter(merchant=draft.merchant).update(translations={"es": {"name": "Sérum de noche"}})
    return factories.published(draft)


class TestTheFirstLook:
    @pytest.mark.parametrize(
        ("query", "headers", "language", "name"),
        [
            ("", SPANISH, "es", "Sérum de noche"),
            ("", {}, "en", "Night serum"),
            ("", FRENCH, "en", "Night serum"),
            ("?lang=es", {}, "es", "Sérum de noche"),
            ("?lang=en", SPANISH, "en", "Night serum"),
            ("?lang=xx", SPANISH, "es", "Sérum de noche"),
        ],
    )
    def test_follows_the_address_then_the_browser(self, query: str, headers: Any, language: str, name: str) -> None:
        shopper = Shopper(spoken())
        shopper.start(query, **headers)

        page = shopper.see("checkout", **headers).content.decode()

        assert shopper.run.language == language
        assert f'<html lang="{language}"' in page
        assert name in page

    def test_a_funnel_of_one_language_stays_in_it_and_shows_no_switch(self) -> None:
        shopper = Shopper(factories.published(offers=False))
        shopper.start(**SPANISH)

        page = shopper.see("checkout", **SPANISH).content.decode()

        assert '<html lang="en"' in page
        assert "Secure checkout" in page
        assert "site-languages" not in page

    def test_is_drawn_once_for_each_language(self, django_assert_num_queries: Any) -> None:
        version = spoken()
        for query, word in (("?lang=es", "Pago seguro"), ("?lang=en", "Secure checkout")):
            shopper = Client()
            page = shopper.get(f"/f/{version.spec.handle}/{query}").url  # type: ignore[attr-defined]
            shopper.get(page)
            with django_assert_num_queries(2):  # the run, the gateway's account
                assert word in shopper.get(page).content.decode()


def test_the_switch_turns_the_page_and_what_follows() -> None:
    shopper = Shopper(spoken())
    shopper.start()
    assert 'href="?lang=es"' in shopper.see("checkout").content.decode()

    shopper.client.get(shopper.url("checkout") + "?lang=es")

    assert shopper.run.language == "es"
    assert "Escriba su correo electrónico" in shopper.client.post(shopper.url("checkout"), {}).content.decode()


def test_another_browser_cannot_turn_the_language_of_a_run() -> None:
    shopper = Shopper(spoken())
    shopper.start()

    Client().get(shopper.url("checkout") + "?lang=es")

    assert shopper.run.language == "en"


def test_a_declined_card_is_told_in_spanish(sandbox: Sandbox) -> None:
    shopper = Shopper(spoken(), sandbox)
    shopper.start("?lang=es")
    declined = shopper.submit(factories.DECLINED_CARD)

    page = shopper.client.get(declined.url).content.decode()  # type: ignore[attr-defined]

    assert "Su tarjeta ha sido rechazada." in page
    assert "No se ha realizado el pago" in page


def test_the_festival_is_bought_in_spanish_from_page_to_mail(sandbox: Sandbox) -> None:
    seed()
    version = Funnel.objects.get(handle="festival").published
    assert version is not None
    shopper = Shopper(version, sandbox)
    shopper.start(**SPANISH)
    page = shopper.see("checkout").content.decode()
    for text in ("Tres noches junto al agua", "Entrada de fin de semana", "De viernes a domingo", "Añada el ferri"):
        assert text in page
    weekend = shopper.run.current.choices[0]
    contact = {"email": "lucia@example.com", "firstName": "Lucía", "lastName": "Paz"}
    paid = shopper.client.post(
        shopper.url("checkout"),
        {**contact, field_name(weekend): "2", "payment_token": shopper.token(), "in_page": "1"},
    )

    offer = shopper.client.get(paid.url).content.decode()  # type: ignore[attr-defined]
    assert "Véalo desde dentro" in offer
    assert "Si acepta, se cargarán" in offer
    assert "en su Visa terminada en 4242" in offer
    shopper.decide("accept", "backstage")
    assert "Nos vemos en el muelle" in shopper.see("thank-you").content.decode()
    order = shopper.run.order
    assert order is not None
    assert (order.language, [line.name for line in order.lines.all()]) == (
        "es",
        ["Entrada de fin de semana", "Visita entre bastidores"],
    )
    written = mail.receipt(order)
    assert written.subject == f"Sus entradas de Harbour Lights, pedido {order.number}"
    assert "Gracias, Lucía." in written.text
    assert "Total pagado" in written.text
    assert '<html lang="es"' in written.html
    assert "303,00" in written.text
    assert "Visa terminada en 4242" in written.text


def test_what_is_recorded_for_staff_names_the_steps_as_they_do(sandbox: Sandbox) -> None:
    seed()
    version = Funnel.objects.get(handle="festival").published
    assert version is not None
    walk = factories.run(version, language="es")
    factories.pay(sandbox, walk, choice={field_name(walk.current.choices[0]): "1"})
    walk.refresh_from_db()

    runs.decline(walk, walk.current)

    assert Event.objects.get(kind="offer.declined").data["step"] == "Backstage tour"


def test_staff_read_english_whatever_their_browser_likes() -> None:
    client = Client()
    client.force_login(factories.superuser())

    assert "Log out" in client.get("/admin/", **SPANISH).content.decode()


def test_pages_without_a_run_follow_the_browser() -> None:
    page = Client().get("/withdraw/", **SPANISH).content.decode()

    assert '<html lang="es" ' in page
    assert "Desistir de una compra" in page
    assert translation.get_language() == "en"
