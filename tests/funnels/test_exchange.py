"""A funnel goes out as one file and comes in as the same funnel; a file that is not sound changes nothing."""

import base64
import hashlib
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest
from django.core.files.base import ContentFile
from PIL import Image

from funnels.editor.copying import columns
from funnels.exchange.exporting import export
from funnels.exchange.importing import carry_out, plan
from funnels.exchange.package import MOST_BYTES, Unreadable, read
from funnels.models import Asset, Funnel, Merchant, Price, Product, Step, StepChoice, Theme
from funnels.pictures.uploading import keep
from funnels.pictures.uploading import read as take
from funnels.publishing import compile_draft
from tests import factories
from tests.funnels.test_copying import whole

pytestmark = pytest.mark.django_db

IDS = {"funnel_id", "id", "price_id", "product_id", "gateway", "other_gateways", "crm", "mailer", "merchant"}


def file_of(funnel: Funnel) -> str:
    return json.dumps(export(funnel))


def drawn(size: tuple[int, int] = (60, 40)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "tomato").save(out, "PNG")
    return out.getvalue()


def receiving(**accounts: str) -> Merchant:
    """Another merchant, with accounts of these names by provider."""
    merchant = factories.merchant()
    for provider, name in accounts.items():
        factories.connection(provider, merchant=merchant, name=name)
    return merchant


def brought_in(text: str, merchant: Merchant, handle: str = "copy") -> Funnel:
    gateway = factories.connection(merchant=merchant)
    package = read(text)
    return carry_out(package=package, merchant=merchant, name=package.name, handle=handle, gateway=gateway)


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_ids(part) for name, part in value.items() if name not in IDS}
    return [without_ids(part) for part in value] if isinstance(value, list | tuple) else value


def changed(change: Callable[[dict[str, Any]], Any]) -> str:
    data = export(whole())
    change(data)
    return json.dumps(data)


def test_a_funnel_that_goes_to_another_merchant_compiles_to_the_same() -> None:
    draft = whole()
    checkout = draft.steps.get(key="checkout")
    checkout.choices.create(price=checkout.price, max_quantity=5, note="With case")
    look = {"tokens": {"color-accent": "#1f4d3a"}, "layouts": {"checkout": "above"}}
    Theme.objects.filter(pk=draft.theme_id).update(**look)
    draft = Funnel.objects.get(pk=draft.pk)
    merchant = receiving(paypal=draft.gateways[1].name)

    copy = brought_in(file_of(draft), merchant, handle="elsewhere")

    original, arrived = (without_ids(asdict(compile_draft(Funnel.objects.get(pk=each.pk)))) for each in (draft, copy))
    assert arrived == original | {"handle": "elsewhere"}
    assert copy.published is None
    assert [connection.tenant for connection in copy.gateways] == [merchant.pk, merchant.pk]
    prices = Price.objects.filter(pk__in=[price.pk for step in copy.steps.all() for price in step.prices])
    assert {price.product.merchant_id for price in prices} == {merchant.pk}


def test_the_file_names_accounts_and_holds_no_key_of_them() -> None:
    draft = whole()
    text = file_of(draft)

    assert export(draft)["funnel"]["gateway"] == {"provider": "stripe", "name": draft.gateway.name}
    for connection in (*draft.gateways, draft.crm, draft.mailer):
        assert not [value for value in {**connection.secrets, **connection.options}.values() if value in text]


def test_coming_home_a_funnel_finds_its_own_products_prices_theme_and_accounts() -> None:
    draft = whole()
    counts = Product.objects.count(), Price.objects.count(), Theme.objects.count()

    found = plan(read(file_of(draft)), draft.merchant)

    assert (found.theme, found.gateway, found.crm, found.mailer) == (
        draft.theme,
        draft.gateway,
        draft.crm,
        draft.mailer,
    )
    assert found.handle == f"{draft.handle}-2"
    assert [(each.existing is not None, each.new_prices) for each in found.products] == [(True, ())] * 4
    assert found.missing == ()
    brought_in(file_of(draft), draft.merchant)
    assert (Product.objects.count(), Price.objects.count(), Theme.objects.count()) == counts


def test_an_archived_price_is_made_anew_instead_of_being_sold_again() -> None:
    draft = factories.funnel(offers=False)
    price = draft.steps.get(key="checkout").price
    price.archive()

    copy = brought_in(file_of(draft), draft.merchant)

    sold = copy.steps.get(key="checkout").price
    assert (sold.amount, sold.product, sold.archived_at) == (4900, price.product, None)
    assert sold != price


def test_accounts_that_the_merchant_does_not_have_are_named() -> None:
    draft = whole()
    found = plan(read(file_of(draft)), receiving(stripe=draft.gateway.name))
    assert [account.provider for account in found.missing] == ["konnektive", "resend", "paypal"]


def test_an_account_of_another_merchant_is_refused() -> None:
    draft = whole()
    with pytest.raises(ValueError, match="another merchant"):
        carry_out(package=read(file_of(draft)), merchant=receiving(), name="X", handle="x", gateway=draft.gateway)
    assert Funnel.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda data: data.update(extra=1), "extra"),
        (lambda data: data.update(version=3), "version"),
        (lambda data: data.update(logo="https://evil.example/x.png"), "logo"),
        (lambda data: data.update(pictures="x"), "pictures"),
        (lambda data: data.update(pictures=[{"path": 1}]), "pictures[0]"),
        (lambda data: data.update(pictures=[{"path": "/assets/../../etc/passwd"}]), "pictures[0].path"),
        (lambda data: data.update(pictures=[{"path": "", "more": 1}]), "pictures[0].more"),
        (lambda data: data["funnel"].update(published=7), "funnel.published"),
        (lambda data: data["funnel"].update(merchant=1), "funnel.merchant"),
        (lambda data: data["funnel"].update(name=["x"]), "funnel.name"),
        (lambda data: data["funnel"].pop("name"), "funnel.name"),
        (lambda data: data["funnel"].update(handle="no spaces"), "funnel.handle"),
        (lambda data: data["funnel"].update(countries=[1]), "funnel.countries"),
        (lambda data: data["funnel"].update(gateway="stripe"), "funnel.gateway"),
        (lambda data: data.update(steps={}), "steps"),
        (lambda data: data.update(steps=["x"]), "steps[0]"),
        (lambda data: data["steps"].extend([data["steps"][0]] * 300), "steps"),
        (lambda data: data["steps"][0].update(max_quantity="3"), "steps[0].max_quantity"),
        (lambda data: data["steps"][0].update(max_quantity=True), "steps[0].max_quantity"),
        (lambda data: data["steps"][0].update(max_quantity=10**9), "steps[0].max_quantity"),
        (lambda data: data["steps"][0].update(kind="popup"), "steps[0].kind"),
        (lambda data: data["steps"][0].update(title="Zero \x00"), "steps[0].title"),
        (lambda data: data["steps"][0].update(on_accept="nowhere"), "steps[0].on_accept"),
        (lambda data: data["steps"][0].update(on_accept=3), "steps[0].on_accept"),
        (lambda data: data["steps"][0].update(rule={"fact": "moon"}), "steps[0].rule"),
        (lambda data: data["steps"][0]["price"].update(amount=-1), "steps[0].price.amount"),
        (lambda data: data["steps"][0]["price"].update(amount=1.5), "steps[0].price.amount"),
        (lambda data: data["steps"][0]["price"].update(currency="ZZZ"), "steps[0].price.currency"),
        (lambda data: data["steps"][0]["price"].update(sku="gone"), "steps[0]"),
        (lambda data: data["steps"][1].update(key="checkout"), "steps"),
        (lambda data: data["products"][0].update(image="javascript:alert(1)"), "products[0].image"),
        (lambda data: data["products"][0].update(image="//evil.example/x.png"), "products[0].image"),
        (lambda data: data["theme"].update(slug="unknown"), "theme.slug"),
        (lambda data: data["theme"].update(tokens={"x": "red; } body { display: none"}), "theme.tokens.x"),
        (lambda data: data["theme"].update(tokens={"x": 3}), "theme.tokens.x"),
        (lambda data: data["theme"].update(tokens=3), "theme.tokens"),
        (lambda data: data["theme"].update(layouts={"checkout": "diagonal"}), "theme.layouts.checkout"),
        (lambda data: data["theme"].update(layouts={"checkout": {}}), "theme.layouts.checkout"),
        (lambda data: data["theme"].update(layouts=["above"]), "theme.layouts"),
    ],
)
def test_a_file_that_is_not_sound_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], Any], place: str
) -> None:
    text = changed(change)
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert place in [flaw.place for flaw in refused.value.flaws]


def with_picture(content: bytes, address: str = "") -> str:
    """A file whose first product shows this picture, under the address of its content unless another is given."""
    data = export(whole())
    path = address or f"/assets/{hashlib.sha256(content).hexdigest()}.png"
    data["products"][0]["image"] = path
    data["pictures"] = [{"path": path, "name": "x.png", "content": base64.b64encode(content).decode()}]
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (lambda: with_picture(b"<svg onload='alert(1)'/>"), "can carry scripts"),
        (lambda: with_picture(b"MZ not a picture"), "This is no picture that can be read"),
        (lambda: with_picture(drawn((3000, 2000))), "The picture has more than 4 million pixels."),
        (lambda: with_picture(drawn(), f"/assets/{'0' * 64}.png"), "is not the one that its address names"),
        (lambda: with_picture(drawn(), "/assets/../../logo.png"), "is not the one that its address names"),
        (lambda: with_picture(drawn()).replace('"content": "', '"content": "!'), "The picture is damaged."),
    ],
)
def test_a_picture_that_is_not_sound_is_refused_in_words(text: Callable[[], str], told: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(text())
    assert [(flaw.place, told in flaw.message) for flaw in refused.value.flaws] == [("pictures[0]", True)]


def test_uploaded_pictures_go_along_in_the_file_and_a_shop_without_a_logo_takes_the_files() -> None:
    draft, elsewhere = whole(), receiving()
    product = draft.steps.get(key="checkout").price.product
    picture, logo = (
        keep(draft.merchant_id, take(ContentFile(drawn(size), name=name), longest=640))
        for name, size in (("serum.png", (60, 40)), ("logo.png", (40, 40)))
    )
    Product.objects.filter(pk=product.pk).update(image=picture.path, image_alt="A bottle")
    Merchant.objects.filter(pk=draft.merchant_id).update(logo=logo.path)
    package = read(file_of(Funnel.objects.get(pk=draft.pk)))
    Asset.objects.all().delete()

    assert (plan(package, elsewhere).pictures, plan(package, elsewhere).logo) == (2, True)
    gateway = factories.connection(merchant=elsewhere)
    for handle in ("first", "second"):
        carry_out(package=package, merchant=elsewhere, name="X", handle=handle, gateway=gateway, with_logo=True)

    kept = {asset.name: asset.path for asset in Asset.objects.filter(merchant=elsewhere)}
    elsewhere.refresh_from_db()
    assert kept == {"serum.png": picture.path, "logo.png": logo.path}
    assert Product.objects.get(merchant=elsewhere, sku=product.sku).image == picture.path
    assert elsewhere.logo == logo.path
    assert (plan(package, elsewhere).pictures, plan(package, elsewhere).logo) == (0, False)


def test_an_older_file_is_read_and_names_the_products_whose_picture_it_does_not_hold() -> None:
    data = json.loads(with_picture(drawn())) | {"version": 1}
    del data["pictures"], data["logo"]
    package, elsewhere = read(json.dumps(data)), receiving()

    assert plan(package, elsewhere).pictureless == (data["products"][0]["name"],)
    brought_in(json.dumps(data), elsewhere)
    assert Product.objects.get(merchant=elsewhere, sku=data["products"][0]["sku"]).image == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        '{"format": "other"}',
        '{"format": NaN}',
        "[" * 100_000,
        b"\xff\xfe",
        " " * (MOST_BYTES + 1),
    ],
)
def test_foreign_files_are_refused_whatever_they_hold(text: str | bytes) -> None:
    with pytest.raises(Unreadable):
        read(text)


def test_every_row_that_a_funnel_needs_refers_only_to_rows_that_go_along() -> None:
    referred = {
        (model.__name__, each.name)
        for model in (Funnel, Step, StepChoice, Product, Price, Theme)
        for each in columns(model)
        if each.related_model is not None
    }
    assert referred == {
        ("Funnel", "merchant"),
        ("Funnel", "theme"),
        ("Funnel", "gateway"),
        ("Funnel", "crm"),
        ("Funnel", "mailer"),
        ("Step", "price"),
        ("Step", "bump_price"),
        ("StepChoice", "price"),
    }
