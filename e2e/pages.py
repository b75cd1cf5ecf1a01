"""Page objects: what shoppers see and do, in their words. Nothing here knows how the pages are built inside."""

from typing import Self

from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

from e2e.demo import APPROVED, Funnel


class ShopperPage:
    """Any page of a funnel in one browser tab."""

    def __init__(self, page: Page, site: str, funnel: Funnel) -> None:
        self.page = page
        self.site = site
        self.funnel = funnel
        self.error = page.get_by_test_id("payment-error")
        self.heading = page.get_by_role("heading", level=1)

    @property
    def start_url(self) -> str:
        return f"{self.site}/f/{self.funnel.handle}/"

    @property
    def context(self) -> BrowserContext:
        return self.page.context

    def expect_step(self, step: str) -> None:
        """Wait until the address is this step of the run."""
        self.page.wait_for_url(lambda url: url.split("?")[0].endswith(f"/{step}/"))

    def as_offer(self) -> "OfferPage":
        return OfferPage(self.page, self.site, self.funnel).shown()

    def as_processing(self) -> "ProcessingPage":
        return ProcessingPage(self.page, self.site, self.funnel).shown()

    def as_thanks(self) -> "ThankYouPage":
        return ThankYouPage(self.page, self.site, self.funnel).shown()

    def as_checkout(self) -> "CheckoutPage":
        return CheckoutPage(self.page, self.site, self.funnel).shown()


class CheckoutPage(ShopperPage):
    def __init__(self, page: Page, site: str, funnel: Funnel) -> None:
        super().__init__(page, site, funnel)
        self.form = page.get_by_test_id("payment-form")
        self.pay_button = page.get_by_test_id("submit-payment")
        self.summary = page.get_by_test_id("order-summary")
        self.total = self.summary.locator(".summary-total dd")
        self.error_summary = page.locator("#error-summary")
        self.bump = page.get_by_label("Add the Travel Ritual Kit")
        self.quantity = page.locator("#quantity")
        self.out_of_order = page.get_by_test_id("payment-out-of-order")
        self.card_ready = page.locator("#card-fields[data-ready]")
        self.stock_note = page.get_by_test_id("stock-note")
        self.methods = page.locator("#shipping-methods")

    def open(self) -> Self:
        self.page.goto(self.start_url)
        return self.shown()

    def shown(self) -> Self:
        self.expect_step("checkout")
        expect(self.form).to_be_visible()
        return self

    def field(self, name: str) -> Locator:
        return self.page.locator(f"#{name}")

    def method(self, name: str) -> Locator:
        """The radio button of a way of delivery."""
        return self.methods.get_by_label(name)

    def message(self, name: str) -> Locator:
        return self.page.locator(f"#{name}-error")

    def fill_contact(self, **changes: str) -> Self:
        for name, value in (self.funnel.contact | changes).items():
            if name == "country":
                self.field(name).select_option(value)
            else:
                self.field(name).fill(value)
        return self

    def expect_contact_kept(self) -> None:
        for name, value in self.funnel.contact.items():
            expect(self.field(name)).to_have_value(value)

    def card_field(self, name: str) -> Locator:
        """The gateway's own input: number, expiry or cvc."""
        if self.funnel.provider == "stripe":
            return self._frame("iframe[name^=__privateStripeFrame]").locator(f"[name={name}]")
        name = {"number": "ccnumber", "expiry": "ccexp", "cvc": "cvv"}[name]
        return self._frame(f"#CollectJSInline{name}").locator(f"#{name}")

    def fill_card(self, number: str = APPROVED, *, expiry: str = "12/34", code: str = "123") -> Self:
        expect(self.card_ready).to_be_attached()
        self.card_field("number").fill(number)
        self.card_field("expiry").fill(expiry)
        self.card_field("cvc").fill(code)
        return self

    def fill(self, card: str = APPROVED) -> Self:
        return self.fill_contact().fill_card(card)

    def pay(self) -> None:
        self.pay_button.click()

    def choose_quantity(self, number: int) -> None:
        self.page.locator(".quantity-toggle").click()
        self.quantity.select_option(str(number))

    def buy(self, card: str = APPROVED) -> "OfferPage":
        """Fill everything, pay, and arrive at the first offer."""
        self.fill(card).pay()
        self.expect_step(self.funnel.first_step)
        return self.as_offer()

    def expect_refused(self, message: str) -> None:
        """The page is back with this message, which has the focus, and a form that is ready for another try."""
        self.page.wait_for_url("**/checkout/?attempt=*")
        expect(self.error).to_have_text(message)
        expect(self.page.get_by_text(message)).to_have_count(1)
        expect(self.error_summary).to_be_focused()
        expect(self.error_summary).to_have_accessible_description(message)

    def _frame(self, selector: str) -> FrameLocator:
        return self.page.frame_locator(selector)


class OfferPage(ShopperPage):
    def __init__(self, page: Page, site: str, funnel: Funnel) -> None:
        super().__init__(page, site, funnel)
        self.main = page.get_by_test_id("upsell-offer")
        self.accept_button = page.get_by_test_id("accept-upsell")
        self.decline_button = page.get_by_test_id("decline-upsell")
        self.total = page.locator(".offer-total dd")
        self.method = page.locator("#offer-method")
        self.clock = page.locator("[data-clock]")

    def shown(self) -> Self:
        expect(self.main).to_be_visible()
        return self

    def accept(self) -> None:
        self.accept_button.click()

    def decline(self) -> None:
        self.decline_button.click()

    def in_another_tab(self) -> "OfferPage":
        """The same offer in a second tab of the same browser."""
        tab = self.context.new_page()
        tab.goto(self.page.url)
        return OfferPage(tab, self.site, self.funnel).shown()

    def decline_all(self) -> "ThankYouPage":
        """Say no to both offers."""
        self.decline()
        self.expect_step(self.funnel.second_step)
        self.decline()
        return self.as_thanks()


class ProcessingPage(ShopperPage):
    """Where shoppers wait: for the gateway's word, or with their bank's question over the page."""

    def __init__(self, page: Page, site: str, funnel: Funnel) -> None:
        super().__init__(page, site, funnel)
        bank = page.frame_locator("iframe[name=stripe-challenge-frame]")
        self.confirm_button = bank.get_by_test_id("challenge-complete")
        self.fail_button = bank.get_by_test_id("challenge-fail")
        self.bank_frame = page.locator("iframe[name=stripe-challenge-frame]")
        self.bank_link = page.get_by_role("link", name="Continue to your bank")
        self.another_way_button = page.get_by_role("button", name="Pay another way")

    def shown(self) -> Self:
        self.expect_step("processing")
        expect(self.page.locator("main[data-state]")).to_be_visible()
        return self


class ThankYouPage(ShopperPage):
    def __init__(self, page: Page, site: str, funnel: Funnel) -> None:
        super().__init__(page, site, funnel)
        self.order_number = page.get_by_test_id("order-number")
        self.summary = page.get_by_test_id("order-summary")
        self.total = self.summary.locator(".summary-total dd")

    def shown(self) -> Self:
        expect(self.order_number).to_be_visible()
        return self

    def lines(self) -> list[tuple[str, str]]:
        """(item, amount) of every line of the order, as printed."""
        rows = self.summary.locator(".summary-line").all()
        return [
            (row.locator(".summary-name").inner_text(), row.locator(".summary-amount").inner_text()) for row in rows
        ]


class StaffSite:
    """The admin in a browser of its own, signed in as the demo's administrator."""

    def __init__(self, page: Page, site: str) -> None:
        self.page = page
        self.site = site

    def sign_in(self, name: str, password: str) -> Self:
        self.page.goto(f"{self.site}/admin/")
        self.page.get_by_label("Username").fill(name)
        self.page.locator("#id_password").fill(password)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/admin/")
        return self

    def open_order(self, number: str) -> "StaffOrderPage":
        """Find the order by its number, as someone on the phone would."""
        self.page.goto(f"{self.site}/admin/orders/order/?q={number}")
        self.page.get_by_role("link", name=number).click()
        return StaffOrderPage(self.page, number).shown()


class StaffOrderPage:
    def __init__(self, page: Page, number: str) -> None:
        self.page = page
        self.number = number
        self.heading = page.get_by_role("heading", name=number, exact=True)
        self.state = page.locator(".sw-head .sw-chip").first
        self.timeline = page.locator(".sw-timeline .sw-entry")
        self.refund_link = page.get_by_role("link", name="Refund", exact=False).filter(has_text="undo")

    def shown(self) -> Self:
        expect(self.heading).to_be_visible()
        return self

    def fill_refund(self, amount: str = "", *, reason: str = "") -> None:
        """Ask for a refund of `amount`, or of all that is left, up to the page that wants it confirmed."""
        self.refund_link.click()
        if amount:
            self.page.get_by_label("An amount of your own").check()
            self.page.get_by_label("Amount", exact=True).fill(amount)
        else:
            self.page.get_by_label("All that is left").check()
        if reason:
            self.page.get_by_label("Reason").select_option(reason)
        self.page.get_by_role("button", name="Check the refund").click()

    def confirm_refund(self, amount: str) -> None:
        self.page.get_by_role("button", name=f"Refund {amount}").click()
        self.shown()
