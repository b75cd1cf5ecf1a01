"""Logos and product pictures are uploaded where they are used; another merchant's picture cannot be taken over."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import BaseForm
from django.urls import reverse
from PIL import Image

from funnels.models import Asset, Product
from funnels.pictures.uploading import keep, read
from tests import factories
from tests.admin.conftest import Shop, client_of


def drawn(name: str = "serum.png") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "tomato").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def change(shop: Shop, row: Any, **sent: Any) -> Any:
    """Send a row's form as its page shows it, but for what is given."""
    name = row._meta.model_name
    address = reverse(f"admin:funnels_{name}_change", args=[row.pk])
    page = shop.client.get(address)
    form: BaseForm = page.context["adminform"].form
    data = {field.html_name: field.value() for field in form if field.value() not in (None, False)}
    for inline in page.context["inline_admin_formsets"]:
        prefix = inline.formset.prefix
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}
    return shop.client.post(address, {**data, **sent})


@pytest.fixture
def product(fern: Shop) -> Product:
    return Product.objects.filter(merchant=fern.merchant).earliest("pk")


def test_a_products_picture_is_uploaded_on_its_page(fern: Shop, product: Product) -> None:
    assert change(fern, product, image=drawn(), image_alt="A bottle").status_code == 302

    asset = Asset.objects.get(merchant=fern.merchant)
    product.refresh_from_db()
    assert (product.image, product.image_alt, asset.name) == (asset.path, "A bottle", "serum.png")
    page = fern.client.get(reverse("admin:funnels_product_change", args=[product.pk])).content.decode()
    assert f'src="{asset.path}"' in page
    assert fern.client.get(asset.path).status_code == 200


def test_a_picture_is_not_kept_without_words_for_who_does_not_see_it(fern: Shop, product: Product) -> None:
    answer = change(fern, product, image=drawn(), image_alt="")
    assert list(answer.context["adminform"].form.errors) == ["image_alt"]
    product.refresh_from_db()
    assert (product.image, Asset.objects.exists()) == ("", False)


def test_a_file_that_is_no_picture_is_refused_at_its_field(fern: Shop, product: Product) -> None:
    svg = SimpleUploadedFile("logo.svg", b"<svg onload='alert(1)'/>", "image/svg+xml")
    answer = change(fern, product, image=svg, image_alt="A leaf")
    assert "can carry scripts" in answer.context["adminform"].form.errors["image"][0]
    assert not Asset.objects.exists()


def test_a_picture_is_removed_and_a_path_stays_possible(fern: Shop, product: Product) -> None:
    assert change(fern, product, **{"image-path": "/static/img/serum.jpg"}, image_alt="A bottle").status_code == 302
    product.refresh_from_db()
    assert product.image == "/static/img/serum.jpg"
    assert change(fern, product, **{"image-path": product.image, "image-remove": "on"}).status_code == 302
    product.refresh_from_db()
    assert product.image == ""


@pytest.mark.parametrize("path", ["//evil.example/x.png", "https://evil.example/x.png", "javascript:alert(1)", "x.png"])
def test_a_picture_comes_from_this_site(path: str, fern: Shop, product: Product) -> None:
    answer = change(fern, product, **{"image-path": path}, image_alt="A bottle")
    assert list(answer.context["adminform"].form.errors) == ["image"]


def test_another_merchants_picture_cannot_be_taken_by_its_address(fern: Shop, moss: Shop, product: Product) -> None:
    theirs = keep(moss.merchant.pk, read(drawn(), longest=640))
    for row, name in ((product, "image"), (fern.merchant, "logo")):
        answer = change(fern, row, **{f"{name}-path": theirs.path}, image_alt="A bottle")
        assert answer.context["adminform"].form.errors == {name: ["No picture of yours has this address."]}
    mine = keep(fern.merchant.pk, read(drawn(), longest=640))
    assert change(fern, product, **{"image-path": mine.path}, image_alt="A bottle").status_code == 302


def test_a_merchants_logo_is_uploaded_on_its_page(fern: Shop) -> None:
    assert change(fern, fern.merchant, logo=drawn("logo.png")).status_code == 302
    fern.merchant.refresh_from_db()
    assert fern.merchant.logo == Asset.objects.get(merchant=fern.merchant, name="logo.png").path


def test_a_new_product_of_the_editor_comes_with_its_picture(fern: Shop) -> None:
    address = reverse("admin:funnels_funnel_add_product", args=[fern.version.funnel_id])
    data = {"name": "Eye cream", "amount": "29.50", "currency": "USD", "image": drawn("cream.png")}
    refused = fern.client.post(address, data, headers={"X-Requested-With": "XMLHttpRequest", "X-Panel": "1"})
    assert list(refused.context["form"].errors) == ["image_alt"]
    assert not Asset.objects.exists()

    step = fern.version.funnel.steps.earliest("pk")
    fern.client.post(f"{address}?step={step.pk}", {**data, "image": drawn("cream.png"), "image_alt": "A jar"})
    made = Product.objects.get(name="Eye cream")
    assert made.image == Asset.objects.get(merchant=fern.merchant).path


def test_who_may_only_look_uploads_nothing(fern: Shop, product: Product) -> None:
    reader = client_of(factories.user("reader", merchant=fern.merchant, permissions=("funnels.view_*",)))
    address = reverse("admin:funnels_product_change", args=[product.pk])
    answer = reader.post(address, {"image": drawn(), "image_alt": "A bottle"})
    assert (answer.status_code, Asset.objects.exists()) == (403, False)
