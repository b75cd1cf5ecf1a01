"""Funnels are duplicated, taken away as a file and brought in, within one's own merchant and permissions."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from funnels.exchange.exporting import export
from funnels.models import Funnel, Merchant, Product
from funnels.pictures.uploading import keep, read
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.admin.test_pictures import drawn

IMPORT = "/admin/funnels/funnel/import/"


def upload(client: Client, shop: Shop, data: Any) -> Any:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    file = SimpleUploadedFile("serum.funnel.json", text, "application/json")
    return client.post(IMPORT, {"merchant": shop.merchant.pk, "file": file})


def confirmed(client: Client, page: Any, **changes: Any) -> Any:
    form = page.context["form"]
    data = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    data["gateway"] = getattr(data["gateway"], "pk", "")
    return client.post(IMPORT, data | changes)


def test_a_funnel_is_duplicated_under_an_address_of_its_own(fern: Shop) -> None:
    funnel = fern.version.funnel
    address = reverse("admin:funnels_funnel_duplicate", args=[funnel.pk])
    proposed = fern.client.get(address).context["form"].initial

    taken = fern.client.post(address, {"name": "Again", "handle": funnel.handle})
    fern.client.post(address, proposed)

    assert f"“{funnel.handle}” is taken; “{funnel.handle}-2” is free." in taken.content.decode()
    copy = Funnel.objects.get(handle=f"{funnel.handle}-2")
    assert (copy.name, copy.merchant, copy.published) == (f"Copy of {funnel.name}", fern.merchant, None)
    assert copy.steps.count() == funnel.steps.count()


def test_a_funnel_goes_from_one_merchant_to_another_as_a_file(fern: Shop, moss: Shop) -> None:
    response = fern.client.get(reverse("admin:funnels_funnel_export", args=[fern.version.funnel_id]))
    assert response.headers["Content-Disposition"] == f'attachment; filename="{fern.version.funnel.handle}.funnel.json"'

    page = upload(moss.client, moss, response.content)
    assert [product.existing for product in page.context["plan"].products] == [None, None, None]
    made = confirmed(moss.client, page, gateway=moss.version.funnel.gateway_id, handle="brought")

    funnel = Funnel.objects.get(handle="brought")
    assert made.headers["Location"] == reverse("admin:funnels_funnel_change", args=[funnel.pk])
    assert (funnel.merchant, funnel.gateway, funnel.published) == (moss.merchant, moss.version.funnel.gateway, None)
    assert Product.objects.filter(merchant=moss.merchant).count() == 6


def test_looking_at_a_file_makes_nothing(fern: Shop, moss: Shop) -> None:
    upload(moss.client, moss, export(fern.version.funnel))
    assert (Funnel.objects.count(), Product.objects.filter(merchant=moss.merchant).count()) == (2, 3)


def test_an_unsound_file_is_refused_in_words_with_the_place(fern: Shop) -> None:
    data = export(fern.version.funnel)
    data["steps"][0]["price"]["amount"] = "free"

    page = upload(fern.client, fern, data).content.decode()

    assert "The file cannot be imported. Nothing was made." in page
    assert "<code>steps[0].price.amount</code> Another kind of value is expected." in page


def test_only_the_file_that_a_person_has_looked_at_last_is_imported_and_once(fern: Shop, moss: Shop) -> None:
    data = export(fern.version.funnel)
    theirs = upload(moss.client, moss, data | {"theme": data["theme"] | {"name": "Moss"}})
    first = upload(fern.client, fern, data)
    second = upload(fern.client, fern, data | {"theme": data["theme"] | {"name": "Other"}})

    for page in (theirs, first):
        refused = confirmed(fern.client, page, merchant=fern.merchant.pk)
        assert refused.headers["Location"] == IMPORT
        assert Funnel.objects.filter(merchant=fern.merchant).count() == 1
    confirmed(fern.client, second)
    assert confirmed(fern.client, second, handle="twice").headers["Location"] == IMPORT
    assert Funnel.objects.filter(merchant=fern.merchant).count() == 2


def test_a_logo_comes_along_only_with_who_may_change_the_shop(fern: Shop, moss: Shop) -> None:
    logo = keep(fern.merchant.pk, read(drawn("logo.png"), longest=640, for_mail=True))
    Merchant.objects.filter(pk=fern.merchant.pk).update(logo=logo.path)
    data = export(Funnel.objects.get(pk=fern.version.funnel_id))
    rights = [f"funnels.add_{name}" for name in ("funnel", "product", "price", "theme")]
    importer = client_of(factories.user(merchant=moss.merchant, permissions=("funnels.view_funnel", *rights)))

    for client, taken in ((importer, ""), (moss.client, logo.path)):
        page = upload(client, moss, data)
        assert page.context["with_logo"] == bool(taken)
        assert confirmed(client, page, gateway=moss.version.funnel.gateway_id).status_code == 302
        moss.merchant.refresh_from_db()
        assert moss.merchant.logo == taken


def test_nobody_imports_for_another_merchant_or_with_their_account(fern: Shop, moss: Shop) -> None:
    data = export(fern.version.funnel)
    assert "merchant" in upload(fern.client, moss, data).context["form"].errors
    page = upload(fern.client, fern, data)

    assert confirmed(fern.client, page, merchant=moss.merchant.pk).status_code == 404
    foreign = confirmed(fern.client, page, gateway=moss.version.funnel.gateway_id)

    assert "gateway" in foreign.context["form"].errors
    assert Funnel.objects.count() == 2


@pytest.mark.parametrize("name", ["duplicate", "export"])
def test_another_merchants_funnel_can_be_neither_duplicated_nor_exported(name: str, fern: Shop, moss: Shop) -> None:
    address = reverse(f"admin:funnels_funnel_{name}", args=[moss.version.funnel_id])
    assert fern.client.get(address).status_code == 404
    assert fern.client.post(address, {"name": "Mine", "handle": "mine"}).status_code in (404, 405)
    assert Funnel.objects.count() == 2


def test_each_deed_needs_its_permission(fern: Shop) -> None:
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("funnels.view_funnel",)))
    maker = client_of(factories.user(merchant=fern.merchant, permissions=("funnels.view_funnel", "funnels.add_funnel")))
    nobody = client_of(factories.user(merchant=fern.merchant))
    duplicate, export_ = (
        reverse(f"admin:funnels_funnel_{name}", args=[fern.version.funnel_id]) for name in ("duplicate", "export")
    )

    assert nobody.get(export_).status_code in (403, 404)
    assert reader.get(export_).status_code == 200
    assert reader.post(duplicate, {"name": "Mine", "handle": "mine"}).status_code == 403
    assert maker.get(duplicate).status_code == 200
    assert upload(maker, fern, export(fern.version.funnel)).status_code == 403
    assert Funnel.objects.count() == 1
