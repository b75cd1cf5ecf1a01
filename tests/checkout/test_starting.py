"""A run begins once for each browser, belongs to it alone, and is found again."""

import uuid

import pytest
from django.test import Client

from checkout.models import Run
from funnels import publishing
from orders.models import Order, Payment
from tests import factories
from tests.checkout.conftest import FORM, Shopper, text

pytestmark = pytest.mark.django_db


class TestStart:
    def test_it_begins_a_run_at_the_checkout(self, visitor: Shopper) -> None:
        response = visitor.start()
        assert (response.status_code, response["Location"]) == (303, visitor.url("checkout"))
        assert (visitor.run.step, visitor.run.status, visitor.run.order) == ("checkout", "open", None)
        assert visitor.see("checkout").status_code == 200

    def test_coming_back_goes_on_where_the_run_is(self, visitor: Shopper) -> None:
        visitor.start()
        response = visitor.start()
        assert (response.status_code, response["Location"]) == (303, visitor.url())
        assert visitor.see()["Location"] == visitor.url("checkout")
        assert Run.objects.count() == 1

    def test_a_new_run_can_be_asked_for(self, visitor: Shopper) -> None:
        visitor.start()
        visitor.start("?new=1")
        assert Run.objects.count() == 2

    def test_a_finished_run_is_followed_by_a_new_one(self, visitor: Shopper) -> None:
        visitor.start()
        Run.objects.update(status="finished")
        visitor.start()
        assert Run.objects.count() == 2

    def test_a_pointer_that_is_no_run_is_ignored(self, visitor: Shopper) -> None:
        visitor.client.cookies["run"] = "nonsense"
        assert visitor.start().status_code == 303
        assert Run.objects.count() == 1

    def test_it_remembers_where_the_shopper_came_from(self, visitor: Shopper) -> None:
        visitor.start(
            "?utm_source=news%00letter&utm_medium=" + "x" * 300 + "&other=1",
            headers={"Referer": "https://search.example/", "User-Agent": "Browser/1"},
        )
        assert visitor.run.attribution == {
            "utm_source": "newsletter",
            "utm_medium": "x" * 200,
            "referrer": "https://search.example/",
        }
        assert visitor.run.user_agent == "Browser/1"

    @pytest.mark.parametrize("handle", ["nosuch", "draft"])
    def test_a_funnel_that_is_not_on_sale_is_not_found(self, handle: str, db: None) -> None:
        factories.funnel(handle="draft")
        assert Client().get(f"/f/{handle}/").status_code == 404
        assert not Run.objects.exists()

    def test_taking_a_funnel_off_sale_lets_runs_go_on(self, visitor: Shopper) -> None:
        visitor.start()
        publishing.unpublish(funnel=visitor.version.funnel)
        assert visitor.see("checkout").status_code == 200
        assert Client().get(f"/f/{visitor.handle}/").status_code == 404


class TestBinding:
    def test_the_secret_goes_to_this_runs_pages_only(self, visitor: Shopper) -> None:
        response = visitor.start()
        secret, pointer = response.cookies["run-secret"], response.cookies["run"]
        assert (secret["path"], pointer["path"]) == (visitor.url(), f"/f/{visitor.handle}/")
        for cookie in (secret, pointer):
            assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 60 * 60 * 24 * 30)

    def test_only_a_hash_of_the_secret_is_stored(self, visitor: Shopper) -> None:
        secret = visitor.start().cookies["run-secret"].value
        assert len(secret) >= 43
        assert secret not in str(Run.objects.values().get())
        assert visitor.run.belongs_to(secret)

    @pytest.mark.parametrize("secret", ["", "wrong", None])
    def test_another_secret_does_not_open_a_run(self, visitor: Shopper, secret: str | None) -> None:
        visitor.start()
        assert not visitor.run.belongs_to(secret)

    @pytest.mark.parametrize("part", ["", "processing", "status"])
    def test_another_browser_sees_nothing_of_the_run(self, visitor: Shopper, part: str) -> None:
        visitor.start()
        visitor.submit(payment_token="")
        stranger = Client()
        stranger.cookies["csrftoken"] = "of-another-browser"
        response = stranger.get(visitor.url("checkout", part))
        assert response.status_code == 403
        assert "This checkout belongs to another browser" in text(response)
        for said in ("ada@example.com", "Ada", "Lovelace", "Analytical"):
            assert said not in response.content.decode()

    def test_a_browser_without_any_cookie_reads_that_it_needs_them_and_may_start_again(self, visitor: Shopper) -> None:
        visitor.start()
        visitor.submit(payment_token="")
        response = Client().get(visitor.url("checkout"))
        assert response.status_code == 403
        assert "Please allow cookies for this site, then start again." in text(response)
        assert f'href="/f/{visitor.handle}/?new=1"' in response.content.decode()
        assert "ada@example.com" not in response.content.decode()

    def test_another_browser_is_told_that_a_paid_order_is_paid_and_nothing_more(self, shopper: Shopper) -> None:
        shopper.start()
        shopper.submit()
        for stranger in (Client(), Client(headers={"cookie": "csrftoken=of-another-browser"})):
            response = stranger.get(shopper.url("night-cream"))
            assert response.status_code == 403
            assert "This order is placed and paid" in text(response)
            assert "Nothing was charged" not in text(response)
            for said in ("ada@example.com", "Ada", "Lovelace", Order.objects.get().number):
                assert said not in response.content.decode()

    @pytest.mark.parametrize("part", ["", "summary", "complete", "abandon"])
    def test_another_browser_can_do_nothing_with_the_run(self, shopper: Shopper, part: str) -> None:
        shopper.start()
        stolen = {**FORM, "payment_token": shopper.token(), "quantity": "1"}
        response = Client().post(shopper.url("checkout", part), stolen)
        assert response.status_code == 403
        assert not Payment.objects.exists()
        assert shopper.run.contact == {}

    def test_another_browser_cannot_take_the_offer(self, shopper: Shopper) -> None:
        shopper.pay()
        response = Client().post(shopper.url("night-cream"), {"decision": "accept"})
        assert response.status_code == 403
        assert Payment.objects.count() == 1
        assert shopper.run.step == "night-cream"

    def test_the_secret_of_another_run_does_not_help(self, visitor: Shopper) -> None:
        visitor.start()
        other = Client()
        secret = other.get(f"/f/{visitor.handle}/").cookies["run-secret"].value
        mine = Run.objects.earliest("created_at")
        other.cookies["run-secret"] = secret
        assert other.get(f"/f/{visitor.handle}/{mine.pk}/checkout/").status_code == 403

    def test_a_run_under_another_funnels_address_is_not_found(self, visitor: Shopper) -> None:
        visitor.start()
        other = factories.published()
        assert visitor.client.get(f"/f/{other.spec.handle}/{visitor.run.pk}/checkout/").status_code == 404

    def test_a_run_that_does_not_exist_is_not_found(self, visitor: Shopper) -> None:
        assert visitor.client.get(f"/f/{visitor.handle}/{uuid.uuid4()}/checkout/").status_code == 404

    def test_a_post_without_a_csrf_token_is_refused(self, visitor: Shopper) -> None:
        browser = Shopper(visitor.version, client=Client(enforce_csrf_checks=True))
        browser.start()
        assert browser.submit(payment_token="tok").status_code == 403
        assert not Payment.objects.exists()
