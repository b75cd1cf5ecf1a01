"""Publishing tells what changes; the history tells what each version changed and sold, and leads back to it."""

from typing import Any

import pytest
from django.urls import reverse

from funnels.models import Step
from tests import factories
from tests.admin.conftest import Shop, client_of
from tests.sandbox_client import Sandbox


def address(shop: Shop, name: str, *args: Any) -> str:
    return reverse(f"admin:funnels_funnel_{name}", args=[shop.version.funnel_id, *args])


def edit(shop: Shop, **changes: Any) -> None:
    shop.version.funnel.steps.filter(kind=Step.Kind.CHECKOUT).update(**changes)


def told(response: Any, name: str = "differences") -> list[str]:
    return [f"{part.title}: {change}" for part in response.context[name] for change in part.changes]


def test_the_publish_page_tells_what_changes_for_shoppers(fern: Shop) -> None:
    edit(fern, headline="Sleep well")

    response = fern.client.get(address(fern, "publish"))

    assert told(response) == ["Checkout: Headline: nothing → Sleep well"]
    assert "compared with version 1" in response.content.decode()


def test_publishing_the_same_thing_again_is_told_and_makes_no_version(fern: Shop) -> None:
    page = fern.client.get(address(fern, "publish")).content.decode()

    response = fern.client.post(address(fern, "publish"), follow=True)

    assert "There is nothing to publish." in page
    assert "Nothing has changed since version 1." in response.content.decode()
    assert fern.version.funnel.versions.count() == 1


def test_unpublished_changes_are_marked_on_the_list_and_on_the_page(fern: Shop) -> None:
    list_address, page_address = reverse("admin:funnels_funnel_changelist"), address(fern, "change")
    clean = [fern.client.get(where).content.decode() for where in (list_address, page_address)]
    edit(fern, headline="Sleep well")
    changed = [fern.client.get(where).content.decode() for where in (list_address, page_address)]

    assert ["npublished changes" in page for page in (*clean, *changed)] == [False, False, True, True]
    assert ["Draft is ready" in page for page in (clean[1], changed[1])] == [False, True]


def test_the_list_costs_the_same_few_queries_for_many_funnels(fern: Shop, django_assert_max_num_queries: Any) -> None:
    client = fern.client
    for _ in range(4):
        factories.published(factories.funnel(merchant=fern.merchant))
    with django_assert_max_num_queries(24):
        client.get(reverse("admin:funnels_funnel_changelist"))


def test_the_history_tells_what_each_version_changed_and_sold(fern: Shop, sandbox: Sandbox) -> None:
    factories.paid_order(sandbox, fern.version)
    edit(fern, headline="Sleep well")
    factories.published(fern.version.funnel, note="Warmer words")

    entries = fern.client.get(address(fern, "versions")).context["entries"]

    assert [(e.version.number, e.current, e.orders, e.revenue, len(e.differences)) for e in entries] == [
        (2, True, 0, "$0.00", 1),
        (1, False, 1, "$49.00", 0),
    ]
    page = fern.client.get(address(fern, "versions")).content.decode()
    assert "Warmer words" in page
    assert "The first publication" in page


def test_a_funnel_that_was_never_published_has_an_empty_history(fern: Shop) -> None:
    draft = factories.funnel(merchant=fern.version.funnel.merchant)
    page = fern.client.get(reverse("admin:funnels_funnel_versions", args=[draft.pk]))
    assert (page.status_code, page.context["entries"]) == (200, [])


def test_rolling_back_says_first_what_changes_for_new_shoppers(fern: Shop) -> None:
    edit(fern, headline="Sleep well")
    factories.published(fern.version.funnel)

    response = fern.client.get(address(fern, "roll_back", fern.version.pk))

    assert told(response) == ["Checkout: Headline: Sleep well → nothing"]


def test_an_older_version_becomes_the_draft_and_what_is_on_sale_stays(fern: Shop) -> None:
    edit(fern, headline="Sleep well")
    newer = factories.published(fern.version.funnel)
    restore = address(fern, "restore", fern.version.pk)
    assert told(fern.client.get(restore)) == ["Checkout: Headline: Sleep well → nothing"]

    response = fern.client.post(restore, follow=True)

    funnel = fern.version.funnel
    funnel.refresh_from_db()
    assert funnel.steps.get(kind=Step.Kind.CHECKOUT).headline == ""
    assert funnel.published == newer
    assert "The draft is what version 1 was." in response.content.decode()


@pytest.mark.parametrize("name", ["versions", "roll_back", "restore"])
def test_the_history_of_another_merchants_funnel_stays_closed(name: str, fern: Shop, moss: Shop) -> None:
    edit(moss, headline="Sleep well")
    where = address(moss, name, *([] if name == "versions" else [moss.version.pk]))

    assert fern.client.get(where).status_code == 404
    assert fern.client.post(where).status_code in (404, 405)
    assert moss.version.funnel.steps.get(kind=Step.Kind.CHECKOUT).headline == "Sleep well"


def test_a_version_of_another_funnel_is_not_found(fern: Shop, moss: Shop) -> None:
    assert fern.client.post(address(fern, "restore", moss.version.pk)).status_code == 404


def test_readers_see_the_history_and_change_nothing(fern: Shop) -> None:
    reader = client_of(factories.user(merchant=fern.merchant, permissions=("funnels.view_funnel",)))
    nobody = client_of(factories.user(merchant=fern.merchant))
    edit(fern, headline="Sleep well")

    assert reader.get(address(fern, "versions")).status_code == 200
    assert reader.post(address(fern, "restore", fern.version.pk)).status_code == 403
    assert nobody.get(address(fern, "versions")).status_code in (403, 404)
    assert fern.version.funnel.steps.get(kind=Step.Kind.CHECKOUT).headline == "Sleep well"


def test_the_mark_of_unpublished_changes_stays_when_the_board_is_drawn_anew(fern: Shop) -> None:
    funnel = fern.version.funnel
    address = reverse("admin:funnels_funnel_change", args=[funnel.pk])
    funnel.steps.filter(key="checkout").update(headline="Another")
    for header in ({}, {"X-Panel": "1"}):
        assert "Unpublished changes" in fern.client.get(address, headers=header).content.decode()
