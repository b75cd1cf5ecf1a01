"""A merchant chooses the languages of a funnel, and writes every text of it in them on one page."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funnels import publishing
from funnels.access.roles import Role
from funnels.admin.languages import ChoosesLanguages
from funnels.editor.translating import sections
from funnels.models import Funnel, Membership, Merchant, Product, ShippingRate, Step, StepChoice
from funnels.readiness import problems
from tests import factories
from tests.admin.conftest import Shop, client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def funnel(fern: Shop) -> Funnel:
    """Serum and a choice with a note, to be delivered, in English and Spanish; nothing is translated yet."""
    draft = factories.funnel(merchant=fern.merchant, offers=False, languages=["en", "es"])
    ShippingRate.objects.create(merchant=fern.merchant, name="Standard", delivery="2–4 working days", amount=490)
    checkout = draft.steps.get(key="checkout")
    sold: Any = checkout.price
    Step.objects.filter(pk=checkout.pk).update(headline="Sleep on it", points="Rest\nGlow", price=None)
    StepChoice.objects.create(step=checkout, price=sold, note="30 ml")
    return draft


def url(funnel: Funnel, page: str = "languages") -> str:
    return reverse(f"admin:funnels_funnel_{page}", args=[funnel.pk])


def field(row: Any, name: str, language: str = "es") -> str:
    return f"{row._meta.model_name}-{row.pk}-{name}-{language}"


def shown(funnel: Funnel) -> dict[str, str]:
    """What a browser sends of a page that nobody has touched."""
    texts = [text for section in sections(funnel) for text in section.texts]
    said = {f"{text.key}-es": text.said_in("es") for text in texts}
    return {**said, **{f"initial-{name}": words for name, words in said.items()}}


def checkout_of(funnel: Funnel) -> Step:
    return funnel.steps.get(key="checkout")


def test_every_text_stands_beside_a_field_and_what_is_missing_is_counted(fern: Shop, funnel: Funnel) -> None:
    Step.objects.filter(funnel=funnel, key="thanks").update(translations={"es": {"title": "Gracias"}})

    answer = fern.client.get(url(funnel))

    listed = [
        (section.kind, section.title, [text.name for text in section.texts], section.missing)
        for section in answer.context["form"].shown()
    ]
    assert listed == [
        ("Step", "Checkout", ["Title", "Headline", "Points", "Note of “Night serum”"], 4),
        ("Step", "Thank you", ["Title"], 0),
        ("Product", "Night serum", ["Name"], 1),
        ("Shipping rate", "Standard", ["Name", "When it arrives"], 2),
    ]
    page = answer.content.decode()
    assert "Spanish: 7 texts missing" in page
    assert f'<label for="text-{field(checkout_of(funnel), "headline")}">Headline in Spanish</label>' in page


def test_everything_is_saved_at_once_and_the_funnel_can_then_be_published(fern: Shop, funnel: Funnel) -> None:
    typed = {
        name: f"ES {name}" if "points" not in name else "Descanso\r\nBrillo"
        for name in shown(funnel)
        if "initial" not in name
    }
    assert [each.message for each in problems(funnel)] == [
        "“Checkout” has no text in Spanish for: title, headline, points, note.",
        "“Thank you” has no text in Spanish for: title.",
        "“Night serum” has no text in Spanish for: name.",
        "“Standard” has no text in Spanish for: name, when it arrives.",
    ]

    answer = fern.client.post(url(funnel), {**shown(funnel), **typed})

    assert answer.headers["Location"] == url(funnel)
    checkout = checkout_of(funnel)
    assert checkout.translations["es"]["points"] == "Descanso\nBrillo"
    assert checkout.revision == 1
    note = checkout.choices.get()
    assert note.translations == {"es": {"note": f"ES {field(note, 'note')}"}}
    assert LogEntry.objects.latest("pk").change_message == "8 texts are saved."
    assert problems(funnel) == []
    spec = publishing.publish(funnel=funnel, by=None).spec.in_language("es")
    assert spec.steps["checkout"].points == ("Descanso", "Brillo")


def test_only_what_was_changed_is_written_so_that_a_colleagues_words_stay(fern: Shop, funnel: Funnel) -> None:
    checkout = checkout_of(funnel)
    opened = shown(funnel)
    Step.objects.filter(pk=checkout.pk).update(translations={"es": {"title": "De una colega"}})

    fern.client.post(url(funnel), {**opened, field(checkout, "headline"): "Consúltelo con la almohada"})

    assert checkout_of(funnel).translations == {
        "es": {"title": "De una colega", "headline": "Consúltelo con la almohada"}
    }


def test_a_text_is_taken_away_by_emptying_its_field(fern: Shop, funnel: Funnel) -> None:
    thanks = funnel.steps.get(key="thanks")
    Step.objects.filter(pk=thanks.pk).update(translations={"es": {"title": "Gracias"}})

    fern.client.post(url(funnel), {**shown(funnel), field(thanks, "title"): " "})

    assert funnel.steps.get(key="thanks").translations == {}


def test_a_text_that_is_too_long_is_told_at_its_field_and_nothing_is_saved(fern: Shop, funnel: Funnel) -> None:
    checkout = checkout_of(funnel)
    typed = {field(checkout, "headline"): "a" * 161, field(checkout, "title"): "Pedido"}

    answer = fern.client.post(url(funnel), {**shown(funnel), **typed})

    assert answer.status_code == 422
    assert answer.context["form"].errors == {
        field(checkout, "headline"): ["Ensure this value has at most 160 characters (it has 161)."]
    }
    assert 'value="Pedido"' in answer.content.decode()
    assert checkout_of(funnel).translations == {}


def test_a_page_that_was_not_touched_changes_nothing(fern: Shop, funnel: Funnel) -> None:
    for sent in (shown(funnel), {}):
        fern.client.post(url(funnel), sent)

    assert list(funnel.steps.values_list("translations", "revision")) == [({}, 0), ({}, 0)]
    assert not LogEntry.objects.exists()


def test_products_and_delivery_are_changed_only_by_who_may_change_them(fern: Shop, funnel: Funnel) -> None:
    person = factories.user(merchant=fern.merchant, permissions=("funnels.view_funnel", "funnels.change_funnel"))
    checkout = checkout_of(funnel)
    serum = checkout.choices.get().price.product
    typed = {field(serum, "name"): "Suero", field(checkout, "title"): "Pedido"}

    client_of(person).post(url(funnel), {**shown(funnel), **typed})

    assert Product.objects.get(pk=serum.pk).translations == {}
    assert checkout_of(funnel).translations == {"es": {"title": "Pedido"}}


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.FINANCE, Role.READ_ONLY])
def test_who_only_reads_is_refused_and_sees_no_way_there(fern: Shop, funnel: Funnel, role: Role) -> None:
    person = factories.user()
    Membership.objects.create(user=person, merchant=fern.merchant, role=role)
    reader = client_of(person)
    typed = {field(checkout_of(funnel), "title"): "Pedido"}

    assert reader.get(url(funnel)).status_code == 403
    assert reader.post(url(funnel), typed).status_code == 403
    assert url(funnel) not in reader.get(url(funnel, "change")).content.decode()
    assert checkout_of(funnel).translations == {}


def test_another_merchants_funnel_is_not_found(moss: Shop, funnel: Funnel) -> None:
    assert moss.client.get(url(funnel)).status_code == 404
    assert moss.client.post(url(funnel), {field(checkout_of(funnel), "title"): "Pedido"}).status_code == 404
    assert checkout_of(funnel).translations == {}


def test_each_problem_of_a_missing_text_leads_to_the_page(fern: Shop, funnel: Funnel) -> None:
    page = fern.client.get(url(funnel, "publish")).context["page"]

    found = [*page.problems, *(problem for step in page.steps for problem in step.problems)]
    assert [(problem.url, str(problem.url_label)) for problem in found] == [(url(funnel), "Open the languages")] * 4


def test_more_texts_cost_no_more_queries(fern: Shop, funnel: Funnel) -> None:
    client = fern.client
    with CaptureQueriesContext(connection) as before:
        client.get(url(funnel))
    for number in range(5):
        made = factories.price(product=factories.product(f"Kit {number}", merchant=fern.merchant))
        Step.objects.create(
            funnel=funnel, position=number + 5, key=f"kit-{number}", kind="upsell", title="Kit", price=made
        )

    with CaptureQueriesContext(connection) as after:
        client.get(url(funnel))

    assert len(after) == len(before)


def test_a_funnel_of_one_language_has_nothing_to_translate(fern: Shop) -> None:
    page = fern.client.get(url(fern.version.funnel)).content.decode()

    assert "Shoppers read this funnel in English alone." in page
    assert "<textarea" not in page


class TestChoosing:
    @pytest.mark.parametrize(
        ("shops", "now", "chosen", "stored"),
        [
            ("en", [], ["en", "es"], ["en", "es"]),
            ("en", ["en", "es"], ["en"], []),
            ("en", ["en", "es"], ["es"], ["es"]),
            ("en", ["es"], ["en", "es"], ["es", "en"]),
            ("es", [], ["en", "es"], ["es", "en"]),
            ("en", ["en", "es"], [], []),
        ],
    )
    def test_a_further_language_never_takes_the_first_ones_place(
        self, fern: Shop, shops: str, now: list[str], chosen: list[str], stored: list[str]
    ) -> None:
        Merchant.objects.filter(pk=fern.merchant.pk).update(language=shops)
        Funnel.objects.filter(pk=fern.version.funnel_id).update(languages=now)
        funnel = Funnel.objects.get(pk=fern.version.funnel_id)

        class Form(ChoosesLanguages):
            class Meta:
                model = Funnel
                fields = ("languages",)

        form = Form({"languages": chosen}, instance=funnel)

        assert form.is_valid(), form.errors
        assert form.save().languages == stored

    def test_it_is_a_field_of_the_funnels_settings(self, fern: Shop) -> None:
        funnel = fern.version.funnel
        page = fern.client.get(url(funnel, "settings"))
        assert page.context["adminform"].form.initial["languages"] == ["en"]
        sent = {"name": funnel.name, "handle": funnel.handle, "theme": funnel.theme_id, "gateway": funnel.gateway_id}

        fern.client.post(url(funnel, "settings"), {**sent, "countries": "US", "languages": ["es", "en"]})

        assert Funnel.objects.get(pk=funnel.pk).languages == ["en", "es"]


def test_the_small_print_of_an_event_is_translated_with_what_admits_to_it(fern: Shop, funnel: Funnel) -> None:
    event = factories.ticket_event(merchant=fern.merchant, name="Nightjar", terms="No dogs.")
    Product.objects.filter(pk=checkout_of(funnel).choices.get().price.product_id).update(event=event)
    assert "“Nightjar” has no text in Spanish for: small print." in [each.message for each in problems(funnel)]

    typed = {field(event, "terms"): "Sin perros.", field(event, "venue"): "Muelle 9"}
    fern.client.post(url(funnel), {**shown(funnel), **typed})

    event.refresh_from_db()
    assert [event.said_in(language, "terms") for language in ("es", "en")] == ["Sin perros.", "No dogs."]
    assert [event.said_in("es", name) for name in ("name", "venue")] == ["Nightjar", "Muelle 9"]
