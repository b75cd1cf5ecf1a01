"""What a merchant sets up: connections with their secrets, prices, themes, and funnels that are published."""

import pytest
from django.urls import reverse
from django.utils import timezone

from funnels.layouts import LAYOUTS
from funnels.models import Funnel, Price, Step
from integrations.connections import Connection
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.admin.test_scoping import funnel_form

SECRET = "sk_test_visiblyfakesecretofthetests"


def change(name: str, row: object) -> str:
    return reverse(f"admin:{name}_change", args=[row.pk])


@pytest.fixture
def account(fern: Shop) -> Connection:
    return fern.version.funnel.gateway


def test_a_secret_goes_in_and_never_comes_out(fern: Shop, account: Connection) -> None:
    address = change("integrations_connection", account)
    data = {"name": account.name, "active": "on", "option_publishable_key": "pk_test_new", "secret_secret_key": SECRET}

    responses = [fern.client.post(address, data, follow=True), fern.client.get(address)]
    # Refused, so the form comes back with what was typed.
    responses.append(fern.client.post(address, data | {"name": ""}))
    responses += [fern.client.get(reverse("admin:integrations_connection_changelist")), fern.client.get("/admin/")]
    responses.append(fern.client.get(reverse("admin:integrations_connection_history", args=[account.pk])))

    account.refresh_from_db()
    assert account.secrets == {"secret_key": SECRET, "webhook_secret": factories.WEBHOOK_SECRET}
    assert account.option("publishable_key") == "pk_test_new"
    for response in responses:
        assert response.status_code == 200
        assert SECRET not in response.content.decode()
        assert factories.WEBHOOK_SECRET not in response.content.decode()


def test_an_empty_secret_keeps_the_stored_one(fern: Shop, account: Connection) -> None:
    before = account.secrets
    data = {"name": "Renamed", "active": "on", "option_publishable_key": "pk_test_x", "secret_secret_key": ""}

    fern.client.post(change("integrations_connection", account), data)

    account.refresh_from_db()
    assert (account.name, account.secrets) == ("Renamed", before)


def test_the_page_says_which_secrets_are_set_and_where_webhooks_go(fern: Shop, settings: object) -> None:
    account = factories.connection("nmi", merchant=fern.merchant)
    account.secrets = {"security_key": "sandbox_security_x"}
    account.save()

    page = fern.client.get(change("integrations_connection", account)).content.decode()

    assert f"http://127.0.0.1:8000/webhooks/nmi/{account.public_id}/" in page
    assert page.count("Set. Leave it empty to keep it.") == 1
    assert page.count("Not set.") == 1
    assert "Off until the signing secret is set." in page


def test_a_test_key_is_refused_for_a_live_account(fern: Shop, account: Connection) -> None:
    data = {
        "name": account.name,
        "active": "on",
        "live": "on",
        "option_publishable_key": "",
        "secret_secret_key": SECRET,
    }

    response = fern.client.post(change("integrations_connection", account), data)

    assert "secret_secret_key" in response.context["adminform"].form.errors
    account.refresh_from_db()
    assert not account.live


def test_two_accounts_of_a_merchant_cannot_have_one_name(fern: Shop, account: Connection) -> None:
    data = {"merchant": fern.merchant.pk, "provider": "smtp", "name": account.name}

    response = fern.client.post(reverse("admin:integrations_connection_add"), data)

    assert response.context["adminform"].form.errors["name"] == ["Another connection has this name."]


def price_form(price: Price, **changes: str) -> dict[str, object]:
    return {"product": price.product_id, "currency": price.currency, "interval": "once", **changes}


def test_a_price_is_typed_in_major_units(fern: Shop) -> None:
    product = factories.product(merchant=fern.merchant)
    data = {"product": product.pk, "currency": "USD", "amount": "49.90", "compare_at": "60", "interval": "once"}

    fern.client.post(reverse("admin:funnels_price_add"), data)
    fern.client.post(reverse("admin:funnels_price_add"), data | {"currency": "JPY", "amount": "4900", "compare_at": ""})

    assert list(product.prices.order_by("pk").values_list("amount", "compare_at", "currency")) == [
        (4990, 6000, "USD"),
        (4900, None, "JPY"),
    ]


def test_an_amount_finer_than_the_currency_is_refused(fern: Shop) -> None:
    product = factories.product(merchant=fern.merchant)
    data = {"product": product.pk, "currency": "JPY", "amount": "49.90", "interval": "once"}

    response = fern.client.post(reverse("admin:funnels_price_add"), data)

    assert response.context["adminform"].form.errors["amount"] == ["This is finer than the smallest unit of JPY."]
    assert not product.prices.exists()


def test_a_published_price_is_archived_but_never_edited(fern: Shop) -> None:
    price = fern.version.funnel.steps.get(kind=Step.Kind.CHECKOUT).price

    fern.client.post(change("funnels_price", price), price_form(price, amount="1.00", archived="on"))

    price.refresh_from_db()
    assert price.amount == 4900
    assert price.archived_at is not None


def test_an_unpublished_price_can_be_edited(fern: Shop) -> None:
    price = factories.price(4900, product=factories.product(merchant=fern.merchant))

    fern.client.post(change("funnels_price", price), price_form(price, amount="1.00"))

    price.refresh_from_db()
    assert (price.amount, price.archived_at) == (100, None)


def test_prices_are_archived_from_the_list(fern: Shop) -> None:
    price = factories.price(product=factories.product(merchant=fern.merchant))

    fern.client.post(reverse("admin:funnels_price_changelist"), {"action": "archive", "_selected_action": [price.pk]})

    price.refresh_from_db()
    assert price.archived_at is not None
    assert price.archived_at <= timezone.now()


def theme_form(shop: Shop, theme: object) -> dict[str, object]:
    form = shop.client.get(change("funnels_theme", theme)).context["adminform"].form
    return {field.name: getattr(field.value(), "pk", field.value()) for field in form}


def test_a_theme_keeps_only_what_differs_from_its_design(fern: Shop) -> None:
    theme = fern.version.funnel.theme
    data = theme_form(fern, theme)
    assert data["color-accent"] == "#22442f"

    fern.client.post(change("funnels_theme", theme), data | {"color-accent": "#7a1f3d"})

    theme.refresh_from_db()
    assert theme.tokens == {"color-accent": "#7a1f3d"}


def test_colours_that_cannot_be_read_are_refused(fern: Shop) -> None:
    theme = fern.version.funnel.theme

    response = fern.client.post(change("funnels_theme", theme), theme_form(fern, theme) | {"color-ink": "#cccccc"})

    assert "color-ink" in response.context["adminform"].form.errors
    theme.refresh_from_db()
    assert theme.tokens == {}


def test_a_theme_keeps_only_the_layouts_that_differ_from_its_design(fern: Shop) -> None:
    theme = fern.version.funnel.theme
    data = theme_form(fern, theme)
    assert {name: data[f"layout-{name}"] for name in LAYOUTS} == {
        "checkout": "end",
        "offer": "start",
        "header": "start",
    }

    fern.client.post(change("funnels_theme", theme), data | {"layout-checkout": "above"})

    theme.refresh_from_db()
    assert (theme.layouts, theme.tokens) == ({"checkout": "above"}, {})
    page = fern.client.get(change("funnels_theme", theme)).content.decode()
    assert 'name="layout-checkout" value="above"' in page
    assert "Summary above the form" in page
    assert theme_form(fern, theme)["layout-checkout"] == "above"


def test_a_layout_that_the_design_has_not_is_refused(fern: Shop) -> None:
    theme = fern.version.funnel.theme

    posted = theme_form(fern, theme) | {"layout-offer": "below"}
    response = fern.client.post(change("funnels_theme", theme), posted)

    assert response.context["adminform"].form.errors == {"layout-offer": ["This design has no such layout."]}
    theme.refresh_from_db()
    assert theme.layouts == {}


def test_another_design_takes_over_the_layouts_that_it_has_too(fern: Shop) -> None:
    theme = fern.version.funnel.theme
    chosen = {"layout-checkout": "above", "layout-offer": "above", "slug": "marquee"}

    fern.client.post(change("funnels_theme", theme), theme_form(fern, theme) | chosen)

    theme.refresh_from_db()
    assert (theme.slug, theme.layouts) == ("marquee", {"checkout": "above"})


def test_a_sound_draft_is_published_after_a_confirmation(fern: Shop) -> None:
    funnel = fern.version.funnel
    address = reverse("admin:funnels_funnel_publish", args=[funnel.pk])
    funnel.steps.filter(kind=Step.Kind.CHECKOUT).update(headline="Sleep well")
    assert "This is what changes for new shoppers" in fern.client.get(address).content.decode()
    assert funnel.versions.count() == 1

    fern.client.post(address, {"note": "Autumn prices"})

    funnel.refresh_from_db()
    assert (funnel.published.number, funnel.published.note) == (2, "Autumn prices")
    assert funnel.published.published_by == fern.staff


def test_problems_stand_at_their_step_with_a_way_to_mend_them_and_stop_publishing(fern: Shop) -> None:
    funnel = fern.version.funnel
    step = funnel.steps.get(kind=Step.Kind.UPSELL)
    step.price.product.active = False
    step.price.product.save()
    fern.version.funnel.gateway.active = False
    fern.version.funnel.gateway.save()

    page = fern.client.get(change("funnels_funnel", funnel)).context["page"]
    row = next(row for row in page.steps if row.title == step.title)
    fern.client.post(reverse("admin:funnels_funnel_publish", args=[funnel.pk]))

    assert [(p.message, p.url) for p in row.problems] == [
        ("The product “Night cream” is inactive.", change("funnels_product", step.price.product))
    ]
    assert [p.url for p in page.problems] == [change("integrations_connection", funnel.gateway)]
    assert funnel.versions.count() == 1


def test_delivery_countries_that_are_missing_are_mended_in_the_settings(fern: Shop) -> None:
    funnel = fern.version.funnel
    funnel.countries = []
    funnel.save()
    page = fern.client.get(change("funnels_funnel", funnel)).context["page"]
    found = [(p.message, p.url, p.in_panel) for row in page.steps for p in row.problems]
    settings = reverse("admin:funnels_funnel_settings", args=[funnel.pk])
    assert found == [("It is not said where this can be delivered.", settings, False)]


def test_a_funnel_is_taken_off_sale_and_rolled_back(fern: Shop) -> None:
    funnel = fern.version.funnel
    funnel.steps.filter(kind=Step.Kind.CHECKOUT).update(headline="Sleep well")
    fern.client.post(reverse("admin:funnels_funnel_publish", args=[funnel.pk]))
    back = reverse("admin:funnels_funnel_roll_back", args=[funnel.pk, fern.version.pk])
    assert fern.client.get(back).status_code == 200

    fern.client.post(back)
    funnel.refresh_from_db()
    assert funnel.published == fern.version

    fern.client.post(reverse("admin:funnels_funnel_unpublish", args=[funnel.pk]))
    funnel.refresh_from_db()
    assert funnel.published is None


def test_publishing_needs_the_permission_to_change_funnels(fern: Shop) -> None:
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("funnels.view_funnel",)))

    assert reader.post(reverse("admin:funnels_funnel_publish", args=[fern.version.funnel_id])).status_code == 403
    assert fern.version.funnel.versions.count() == 1


def test_the_settings_are_saved_as_they_were_and_lead_back_to_the_drawing(fern: Shop) -> None:
    funnel = fern.version.funnel
    before = Funnel.objects.filter(pk=funnel.pk).values().get()
    address = reverse("admin:funnels_funnel_settings", args=[funnel.pk])

    response = fern.client.post(address, funnel_form(fern, funnel) | {"countries": "us, de"})

    assert response.headers["Location"] == change("funnels_funnel", funnel)
    assert Funnel.objects.filter(pk=funnel.pk).values().get() == before | {"countries": ["US", "DE"]}


def test_the_preview_of_the_draft_is_one_click_away(fern: Shop) -> None:
    funnel = fern.version.funnel
    page = fern.client.get(change("funnels_funnel", funnel)).context["page"]

    preview = reverse("admin:funnels_funnel_preview", args=[funnel.pk])
    assert [(link.label, link.url) for link in page.links if link.label == "Preview"] == [("Preview", preview)]
    assert [card.preview_url for card in page.steps] == [f"{preview}?step={step.pk}" for step in funnel.steps.all()]


def test_a_price_that_is_paid_again_says_how_often(fern: Shop) -> None:
    factories.price(2900, product=factories.product(merchant=fern.merchant), interval=Price.Interval.MONTH)

    page = fern.client.get(reverse("admin:funnels_product_changelist")).content.decode()

    assert "$29.00 every month" in page


def test_who_works_for_several_merchants_reads_whose_each_account_is(fern: Shop, moss: Shop) -> None:
    page = client_of(factories.user("everywhere", is_superuser=True)).get(reverse("admin:funnels_funnel_add"))

    fields = page.context["adminform"].form.fields
    shown = {str(label) for name in ("gateway", "theme") for value, label in fields[name].choices if value}
    assert {label.rsplit(" – ", 1)[1] for label in shown} == {fern.merchant.name, moss.merchant.name}


def test_a_step_is_not_offered_as_what_follows_itself(fern: Shop) -> None:
    offer = Step.objects.filter(funnel=fern.version.funnel, kind=Step.Kind.UPSELL).first()
    assert offer is not None

    page = fern.client.get(reverse("admin:funnels_funnel_step", args=[offer.funnel_id, offer.pk]))

    choices = page.context["form"].fields["on_payment_declined"].queryset
    assert set(choices) == set(Step.objects.filter(funnel=offer.funnel_id).exclude(pk=offer.pk))
